//! A server with a real certificate, and requests to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use etims_client::transport::{Answer, CallError, Header, HttpOptions, HttpTransport, Request, Roots, Transport};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub(crate) const BODY: &[u8] = br#"{"invcNo":7}"#;
pub(crate) const MEBIBYTE: usize = 1024 * 1024;

/// Short times and a small limit.
pub(crate) fn hasty(roots: Roots) -> HttpOptions {
    HttpOptions {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_millis(500),
        largest_answer: MEBIBYTE,
        roots,
        ..HttpOptions::default()
    }
}

pub(crate) fn with_roots(roots: Roots) -> HttpTransport {
    HttpTransport::new(&hasty(roots)).expect("the options are valid")
}

pub(crate) async fn post(transport: &HttpTransport, url: &str) -> Result<Answer, CallError> {
    let headers = [Header::new("content-type", "application/json"), Header::new("cmckey", "planted-key")];
    let timeout = Duration::from_secs(3);
    let clear = || true;
    transport.send(Request { url, headers: &headers, body: Some(BODY), timeout, clear_to_send: Some(&clear) }).await
}

pub(crate) async fn read_request(socket: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
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

/// An authority of our own, as a PEM file, and a server certificate from it.
pub(crate) struct Authority {
    _directory: tempfile::TempDir,
    pub(crate) roots: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("random numbers");
        let certificate = params.self_signed(&key).expect("signed");
        let directory = tempfile::tempdir().expect("a directory");
        let roots = directory.path().join("roots.pem");
        std::fs::write(&roots, certificate.pem()).expect("written");
        Authority { _directory: directory, roots, issuer: Issuer::new(params, key) }
    }

    pub(crate) fn server(&self, adjust: impl FnOnce(&mut CertificateParams), name: &str) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        adjust(&mut params);
        let key = KeyPair::generate().expect("random numbers");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("they belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A TLS server that answers each request with the given bytes; counts the bytes of requests that it could read.
pub(crate) async fn tls_server(acceptor: TlsAcceptor, answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://localhost:{}/x", listener.local_addr().expect("an address").port());
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(mut socket) = acceptor.accept(socket).await {
                counted.fetch_add(read_request(&mut socket).await.len(), Ordering::SeqCst);
                let _ = socket.write_all(&answer).await;
                let _ = socket.shutdown().await;
            }
        }
    });
    (url, read)
}

pub(crate) fn ok_answer() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()
}
