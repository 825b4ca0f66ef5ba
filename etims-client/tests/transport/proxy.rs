//! A proxy between us and KRA: used when it is named, and its password told to nobody else.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use etims_client::transport::{Cause, HttpOptions, HttpTransport, Roots};
use etims_core::wire::Delivery;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::tls_server::{Authority, hasty, ok_answer, post, tls_server};

const USER: &str = "till";
const PASSWORD: &str = "planted-proxy-password";

/// A proxy that knows CONNECT alone. Remembers the head of every request.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(refusal: Option<&'static str>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&seen), refusal));
            }
        });
        Proxy { address, heads }
    }

    fn transport(&self, authority: &Authority) -> HttpTransport {
        let proxy = Some(format!("http://{USER}:{PASSWORD}@{}", self.address));
        let options = HttpOptions { proxy, ..hasty(Roots::File(authority.roots.clone())) };
        HttpTransport::new(&options).expect("valid options")
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }
}

async fn serve(mut client: TcpStream, seen: Arc<Mutex<Vec<String>>>, refusal: Option<&'static str>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).expect("ASCII");
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    seen.lock().expect("no panic").push(head);
    match (refusal, target) {
        (None, Some(target)) => {
            let mut server = TcpStream::connect(target).await.expect("the server is there");
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.expect("the client is there");
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
        (refusal, _) => {
            let status = refusal.unwrap_or("400 Bad Request");
            let _ = client.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
        }
    }
}

fn assert_silent(text: &str) {
    let basic = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    assert!(!text.contains(PASSWORD) && !text.contains(&basic), "{text}");
}

#[tokio::test]
async fn a_proxy_that_is_named_is_used_and_sees_nothing_of_the_call() {
    let authority = Authority::new();
    let (url, read) = tls_server(authority.server(|_| {}, "localhost"), ok_answer()).await;
    let proxy = Proxy::start(None).await;
    let transport = proxy.transport(&authority);
    assert_silent(&format!("{transport:?} {transport:#?}"));
    let answer = post(&transport, &url).await.expect("an answer through the proxy");
    assert_eq!(answer.status, 200);
    assert!(read.load(std::sync::atomic::Ordering::SeqCst) > 0);
    let heads = proxy.heads();
    let basic = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("CONNECT localhost:"), "{heads:?}");
    assert!(heads[0].to_ascii_lowercase().contains("proxy-authorization"), "{heads:?}");
    assert!(heads[0].contains(&basic) && !heads[0].contains("planted-key"), "the device's key is inside TLS");
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_away_means_not_sent_and_its_password_is_not_repeated() {
    let authority = Authority::new();
    let (url, read) = tls_server(authority.server(|_| {}, "localhost"), ok_answer()).await;
    let gone = Proxy { address: "127.0.0.1:9".parse().expect("an address"), heads: Arc::default() };
    for proxy in [
        Proxy::start(Some("407 Proxy Authentication Required")).await,
        Proxy::start(Some("502 Bad Gateway")).await,
        gone,
    ] {
        let error = post(&proxy.transport(&authority), &url).await.expect_err("no way through");
        assert_eq!((error.cause, error.delivery), (Cause::Connect, Delivery::NotSent), "{error}");
        assert_silent(&format!("{error} {error:?} {error:#?}"));
        assert_eq!(read.load(std::sync::atomic::Ordering::SeqCst), 0);
    }
    let nonsense = HttpOptions { proxy: Some(format!("http://{USER}:{PASSWORD}@[")), ..hasty(Roots::Bundled) };
    assert_silent(&format!("{nonsense:?}"));
    let error = HttpTransport::new(&nonsense).expect_err("no address");
    assert_silent(&format!("{error} {error:?}"));
}
