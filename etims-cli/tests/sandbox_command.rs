//! `etims sandbox` from outside: its first line, its signals, its state file, its mistakes.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Running {
    child: Child,
    address: String,
}

fn start(arguments: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_etims"))
        .args(["sandbox", "--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a first line");
    let address = line.trim().strip_prefix("sandbox listening on http://").expect("the URL ends the line").to_owned();
    Running { child, address }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("listening");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    // A lost answer is an empty one.
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn initialise(address: &str) -> String {
    let body = r#"{"tin":"P000000010C","bhfId":"00","dvcSrlNo":"TILL-1"}"#;
    let head =
        "POST /etims-api/selectInitOsdcInfo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json";
    ask(address, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

#[test]
fn it_stops_on_sigterm_and_remembers_after_sigkill() {
    let folder = std::env::temp_dir().join(format!("etims-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let state = folder.join("kra.state");
    let state = state.to_str().expect("a plain path");

    let mut first = start(&["--state", state, "--seed", "3"]);
    assert!(initialise(&first.address).contains("\"resultCd\":\"000\""));
    signal(&first.child, "KILL");
    assert!(!first.child.wait().expect("ended").success());

    let mut second = start(&["--state", state]);
    assert!(initialise(&second.address).contains("\"resultCd\":\"902\""));
    for signal_name in ["TERM", "INT"] {
        signal(&second.child, signal_name);
        assert!(second.child.wait().expect("ended").success(), "{signal_name}");
        second = start(&["--state", state]);
    }
    second.child.kill().expect("killed");
    second.child.wait().expect("ended");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn faults_are_armed_by_flag() {
    let mut running = start(&["--fault", "lose-answer:operation=init"]);
    assert_eq!(initialise(&running.address), "");
    assert!(initialise(&running.address).contains("\"resultCd\":\"902\""));
    running.child.kill().expect("killed");
    running.child.wait().expect("ended");
}

#[test]
fn mistakes_are_explained() {
    for (arguments, words) in [
        (vec!["--fault", "lose"], "there is no fault"),
        (vec!["--fault", "lose-answer:evry=2"], "has no \"evry\""),
        (vec!["--state", "/no/such/folder/kra.state"], "cannot use the state file"),
        (vec!["--host", "256.0.0.1"], "cannot listen on"),
        (vec!["--profile", "loose"], "possible values: strict, lenient"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_etims"))
            .args(["sandbox", "--port", "0"])
            .args(&arguments)
            .output()
            .expect("the command starts");
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
