//! Servers that mean harm, or are merely broken: every answer of theirs ends in a clear error, soon and with little memory.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use etims_client::transport::{Answer, CallError, Cause, HttpTransport, Roots};
use etims_core::wire::Delivery;
use flate2::Compression;
use flate2::write::GzEncoder;
use rcgen::CertificateParams;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::tls_server::{Authority, BODY, MEBIBYTE, ok_answer, post, read_request, tls_server, with_roots};

fn transport() -> HttpTransport {
    with_roots(Roots::Bundled)
}

/// A server that reads one request and then does what it is told.
async fn misbehaving<F>(then: impl FnOnce(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/saveTrnsSalesOsdc", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("one connection");
        read_request(&mut socket).await;
        then(socket).await;
    });
    url
}

/// Writes the same bytes until the client goes away or a limit far beyond all patience is reached.
async fn flood(mut socket: impl AsyncWrite + Unpin, head: &[u8], again: &[u8]) {
    if socket.write_all(head).await.is_ok() {
        for _ in 0..200_000 {
            if socket.write_all(again).await.is_err() {
                break;
            }
        }
    }
}

fn assert_ends(result: Result<Answer, CallError>, cause: Cause, started: Instant) {
    let error = result.expect_err("no usable answer");
    assert_eq!((error.cause, error.delivery), (cause, Delivery::MaybeDelivered), "{error}");
    assert!(!format!("{error:?}").contains("planted-key"));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_endless_body_is_cut_off_at_the_limit() {
    let url = misbehaving(|socket| async move {
        let chunk = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
        flood(socket, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &chunk).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::TooLarge, started);
}

#[tokio::test]
async fn an_announced_size_beyond_the_limit_is_not_even_read() {
    let url = misbehaving(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::TooLarge, started);
    assert!(started.elapsed() < Duration::from_millis(450));
}

fn gzip_answer(packed: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
    [head.as_bytes(), packed].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn a_gzip_bomb_goes_off_at_the_limit() {
    let bomb = packed(&vec![0; 64 * MEBIBYTE]);
    assert!(bomb.len() < MEBIBYTE / 8, "small as it arrives");
    let url = misbehaving(move |mut socket| async move {
        let _ = socket.write_all(&gzip_answer(&bomb)).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::TooLarge, started);
}

#[tokio::test]
async fn gzip_that_never_becomes_anything_is_cut_off_as_it_arrives() {
    let nothing = packed(b"");
    let url = misbehaving(move |socket| async move {
        flood(socket, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", &nothing.repeat(500)).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::TooLarge, started);
}

#[tokio::test]
async fn honest_gzip_is_read_and_broken_gzip_is_not() {
    let good = packed(br#"{"resultCd":"000"}"#);
    let url = misbehaving(move |mut socket| async move {
        let _ = socket.write_all(&gzip_answer(&good)).await;
    })
    .await;
    assert_eq!(post(&transport(), &url).await.expect("an answer").body, br#"{"resultCd":"000"}"#);
    let url = misbehaving(move |mut socket| async move {
        let _ = socket.write_all(&gzip_answer(b"\x1f\x8b not gzip at all")).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::Unreadable, started);
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let url = misbehaving(|socket| async move {
        flood(socket, b"HTTP/1.1 200 OK\r\n", b"X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::Interrupted, started);
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_whole_time_allowed() {
    let url = misbehaving(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
        while socket.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::Timeout, started);
    assert!(started.elapsed() >= Duration::from_millis(2900));
}

#[tokio::test]
async fn an_answer_that_stops_half_way_ends_with_the_pause_allowed() {
    let url = misbehaving(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    })
    .await;
    let started = Instant::now();
    assert_ends(post(&transport(), &url).await, Cause::Timeout, started);
    assert!(started.elapsed() < Duration::from_millis(1500));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for garbage in
        [&b"\x00\x01\x02\x03\r\n\r\n"[..], b"220 smtp ready\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/0.9\r\n\r\n"]
    {
        let url = misbehaving(move |mut socket| async move {
            let _ = socket.write_all(garbage).await;
        })
        .await;
        let started = Instant::now();
        assert_ends(post(&transport(), &url).await, Cause::Interrupted, started);
    }
}

#[tokio::test]
async fn no_redirect_is_followed_and_the_keys_stay_here() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let target = elsewhere.local_addr().expect("an address");
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    tokio::spawn(async move {
        while elsewhere.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    for status in [301, 302, 303, 307, 308] {
        let url = misbehaving(move |mut socket| async move {
            let answer =
                format!("HTTP/1.1 {status} Moved\r\nLocation: http://{target}/steal\r\nContent-Length: 0\r\n\r\n");
            let _ = socket.write_all(answer.as_bytes()).await;
        })
        .await;
        let error = post(&transport(), &url).await.expect_err("not an answer");
        assert_eq!((error.cause, error.delivery), (Cause::Redirected, Delivery::MaybeDelivered), "{status}");
        assert!(error.message.contains("127.0.0.1"), "{error}");
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_for_the_right_name_is_good() {
    let authority = Authority::new();
    let (url, read) = tls_server(authority.server(|_| {}, "localhost"), ok_answer()).await;
    let answer = post(&with_roots(Roots::File(authority.roots.clone())), &url).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
    assert!(read.load(Ordering::SeqCst) > BODY.len());
}

#[tokio::test]
async fn every_other_certificate_ends_the_handshake_before_a_byte_is_sent() {
    let authority = Authority::new();
    let past = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    };
    let cases = [
        (
            "another name",
            authority.server(|_| {}, "sbx.kra.go.ke.example.com"),
            with_roots(Roots::File(authority.roots.clone())),
        ),
        ("expired", authority.server(past, "localhost"), with_roots(Roots::File(authority.roots.clone()))),
        (
            "another authority",
            Authority::new().server(|_| {}, "localhost"),
            with_roots(Roots::File(authority.roots.clone())),
        ),
        ("an authority that nobody knows", authority.server(|_| {}, "localhost"), transport()),
    ];
    for (what, acceptor, transport) in cases {
        let (url, read) = tls_server(acceptor, ok_answer()).await;
        let error = post(&transport, &url).await.expect_err(what);
        assert_eq!((error.cause, error.delivery), (Cause::Connect, Delivery::NotSent), "{what}: {error}");
        assert!(error.message.contains("certificate"), "{what}: {error}");
        assert_eq!(read.load(Ordering::SeqCst), 0, "{what}");
    }
}

#[tokio::test]
async fn a_downgrade_to_plain_http_is_not_followed() {
    let authority = Authority::new();
    let (plain_url, plain_read) = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/x", listener.local_addr().expect("an address"));
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        (url, visits)
    };
    let answer = format!("HTTP/1.1 307 Down\r\nLocation: {plain_url}\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let (url, _) = tls_server(authority.server(|_| {}, "localhost"), answer).await;
    let error = post(&with_roots(Roots::File(authority.roots.clone())), &url).await.expect_err("not an answer");
    assert_eq!(error.cause, Cause::Redirected, "{error}");
    assert_eq!(plain_read.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_speaks_plain_http_on_the_tls_port_is_not_sent_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://localhost:{}/x", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
        }
    });
    let error = post(&transport(), &url).await.expect_err("no TLS");
    assert_eq!((error.cause, error.delivery), (Cause::Connect, Delivery::NotSent), "{error}");
}

/// Lets so many bytes pass in each direction, then cuts the connection.
async fn cut(client: TcpStream, server: TcpStream, upwards: usize, downwards: usize) {
    async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut left: usize) {
        let mut buffer = [0; 64];
        while left > 0 {
            let wanted = left.min(buffer.len());
            match from.read(&mut buffer[..wanted]).await {
                Ok(0) | Err(_) => return std::future::pending().await,
                Ok(read) => {
                    left -= read;
                    if to.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    tokio::select! {
        () = pump(client_read, server_write, upwards) => {}
        () = pump(server_read, client_write, downwards) => {}
    }
}

#[tokio::test]
async fn wherever_the_line_is_cut_not_sent_means_that_the_server_has_not_got_it() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"resultCd\":\"000\"}";
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let behind = server.local_addr().expect("an address");
    let whole = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&whole);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = server.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                if read_request(&mut socket).await.ends_with(BODY) {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let _ = socket.write_all(answer).await;
                }
                // Open until the proxy goes away, so that only the cut ends it.
                let _ = socket.read(&mut [0; 1]).await;
            });
        }
    });
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/saveTrnsSalesOsdc", proxy.local_addr().expect("an address"));
    let limits = Arc::new(std::sync::Mutex::new((0_usize, 0_usize)));
    let told = Arc::clone(&limits);
    tokio::spawn(async move {
        while let Ok((client, _)) = proxy.accept().await {
            let (upwards, downwards) = *told.lock().expect("no panic");
            tokio::spawn(async move {
                if let Ok(server) = TcpStream::connect(behind).await {
                    cut(client, server, upwards, downwards).await;
                }
            });
        }
    });
    let transport = transport();
    let (mut not_sent, mut uncertain, mut answered) = (0, 0, 0);
    let cuts =
        (0..230).map(|upwards| (upwards, usize::MAX)).chain((0..=answer.len() + 1).map(|down| (usize::MAX, down)));
    for (upwards, downwards) in cuts {
        *limits.lock().expect("no panic") = (upwards, downwards);
        let before = whole.load(Ordering::SeqCst);
        let result = post(&transport, &url).await;
        // The server may still be reading what came before the cut.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let got = whole.load(Ordering::SeqCst) - before;
        assert!(got <= 1, "sent once at most ({upwards}, {downwards})");
        match result {
            Ok(answer) => {
                answered += 1;
                assert_eq!(
                    answer.body, br#"{"resultCd":"000"}"#,
                    "only a whole answer is an answer ({upwards}, {downwards})"
                );
            }
            Err(error) if error.delivery == Delivery::NotSent => {
                not_sent += 1;
                assert_eq!(got, 0, "({upwards}, {downwards}) {error}");
            }
            Err(error) => {
                uncertain += 1;
                assert_eq!(error.delivery, Delivery::MaybeDelivered, "({upwards}, {downwards}) {error}");
            }
        }
    }
    assert!(uncertain > 100 && answered > 0, "{not_sent} not sent, {uncertain} uncertain, {answered} answered");
}
