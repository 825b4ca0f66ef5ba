//! What a look-up costs beyond a bare reqwest call, in instructions (callgrind) and in CPU time.
//!
//! `cargo bench -p etims-client --bench look_up_cost` counts by itself when valgrind is installed: it runs this program
//! under callgrind with few and with many calls, and takes the difference, so that start-up does not count. The server
//! is another process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::credentials::Credentials;
use etims_client::line::Line;
use etims_client::transport::HttpTransport;
use etims_core::pin::Pin;
use etims_core::wire::Environment;
use secrecy::SecretString;

const ANSWER: &str = r#"{"responseHeader":{"responseRefID":"00000000-0000-0000-0000-000000000000","responseCode":"200","customerMessage":"Successful","debugMessage":"Successful"},"responseBody":{"resultCd":"000","resultMsg":"Successful","resultDt":"20260105101530","data":{"custList":[{"tin":"P000070014N","taxprNm":"BUYER LTD","taxprSttsCd":"A","prvncNm":"NAIROBI CITY","dstrtNm":"WESTLANDS","sctrNm":"PARKLANDS","locDesc":null}]}}}"#;
const TOKEN: &str = r#"{"access_token":"0123456789abcdef0123456789ab","expires_in":"3599"}"#;
const FEW: u32 = 100;
const MANY: u32 = 600;
/// Calls for the CPU time.
const TIMED: u32 = 5000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => serve(),
        Some(kind @ ("sdk" | "bare")) => {
            let (url, calls) = (&arguments[2], arguments[3].parse().expect("a number of calls"));
            run(kind, url, calls);
        }
        _ => measure(),
    }
}

/// Answers tokens and look-ups, one thread a connection, until it is killed.
fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    for socket in listener.incoming().flatten() {
        std::thread::spawn(move || while answer(&socket).is_some() {});
    }
}

fn answer(socket: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    let (mut length, mut is_token) = (0, false);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        is_token |= line.starts_with("GET ");
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = if is_token { TOKEN } else { ANSWER };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
    (&mut &*socket).write_all([head.as_bytes(), text.as_bytes()].concat().as_slice()).ok()
}

fn run(kind: &str, url: &str, calls: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let started = cpu_nanos();
    runtime.block_on(async {
        match kind {
            "sdk" => sdk(url, calls).await,
            _ => bare(url, calls).await,
        }
    });
    println!("{}", cpu_nanos() - started);
}

async fn sdk(url: &str, calls: u32) {
    let config = Config::builder()
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", url)
        .set("hosts.token", format!("{url}/v1/token/generate"))
        .set("limits.per_hour", 4_000_000_000_u32)
        .set("limits.burst", 1_000_000)
        .build()
        .expect("valid");
    let credentials = Credentials::new(
        Environment::Sandbox,
        "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab",
        SecretString::from("key"),
        SecretString::from("secret"),
    );
    let transport = Arc::new(HttpTransport::new(&config.http).expect("valid options"));
    let line = Line::new(&config, Some(&credentials), transport).expect("they fit");
    let connection = Connection::new(Arc::new(line), config.seller.pin, config.seller.branch);
    connection.set_communication_key(&SecretString::from("0123456789ABCDEF0123456789ABCDEF"));
    let buyer = Pin::parse("P000070014N").expect("a PIN");
    for _ in 0..calls {
        let customer = connection.customer(buyer).await.expect("an answer").expect("known");
        assert_eq!(customer.pin, "P000070014N");
    }
}

/// The same request and the same bytes back, with nothing of ours.
async fn bare(url: &str, calls: u32) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(120))
        .build()
        .expect("valid options");
    let token = client.get(format!("{url}/v1/token/generate")).send().await.expect("an answer");
    token.bytes().await.expect("a body");
    let url = format!("{url}/customerPinInfo");
    for _ in 0..calls {
        let answer = client
            .post(&url)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("tin", "P000070007R")
            .header("bhfid", "00")
            .header("cmckey", "0123456789ABCDEF0123456789ABCDEF")
            .header("apigee_app_id", "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab")
            .header("authorization", "Bearer 0123456789abcdef0123456789ab")
            .body(r#"{"tin":"P000070007R","bhfId":"00","custmTin":"P000070014N"}"#)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.bytes().await.expect("a body").len(), ANSWER.len());
    }
}

/// CPU time of this thread so far in nanoseconds, as Linux counts it; 0 elsewhere. Everything runs on one thread.
fn cpu_nanos() -> i64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn measure() {
    let program = std::env::current_exe().expect("this program");
    let mut server = Command::new(&program).arg("serve").stdout(Stdio::piped()).spawn().expect("it starts");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut url).expect("its address");
    let url = url.trim();
    let instructions = |kind: &str, calls: u32| -> Option<u64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(&program)
            .args([kind, url, &calls.to_string()])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
    };
    let per_call = |kind: &str| Some((instructions(kind, MANY)? - instructions(kind, FEW)?) / u64::from(MANY - FEW));
    let nanos = |kind: &str| -> i64 {
        let output = Command::new(&program).args([kind, url, &TIMED.to_string()]).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("nanoseconds")
    };
    match (per_call("bare"), per_call("sdk")) {
        (Some(bare), Some(sdk)) => {
            println!("instructions per look-up: bare reqwest {bare}, SDK {sdk}, added {}", sdk.saturating_sub(bare));
        }
        _ => println!("instructions: valgrind is not installed"),
    }
    // The best of several runs: everything else on the machine only adds.
    let best = |kind: &str| (0..5).map(|_| nanos(kind)).min().expect("five runs") / i64::from(TIMED);
    let (bare, sdk) = (best("bare"), best("sdk"));
    println!("CPU nanoseconds per look-up: bare reqwest {bare}, SDK {sdk}, added {}", sdk - bare);
    let _ = server.kill();
    let _ = server.wait();
}
