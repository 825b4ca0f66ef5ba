//! `etims pin --online` against a checker of ours that speaks as KRA's GavaConnect does.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

const SECRET: &str = "planted-checker-secret";
const BUYER: &str = "P000070014N";
const GOOD: &str = r#"{"ResponseCode":"23000","Message":"Valid PIN","Status":"OK","PINDATA":{"KRAPIN":"P000070014N","TypeOfTaxpayer":"Company","Name":"B***R LTD","StatusOfPIN":"Active"}}"#;

/// A checker that answers every question alike; remembers request lines with their bodies.
struct Checker {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Checker {
    fn start(status: u16, answer: &'static str) -> Checker {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.expect("a connection"));
                let (mut first, mut length) = (String::new(), 0);
                stream.read_line(&mut first).expect("a request");
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).expect("a header");
                    if line.trim().is_empty() {
                        break;
                    }
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().expect("a length");
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("a body");
                let body = String::from_utf8(body).expect("UTF-8");
                let (status, answer) = if first.contains("/v1/token") {
                    (200, r#"{"access_token":"abc","expires_in":"3599"}"#)
                } else {
                    seen.lock().expect("no panic").push(format!("{} {body}", first.trim()));
                    (status, answer)
                };
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                    answer.len()
                );
                stream.get_mut().write_all(head.as_bytes()).expect("the client is there");
            }
        });
        Checker { address, asked }
    }

    fn pin(&self, arguments: &[&str]) -> (i32, String, String) {
        let directory = tempfile::tempdir().expect("a directory");
        let settings = format!(
            "pin = \"P000070007R\"\nserial = \"SHOP1-TILL1\"\n[hosts]\ntoken = \"{0}/v1/token/generate\"\ncheckers = \"{0}\"\n[retry]\ntries = 1\n",
            self.address
        );
        fs::write(directory.path().join("etims.toml"), settings).expect("written");
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_etims"))
            .args(["pin", "--online"])
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .env("HOME", directory.path())
            .env("ETIMS_SANDBOX_APP_ID", "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab")
            .env("ETIMS_SANDBOX_CONSUMER_KEY", "consumer-key")
            .env("ETIMS_SANDBOX_CONSUMER_SECRET", SECRET)
            .output()
            .expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(stdout), text(stderr));
        assert!(!out.contains(SECRET) && !err.contains(SECRET));
        (status.code().unwrap_or(-1), out, err)
    }
}

#[test]
fn a_pin_that_kra_knows_is_told_with_its_name() {
    let checker = Checker::start(200, GOOD);
    let (code, out, err) = checker.pin(&[BUYER]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("KRA knows it: B***R LTD, Active."), "{out}");
    assert_eq!(*checker.asked.lock().unwrap(), [r#"POST /checker/v1/pinbypin HTTP/1.1 {"KRAPIN":"P000070014N"}"#]);
    let (code, out, err) = checker.pin(&[BUYER, "--json", "--name", "Somebody Else"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert_eq!((code, &report["registered"], &report["name"]), (2, &true.into(), &"B***R LTD".into()));
    assert!(report["findings"][0].as_str().is_some_and(|sentence| sentence.contains("name")), "{report}");
}

#[test]
fn a_pin_that_kra_does_not_know_is_no_error() {
    let checker = Checker::start(200, r#"{"ResponseCode":"19005","Message":"Invalid PIN","Status":"NOK"}"#);
    let (code, out, err) = checker.pin(&[BUYER]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("KRA does not know it."), "{out}");
}

#[test]
fn the_four_shapes_of_errors_are_told_in_kras_words() {
    let cases = [
        (400, r#"{"ResponseCode":"400","Message":"Parameter missing","Status":"NOK"}"#, "400: Parameter missing"),
        (400, r#"{"ErrorCode":"90210","ErrorMessage":"Bad day"}"#, "90210: Bad day"),
        (400, r#"{"errorCode":"400","errorMessage":"KRAPIN missing","RequestId":"r-1"}"#, "400: KRAPIN missing"),
        (
            403,
            r#"{"fault":{"faultstring":"Invalid ApiKey for given resource","detail":{"errorcode":"oauth"}}}"#,
            "check that the application is subscribed to it",
        ),
        (503, r#"{"fault":{"faultstring":"The Service is unavailable","detail":{"errorcode":"x"}}}"#, "just now"),
        (200, "<html>portal</html>", "not one of KRA's checkers"),
    ];
    for (status, answer, expected) in cases {
        let (code, out, err) = Checker::start(status, answer).pin(&[BUYER]);
        assert_eq!(code, 1, "{answer}: {out}{err}");
        assert!(err.contains(expected) && out.is_empty(), "{answer}: {out}{err}");
    }
}
