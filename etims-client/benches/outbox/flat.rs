//! Look-up by reference and durable submission, with a thousand and with a million submissions stored.

use std::path::Path;
use std::time::{Duration, Instant};

use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::store::{NewSubmission, Store};
use etims_core::journal::digest;
use etims_core::wire::{Dialect, Operation};

use crate::{Verdict, median};

const DEVICE: &str = "sandbox/P000070007R/00";
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const SAMPLES: u64 = 400;

pub async fn run(room: &Path) -> Vec<Verdict> {
    let path = room.join("flat.db");
    let mut stored = 0;
    let mut figures = Vec::new();
    for size in SIZES {
        let filling = SqliteOptions { durable: false, ..SqliteOptions::default() };
        let store = SqliteStore::open(&path, filling).expect("the store opens");
        while stored < size {
            let batch: Vec<_> = (stored..size.min(stored + 1000)).map(|n| store.submit(new(n), None)).collect();
            stored += batch.len() as u64;
            for one in batch {
                one.await.expect("stored");
            }
        }
        drop(store);
        let store = SqliteStore::open(&path, SqliteOptions::default()).expect("the store opens");
        let mut looked_up = Vec::new();
        for sample in 0..SAMPLES {
            // All over the range, in no order.
            let reference = reference(sample.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size);
            let started = Instant::now();
            let found = store.find(DEVICE, Operation::SaveSale, &reference).await.expect("the store");
            looked_up.push(started.elapsed());
            assert!(found.is_some());
        }
        let mut submitted = Vec::new();
        for _ in 0..SAMPLES {
            let one = new(stored);
            stored += 1;
            let started = Instant::now();
            store.submit(one, None).await.expect("stored");
            submitted.push(started.elapsed());
        }
        let (look_up, submit) = (median(&mut looked_up), median(&mut submitted));
        println!("{size:>9} stored: look-up {look_up:?}, durable submit {submit:?} (medians)");
        figures.push((look_up, submit));
    }
    let growth = |of: fn(&(Duration, Duration)) -> Duration| {
        of(&figures[SIZES.len() - 1]).as_secs_f64() / of(&figures[0]).as_secs_f64()
    };
    vec![
        Verdict::at_most("look-up at 10⁶ / at 10³", growth(|figure| figure.0), 2.0, "flat: ≤ 2"),
        Verdict::at_most("submit at 10⁶ / at 10³", growth(|figure| figure.1), 2.0, "flat: ≤ 2"),
    ]
}

fn reference(n: u64) -> String {
    format!("INV-2026-{n:07}")
}

fn new(n: u64) -> NewSubmission {
    let reference = reference(n);
    NewSubmission {
        device: DEVICE.to_owned(),
        dialect: Dialect::Gateway,
        operation: Operation::SaveSale,
        lane: format!("{DEVICE}/sales"),
        digest: digest(reference.as_bytes()),
        document: format!("{{\"reference\":\"{reference}\",\"filling\":\"{:0>400}\"}}", n).into_bytes(),
        reference,
        issued_at: 1_800_000_000_000,
        waits: Vec::new(),
        touches: Vec::new(),
        paper_only: false,
        credits: None,
    }
}
