//! How far a request came: what counts as not sent, and what as maybe delivered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use etims_client::transport::{
    Answer, CallError, Cause, ClearToSend, Header, HttpOptions, HttpTransport, Request, Transport,
};
use etims_core::wire::Delivery;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const BODY: &[u8] = br#"{"invcNo":7}"#;

fn transport() -> HttpTransport {
    let options = HttpOptions { connect_timeout: Duration::from_millis(500), ..HttpOptions::default() };
    HttpTransport::new(&options).expect("the bundled roots work")
}

async fn post(
    transport: &HttpTransport,
    url: &str,
    clear: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Answer, CallError> {
    let headers = [Header::new("content-type", "application/json")];
    let timeout = Duration::from_secs(2);
    let clear: ClearToSend = Arc::new(clear);
    transport.send(Request { url, headers: &headers, body: Some(BODY), timeout, clear_to_send: Some(&clear) }).await
}

/// Reads one request up to and including its body; returns all of it.
async fn read_request(socket: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !seen.ends_with(BODY) {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => seen.extend_from_slice(&buffer[..read]),
        }
    }
    seen
}

#[tokio::test]
async fn a_body_goes_out_whole_with_its_length_and_the_answer_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/saveTrnsSalesOsdc", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("one connection");
        let seen = read_request(&mut socket).await;
        socket
            .write_all(b"HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 4\r\n\r\nbusy")
            .await
            .expect("the client is there");
        String::from_utf8(seen).expect("ASCII")
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let clear = move || counted.fetch_add(1, Ordering::SeqCst) == 0;
    let answer = post(&transport(), &url, clear).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (503, b"busy".as_slice()));
    assert_eq!(answer.retry_after, Some(Duration::from_secs(17)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let seen = server.await.expect("the server ends well");
    assert!(seen.starts_with("POST /saveTrnsSalesOsdc HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-length: 12\r\n"), "{seen}");
    assert!(!seen.contains("transfer-encoding"), "{seen}");
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    drop(listener);
    let error = post(&transport(), &url, &|| panic!("nothing to clear")).await.expect_err("nobody listens");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::Connect), "{error}");
}

#[tokio::test]
async fn an_unknown_host_is_not_sent() {
    let error = post(&transport(), "http://no-such-host.invalid/x", &|| true).await.expect_err("no such host");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::Connect), "{error}");
}

#[tokio::test]
async fn a_server_that_is_silent_in_the_tls_handshake_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://{}/x", listener.local_addr().expect("an address"));
    let cleared = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&cleared);
    let error = post(&transport(), &url, move || noted.swap(true, Ordering::SeqCst)).await.expect_err("no handshake");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::Connect), "{error}");
    assert!(!cleared.load(Ordering::SeqCst), "not asked before the connection stands");
    drop(listener);
}

#[tokio::test]
async fn a_call_that_is_not_cleared_sends_no_byte_of_its_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("one connection");
        read_request(&mut socket).await
    });
    let error = post(&transport(), &url, &|| false).await.expect_err("called back");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::NotClear), "{error}");
    let seen = server.await.expect("the server ends well");
    assert!(!seen.windows(6).any(|window| window == b"invcNo"), "{}", String::from_utf8_lossy(&seen));
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_body_is_maybe_delivered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            counted.fetch_add(1, Ordering::SeqCst);
            read_request(&mut socket).await;
        }
    });
    let error = post(&transport(), &url, &|| true).await.expect_err("no answer");
    assert_eq!((error.delivery, error.cause), (Delivery::MaybeDelivered, Cause::Interrupted), "{error}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(accepted.load(Ordering::SeqCst), 1, "nothing is sent a second time behind our back");
}

#[tokio::test]
async fn silence_after_the_body_is_maybe_delivered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("one connection");
        read_request(&mut socket).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    let error = post(&transport(), &url, &|| true).await.expect_err("no answer");
    assert_eq!((error.delivery, error.cause), (Delivery::MaybeDelivered, Cause::Timeout), "{error}");
    server.abort();
}

#[tokio::test]
async fn a_named_proxy_is_asked_and_its_failure_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = format!("http://user:word@{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("one connection");
        let seen = read_request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.expect("the client is there");
        String::from_utf8(seen).expect("ASCII")
    });
    let through = |proxy: &str| {
        let options = HttpOptions { proxy: Some(proxy.to_owned()), ..HttpOptions::default() };
        HttpTransport::new(&options).expect("a valid proxy")
    };
    let answer = post(&through(&proxy), "http://kra.invalid/saveItem", &|| true).await.expect("an answer");
    assert_eq!(answer.status, 200);
    let seen = server.await.expect("the server ends well");
    assert!(seen.starts_with("POST http://kra.invalid/saveItem HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: Basic dXNlcjp3b3Jk\r\n"), "{seen}");

    let error = post(&through(&proxy), "http://kra.invalid/saveItem", &|| true).await.expect_err("the proxy is gone");
    assert_eq!((error.delivery, error.cause), (Delivery::NotSent, Cause::Connect), "{error}");
    assert!(!error.message.contains("word") && !format!("{:?}", through(&proxy)).contains("word"), "{error}");
    let wrong = HttpTransport::new(&HttpOptions { proxy: Some("::word::".to_owned()), ..HttpOptions::default() });
    assert!(!wrong.expect_err("not an address").to_string().contains("word"));
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_and_as_a_date() {
    for (text, expected) in [
        ("120", Some(Duration::from_secs(120))),
        ("Wed, 21 Oct 2015 07:28:00 GMT", Some(Duration::ZERO)),
        ("soon", None),
        ("-5", None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/x", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("one connection");
            read_request(&mut socket).await;
            let answer = format!("HTTP/1.1 429 Slow\r\nRetry-After: {text}\r\nContent-Length: 0\r\n\r\n");
            socket.write_all(answer.as_bytes()).await.expect("the client is there");
        });
        let answer = post(&transport(), &url, &|| true).await.expect("an answer");
        assert_eq!(answer.retry_after, expected, "{text}");
    }
}
