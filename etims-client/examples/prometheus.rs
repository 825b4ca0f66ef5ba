//! Metrics for Prometheus: the hook, the text it serves, and a sandbox to have something to count.
//!
//! `cargo run -p etims-client --example prometheus` serves `http://127.0.0.1:9464/metrics` until Ctrl-C;
//! `-- --once` prints the text and ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::line::Line;
use etims_client::metrics::{Metrics, Observation};
use etims_client::notice::Notice;
use etims_client::transport::HttpTransport;
use etims_core::wire::{Delivery, Dialect};
use etims_sandbox::{Fault, FaultKind, Sandbox, When};

/// Upper bounds of the histogram, in milliseconds: KRA answers in tens of milliseconds or in tens of seconds.
const BUCKETS: [u64; 9] = [25, 50, 100, 250, 1000, 2500, 10_000, 30_000, 120_000];

/// Counts exchanges; everything in it is free of personal data.
#[derive(Default)]
struct Prometheus {
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    /// By operation, dialect, delivery, and status or cause.
    exchanges: BTreeMap<[String; 4], u64>,
    /// By operation: buckets, milliseconds in all, calls.
    latencies: BTreeMap<&'static str, ([u64; BUCKETS.len()], u128, u64)>,
    /// By kind.
    notices: BTreeMap<&'static str, u64>,
}

impl Metrics for Prometheus {
    fn observe(&self, seen: &Observation) {
        let mut counted = self.counted.lock().expect("counting does not panic");
        let delivery = match seen.delivery {
            Delivery::NotSent => "not_sent",
            Delivery::MaybeDelivered => "maybe_delivered",
            Delivery::Answered => "answered",
        };
        let outcome = seen.status.map_or_else(|| seen.cause.unwrap_or("none").to_owned(), |status| status.to_string());
        let key = [seen.operation.name().to_owned(), seen.dialect.name().to_owned(), delivery.to_owned(), outcome];
        *counted.exchanges.entry(key).or_default() += 1;
        let (buckets, sum, count) = counted.latencies.entry(seen.operation.name()).or_default();
        let millis = seen.latency.as_millis();
        for (bucket, bound) in buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(millis <= u128::from(bound));
        }
        *sum += millis;
        *count += 1;
    }

    fn notice(&self, notice: &Notice) {
        *self.counted.lock().expect("counting does not panic").notices.entry(notice.name()).or_default() += 1;
    }
}

impl Prometheus {
    /// The text format of Prometheus.
    fn text(&self) -> String {
        let counted = self.counted.lock().expect("counting does not panic");
        let mut text = String::from("# TYPE etims_exchanges_total counter\n");
        for ([operation, dialect, delivery, outcome], count) in &counted.exchanges {
            let labels = format!(
                "operation=\"{operation}\",dialect=\"{dialect}\",delivery=\"{delivery}\",outcome=\"{outcome}\""
            );
            writeln!(text, "etims_exchanges_total{{{labels}}} {count}").expect("writing to memory");
        }
        text.push_str("# TYPE etims_exchange_milliseconds histogram\n");
        for (operation, (buckets, sum, count)) in &counted.latencies {
            let name = "etims_exchange_milliseconds";
            for (bucket, bound) in buckets.iter().zip(BUCKETS) {
                writeln!(text, "{name}_bucket{{operation=\"{operation}\",le=\"{bound}\"}} {bucket}")
                    .expect("writing to memory");
            }
            writeln!(text, "{name}_bucket{{operation=\"{operation}\",le=\"+Inf\"}} {count}")
                .expect("writing to memory");
            writeln!(text, "{name}_sum{{operation=\"{operation}\"}} {sum}").expect("writing to memory");
            writeln!(text, "{name}_count{{operation=\"{operation}\"}} {count}").expect("writing to memory");
        }
        text.push_str("# TYPE etims_notices_total counter\n");
        for (kind, count) in &counted.notices {
            writeln!(text, "etims_notices_total{{kind=\"{kind}\"}} {count}").expect("writing to memory");
        }
        text
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::builder().port(0).seed(7).start().await?;
    let config = Config::builder()
        .dialect(Dialect::Vscu)
        .set("pin", "P000070007R")
        .set("serial", "SHOP1-TILL1")
        .set("hosts.base", sandbox.vscu_url())
        .build()?;

    let prometheus = Arc::new(Prometheus::default());
    let line = Line::new(&config, None, Arc::new(HttpTransport::new(&config.http)?))?
        .with_metrics(Arc::clone(&prometheus) as Arc<dyn Metrics>);
    let connection = Connection::new(Arc::new(line), config.seller.pin, config.seller.branch);

    // Something to count: quick answers, a slow one, faults that the client makes up for.
    let body = br#"{"tin":"P000070007R","bhfId":"00","dvcSrlNo":"SHOP1-TILL1"}"#;
    connection.call(etims_core::wire::Operation::Initialise, body, &|| true).await?;
    for kind in [
        FaultKind::DelayAnswer { milliseconds: 120 },
        FaultKind::ServerError { status: 503, recorded: false },
        FaultKind::HtmlPage { recorded: false },
    ] {
        sandbox.inject(Fault { kind, when: When::Once, operation: None });
        connection.codes(None).await?;
        connection.notices(None).await?;
    }

    if std::env::args().any(|argument| argument == "--once") {
        print!("{}", prometheus.text());
        return Ok(());
    }
    let app = Router::new().route("/metrics", get(async move || prometheus.text()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9464").await?;
    println!("http://{}/metrics", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        })
        .await?;
    Ok(())
}
