//! One lane's durable drain against the least that could do the job: one bare HTTP call and one bare FULL commit of the
//! same body, one after the other.

use std::path::Path;
use std::time::{Duration, Instant};

use etims_client::credentials::{Binding, KeyFile, Vault};
use etims_client::store::ListFilter;
use etims_core::codes::PaymentCodes;
use etims_core::document::Invoice;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, Environment, sale_body};
use rusqlite::Connection;

use crate::processes::{Kra, Till};
use crate::{Verdict, shop};

/// Documents of one round.
const DOCUMENTS: u64 = 400;
/// Rounds of both, by turns: the disk and the neighbours change from second to second.
const ROUNDS: u64 = 13;
const PATIENCE: Duration = Duration::from_secs(300);

pub async fn run(room: &Path) -> Vec<Verdict> {
    let kra = Kra::start(room);
    let till = Till::new(room, "drain", &kra, "00");
    till.open_shop().await;
    let bare_till = Till::new(room, "bare", &kra, "01");
    bare_till.open_shop().await;
    let bare = Bare::new(room, &kra, &bare_till).await;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let (ideal, drained) = if round % 2 == 0 {
            let ideal = bare.round(round).await;
            (ideal, drain(&till, round).await)
        } else {
            let drained = drain(&till, round).await;
            (bare.round(round).await, drained)
        };
        rounds.push((drained / ideal, ideal, drained));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (least, most) = (rounds[0].0, rounds[rounds.len() - 1].0);
    let (ratio, ideal, drained) = rounds[rounds.len() / 2];
    println!(
        "the middle one of {ROUNDS} rounds ({least:.2} to {most:.2}): \
         bare HTTP call + bare FULL commit {ideal:.0} documents/s, drain of one lane {drained:.0} documents/s"
    );
    let commits = commits_of_an_issue(&till).await;
    vec![
        Verdict::at_least("drain of one lane / ideal loop", ratio, 0.75, "≥ 0.75"),
        Verdict::at_most("durable commits of one issue()", commits, 2.0, "≤ 2"),
    ]
}

/// Queues the documents of a round, then drains them. Documents a second once the first is signed: the ideal loop has
/// its file and its token before it starts, too.
async fn drain(till: &Till, round: u64) -> f64 {
    let idle = till.open(true, true).await;
    let drafts: Vec<_> = (0..DOCUMENTS).map(|n| shop::sale(&format!("D{round}-{n}"))).collect();
    for ticket in idle.submit_many(&drafts).await {
        ticket.expect("a good sale");
    }
    drop(idle);
    let device = till.open(false, true).await;
    device.wait(&format!("D{round}-0"), PATIENCE).await.expect("the store");
    let started = Instant::now();
    let last = device.wait(&format!("D{round}-{}", DOCUMENTS - 1), PATIENCE).await.expect("the store");
    let elapsed = started.elapsed();
    assert!(last.is_signed(), "{:?} {:?}", last.state(), last.note());
    device.close().await;
    (DOCUMENTS - 1) as f64 / elapsed.as_secs_f64()
}

/// The ideal loop's means: bodies as the outbox would send them, from another branch.
struct Bare {
    client: reqwest::Client,
    url: String,
    token: String,
    key: String,
    database: Connection,
}

impl Bare {
    async fn new(room: &Path, kra: &Kra, till: &Till) -> Bare {
        // reqwest wants a provider even for plain HTTP; a second run in this process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().build().expect("a client");
        let token = client
            .get(format!("{}/v1/token/generate?grant_type=client_credentials", kra.url()))
            .basic_auth("sandbox-consumer_key", Some("sandbox-consumer_secret"));
        let answer: serde_json::Value =
            serde_json::from_slice(&token.send().await.expect("a token").bytes().await.expect("a token"))
                .expect("JSON");
        let database = Connection::open(room.join("bare.db")).expect("a database");
        database
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
            )
            .expect("a table");
        Bare {
            client,
            url: format!("{}/etims-oscu/api/v1/saveTrnsSalesOsdc", kra.url()),
            token: format!("Bearer {}", answer["access_token"].as_str().expect("a token")),
            key: key_of(till).await,
            database,
        }
    }

    /// Documents a second.
    async fn round(&self, round: u64) -> f64 {
        let settings = Settings::new(Dialect::Gateway);
        let seller =
            shop::config_of(Path::new("/unused/store/a"), Path::new("/unused/keys/b"), "http://127.0.0.1:1", "01")
                .seller;
        let codes = PaymentCodes::default();
        let bodies: Vec<Vec<u8>> = (0..DOCUMENTS)
            .map(|n| {
                let invoice = Invoice::check(&shop::sale(&format!("B{round}-{n}")), &settings).expect("a good sale");
                sale_body(&invoice, &seller, &codes, round * DOCUMENTS + n + 1)
            })
            .collect();
        let started = Instant::now();
        for body in bodies {
            let stored = body.clone();
            let call = self
                .client
                .post(&self.url)
                .header("content-type", "application/json")
                .header("authorization", &self.token)
                .header("apigee_app_id", "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab")
                .header("tin", shop::PIN)
                .header("bhfid", "01")
                .header("cmckey", &self.key)
                .body(body);
            let answer = call.send().await.expect("an answer").bytes().await.expect("an answer");
            assert!(answer.windows(8).any(|window| window == b"rcptSign"), "{}", String::from_utf8_lossy(&answer));
            let mut insert = self.database.prepare_cached("INSERT INTO body (bytes) VALUES (?1)").expect("a statement");
            insert.execute([stored]).expect("stored");
        }
        DOCUMENTS as f64 / started.elapsed().as_secs_f64()
    }
}

/// The communication key of a till, out of its vault.
async fn key_of(till: &Till) -> String {
    let device = till.open(true, true).await;
    let row = device.store().devices().await.expect("the store").remove(0);
    let vault = Vault::new(KeyFile::apart_from(&till.keys, &till.store).expect("apart").read().expect("the keys"));
    let binding = Binding { environment: Environment::Sandbox, pin: shop::PIN, branch: "01", serial: &row.serial };
    let key = vault.open(&row.sealed_key.expect("an initialised device has its key"), &binding).expect("the key");
    String::from_utf8(key.to_vec()).expect("text")
}

/// How many commits a sequential `issue` takes: commit frames in the write-ahead log.
async fn commits_of_an_issue(till: &Till) -> f64 {
    const ISSUES: u32 = 50;
    let device = till.open(false, true).await;
    device.issue(&shop::sale("warm"), PATIENCE).await.expect("a good sale");
    let _ = device.list(ListFilter::default()).await;
    let (mut counted, mut commits) = (0, 0);
    for n in 0..ISSUES {
        let before = shop::commits(&till.store);
        let signed = device.issue(&shop::sale(&format!("C-{n}")), PATIENCE).await.expect("a good sale");
        assert!(signed.is_signed());
        // Once in a while the log begins anew.
        if let Some(of_this_one) = shop::commits(&till.store).checked_sub(before) {
            counted += 1;
            commits += of_this_one;
        }
    }
    device.close().await;
    commits as f64 / f64::from(counted)
}
