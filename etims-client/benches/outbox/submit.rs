//! Durable submission: one caller, thirty-two at once, and thirty-two at once without waiting for the disk.

use std::path::Path;
use std::time::Instant;

use crate::processes::{Kra, Till};
use crate::{Verdict, shop};

const CALLERS: u64 = 32;
/// Documents of each of many callers.
const EACH: u64 = 30;
/// Documents of the single caller.
const ALONE: u64 = 200;
/// Rounds of the three, by turns.
const ROUNDS: u64 = 7;

pub async fn run(room: &Path) -> Vec<Verdict> {
    let kra = Kra::start(room);
    let durable = Till::new(room, "submit-full", &kra, "00");
    durable.open_shop().await;
    let careless = Till::new(room, "submit-off", &kra, "01");
    careless.open_shop().await;
    let (mut gains, mut costs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let one = alone(&durable, round).await;
        let many = together(&durable, round, true).await;
        let off = together(&careless, round, false).await;
        println!(
            "submit: one caller {one:.0}/s; {CALLERS} callers {many:.0}/s; {CALLERS} callers, synchronous=OFF {off:.0}/s"
        );
        gains.push(many / one);
        costs.push(many / off);
    }
    vec![
        Verdict::at_least("32 submitters / one submitter", middle(&mut gains), 3.0, "≥ 3"),
        Verdict::at_least("32 submitters / 32 with synchronous=OFF", middle(&mut costs), 0.6, "≥ 0.6"),
    ]
}

fn middle(ratios: &mut [f64]) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

async fn alone(till: &Till, round: u64) -> f64 {
    let device = till.open(true, true).await;
    let drafts: Vec<_> = (0..ALONE).map(|n| shop::sale(&format!("ONE-{round}-{n}"))).collect();
    let started = Instant::now();
    for draft in &drafts {
        device.submit(draft).await.expect("a good sale");
    }
    ALONE as f64 / started.elapsed().as_secs_f64()
}

async fn together(till: &Till, round: u64, durable: bool) -> f64 {
    let device = till.open(true, durable).await;
    let drafts: Vec<Vec<_>> = (0..CALLERS)
        .map(|caller| (0..EACH).map(|n| shop::sale(&format!("MANY-{round}-{caller}-{n}"))).collect())
        .collect();
    let started = Instant::now();
    let tasks: Vec<_> = drafts
        .into_iter()
        .map(|drafts| {
            let device = device.clone();
            tokio::spawn(async move {
                for draft in &drafts {
                    device.submit(draft).await.expect("a good sale");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    (CALLERS * EACH) as f64 / started.elapsed().as_secs_f64()
}
