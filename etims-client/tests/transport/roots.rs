//! The operating system's authorities: a real handshake in a process of its own, whose authorities are ours.

use std::process::Command;
use std::sync::atomic::Ordering;

use etims_client::transport::Roots;

use crate::tls_server::{Authority, BODY, ok_answer, post, tls_server, with_roots};

const ADDRESS: &str = "ETIMS_TEST_TLS_ADDRESS";

/// What the child process says of one call over the platform's authorities.
async fn in_a_process_with(authorities: Option<&std::path::Path>, url: &str) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--ignored", "--exact", "--nocapture", "roots::one_call_over_the_platforms_authorities"]);
    child.env(ADDRESS, url).env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    if let Some(authorities) = authorities {
        child.env("SSL_CERT_FILE", authorities);
    }
    let output = tokio::task::spawn_blocking(move || child.output()).await.expect("no panic").expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn the_platforms_authorities_are_those_that_the_system_names() {
    let authority = Authority::new();
    let (url, read) = tls_server(authority.server(|_| {}, "localhost"), ok_answer()).await;
    let trusted = in_a_process_with(Some(&authority.roots), &url).await;
    assert!(trusted.contains("answered 200"), "{trusted}");
    assert!(read.swap(0, Ordering::SeqCst) > BODY.len());

    let (other_url, other_read) = tls_server(authority.server(|_| {}, "sbx.kra.go.ke"), ok_answer()).await;
    let other_name = in_a_process_with(Some(&authority.roots), &other_url).await;
    assert!(other_name.contains("failed") && other_name.contains("certificate"), "{other_name}");

    let stranger = Authority::new();
    let unknown = in_a_process_with(Some(&stranger.roots), &url).await;
    assert!(unknown.contains("failed") && unknown.contains("certificate"), "{unknown}");
    assert_eq!((read.load(Ordering::SeqCst), other_read.load(Ordering::SeqCst)), (0, 0), "not a byte was sent");
}

/// Run by the test above in a process of its own: the authorities are read from the environment.
#[tokio::test]
#[ignore = "the child process of the test above"]
async fn one_call_over_the_platforms_authorities() {
    let Ok(url) = std::env::var(ADDRESS) else { return };
    match post(&with_roots(Roots::Platform), &url).await {
        Ok(answer) => println!("answered {}", answer.status),
        Err(error) => println!("failed {:?}: {error}", error.delivery),
    }
}
