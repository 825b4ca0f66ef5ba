//! `etims doctor --probe`: questions that KRA's documents leave open, put to its sandbox with small real invoices.

use std::path::Path;
use std::time::Duration;

use etims_client::codes::CodesPolicy;
use etims_client::config::Config;
use etims_client::device::{Device, DeviceParts, Submission};
use etims_core::codes::{ItemType, StockMovementType, TaxType};
use etims_core::document::{InvoiceDraft, ItemDraft, StockLineDraft, StockMovementDraft};
use etims_core::money::{Percent, Quantity, UnitPrice};
use etims_core::rules::Findings;
use etims_core::settings::{DiscountWire, FractionPolicy, Settings};
use etims_core::time::{EAST_AFRICA, Timestamp};
use etims_core::wire::{Environment, Expected};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::counter_scope;
use crate::device_args::{DeviceArgs, confirm};

/// Longest wait for KRA's decision about one document.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// Price of the probe's service and of its good, KES, VAT inside.
const PRICE: &str = "580.00";

/// What KRA did with a document.
enum Decision {
    Taken,
    Refused(String),
}

/// One setting that was learnt.
struct Learnt {
    key: &'static str,
    value: String,
}

/// Runs the probe.
pub(super) async fn run(arguments: &DeviceArgs, second: Option<&Path>, yes: bool) -> Result<(), String> {
    let config = arguments.load()?;
    if config.environment() != Environment::Sandbox {
        return Err("a probe issues test invoices: it is for sandbox hosts only, never for production".to_owned());
    }
    let second = match second {
        // Variables name the first device.
        Some(file) => Some(Config::builder().toml_file(file).build().map_err(|error| error.to_string())?),
        None => None,
    };
    if let Some(second) = &second {
        counter_scope::check(&config, second).await?;
    }
    println!("The probe registers a few items and issues about ten small invoices at {}.", config.hosts.base());
    confirm("They stay in that sandbox. Go on?", yes)?;
    let mut probe = Probe::open(&config).await?;
    let outcome = probe.questions(second.as_ref()).await;
    for line in &probe.report {
        println!("{line}");
    }
    outcome?;
    write(arguments.file(), &probe.learnt)
}

pub(super) struct Probe<'a> {
    pub(super) config: &'a Config,
    /// Makes references unlike those of an earlier probe.
    run: i64,
    issued: u32,
    classification: String,
    next_item: u64,
    pub(super) report: Vec<String>,
    learnt: Vec<Learnt>,
}

impl Probe<'_> {
    async fn open(config: &Config) -> Result<Probe<'_>, String> {
        let device = Device::open(config).await.map_err(|error| error.to_string())?;
        let looked = Probe::look_around(&device).await;
        device.close().await;
        let (classification, next_item) = looked?;
        Ok(Probe {
            config,
            run: now().timestamp(),
            issued: 0,
            classification,
            next_item,
            report: Vec::new(),
            learnt: Vec::new(),
        })
    }

    /// A classification that this server knows, and the next number for an item code.
    async fn look_around(device: &Device) -> Result<(String, u64), String> {
        if device.identity().is_none() {
            return Err("the device is not initialised: etims init".to_owned());
        }
        let connection = device.connection();
        let classes = connection.item_classes(None).await.map_err(|error| error.to_string())?;
        let deepest = classes.rows.iter().max_by_key(|class| class.level).ok_or("KRA lists no item classification")?;
        let items = connection.items(None).await.map_err(|error| error.to_string())?;
        let numbers =
            items.rows.iter().filter_map(|item| item.code.get(item.code.len().checked_sub(7)?..)?.parse().ok());
        Ok((deepest.code.clone(), numbers.max().unwrap_or(0_u64) + 1))
    }

    async fn questions(&mut self, second: Option<&Config>) -> Result<(), String> {
        let service = self.item(ItemType::Service, TaxType::B, "NT").await?;
        self.discounts(&service).await?;
        self.fractions(&service).await?;
        self.reduced_rate().await?;
        self.packaging().await?;
        match second {
            Some(second) => counter_scope::settle(self, second).await,
            None => {
                self.report.push(
                    "counter scope: not settled; it takes another branch's device: --second FILE with its settings"
                        .to_owned(),
                );
                Ok(())
            }
        }
    }

    /// On which base a percentage counts, and whether it is taken at all.
    async fn discounts(&mut self, service: &ItemDraft) -> Result<(), String> {
        let lines = json!([line(service, "2", json!({"percent": "10"}))]);
        for wire in [DiscountWire::RateBefore, DiscountWire::RateAfter, DiscountWire::Price] {
            let settings = Settings { discount_wire: wire, ..self.config.settings.clone() };
            if self.ask(&format!("discount as {}", wire.name()), settings, lines.clone()).await? {
                self.learn("discount_wire", wire.name());
                return Ok(());
            }
        }
        Ok(())
    }

    /// What KRA takes for a quantity of more than two decimals.
    async fn fractions(&mut self, service: &ItemDraft) -> Result<(), String> {
        let lines = json!([line(service, "9.4704", Value::Null)]);
        for policy in
            [FractionPolicy::RoundedQuantityExactAmount, FractionPolicy::AdjustPrice, FractionPolicy::SingleUnit]
        {
            let settings = Settings { fraction_policy: policy, ..self.config.settings.clone() };
            if self.ask(&format!("quantity 9.4704 as {}", policy.name()), settings, lines.clone()).await? {
                self.learn("fraction_policy", policy.name());
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether band E is taken at 8 %, else at 0 %.
    async fn reduced_rate(&mut self) -> Result<(), String> {
        let item = self.item(ItemType::Service, TaxType::E, "NT").await?;
        let lines = json!([line(&item, "1", Value::Null)]);
        for rate in [8, 0] {
            let rates = self.config.settings.rates.with(TaxType::E, Percent::whole(rate));
            let settings = Settings { rates, allow_zero_rate_e: true, ..self.config.settings.clone() };
            if self.ask(&format!("band E at {rate} %"), settings, lines.clone()).await? {
                // Rates that are set no longer follow KRA's list: only what differs is worth that.
                if rates != self.config.settings.rates || !self.config.follow_rates {
                    self.learn("rates", &rates.to_string());
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether one package is right for two boxes, as it is for loose goods.
    async fn packaging(&mut self) -> Result<(), String> {
        let item = self.item(ItemType::Goods, TaxType::B, "CT").await?;
        let lines = json!([line(&item, "2", Value::Null)]);
        for packages in [1, 2] {
            let settings =
                Settings { packages: Quantity::new(Decimal::from(packages)), ..self.config.settings.clone() };
            if self.ask(&format!("{packages} package(s) for 2 cartons"), settings, lines.clone()).await? {
                if packages == 1 {
                    self.learn("packages", "1");
                } else {
                    self.report
                        .push("  so packages follow the quantity: give `packages` on lines packed in CT".to_owned());
                }
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn learn(&mut self, key: &'static str, value: &str) {
        self.learnt.push(Learnt { key, value: value.to_owned() });
    }

    /// Issues one sale under other settings; true when KRA takes it.
    async fn ask(&mut self, question: &str, settings: Settings, lines: Value) -> Result<bool, String> {
        let draft = sale(&self.next_reference(), lines).map_err(|error| format!("{question}: {error}"))?;
        let device = open_with(self.config, settings).await?;
        let issued = device.issue(&draft, PATIENCE).await;
        let decision = match issued {
            Ok(submission) => decided(&submission),
            Err(error) => Ok(Decision::Refused(format!("not sent: {error}"))),
        };
        device.close().await;
        Ok(match decision? {
            Decision::Taken => {
                self.report.push(format!("{question}: taken"));
                true
            }
            Decision::Refused(text) => {
                self.report.push(format!("{question}: refused ({text})"));
                false
            }
        })
    }

    /// A reference unlike those of this probe and of earlier ones.
    pub(super) fn next_reference(&mut self) -> String {
        self.issued += 1;
        format!("PROBE-{}-{}", self.run, self.issued)
    }

    /// Registers an item, and puts goods into stock. KRA's own word on the next item number is taken once.
    pub(super) async fn item(
        &mut self,
        item_type: ItemType,
        tax: TaxType,
        packaging: &str,
    ) -> Result<ItemDraft, String> {
        let device = open_with(self.config, self.config.settings.clone()).await?;
        let made = self.item_on(&device, item_type, tax, packaging).await;
        device.close().await;
        made
    }

    async fn item_on(
        &mut self,
        device: &Device,
        item_type: ItemType,
        tax: TaxType,
        packaging: &str,
    ) -> Result<ItemDraft, String> {
        for _ in 0..2 {
            let item = ItemDraft {
                code: format!("KE{}{packaging}NO{:07}", item_type.code(), self.next_item),
                item_type,
                classification: self.classification.clone(),
                name: format!("Probe article {}", self.next_item),
                origin: "KE".to_owned(),
                packaging: packaging.to_owned(),
                unit: "NO".to_owned(),
                tax,
                price: PRICE.parse().expect("a decimal"),
                barcode: None,
                operator: None,
            };
            let reference = format!("probe {} {}", self.run, item.code);
            let ticket = device.register_item(&reference, &item).await.map_err(|error| error.to_string())?;
            let submission = device.wait_for(&ticket, PATIENCE).await.map_err(|error| error.to_string())?;
            match decided(&submission)? {
                Decision::Taken => {
                    self.next_item += 1;
                    if item_type.has_stock() {
                        self.stock(device, &item).await?;
                    }
                    return Ok(item);
                }
                Decision::Refused(text) => match Expected::read(&text).and_then(|expected| expected.sequence()) {
                    Some(number) if number != self.next_item => self.next_item = number,
                    _ => return Err(format!("KRA refuses the probe's item: {text}")),
                },
            }
        }
        Err("KRA refuses every number for the probe's item".to_owned())
    }

    async fn stock(&self, device: &Device, item: &ItemDraft) -> Result<(), String> {
        let quantity = Quantity::new(Decimal::from(100));
        let movement = stock_in(item, 100);
        let moved = device.move_stock(&format!("probe {} stock {}", self.run, item.code), &movement).await;
        let reported = device
            .report_balance(&format!("probe {} balance {}", self.run, item.code), &item.code, quantity, None)
            .await;
        for ticket in [moved, reported] {
            let ticket = ticket.map_err(|error| error.to_string())?;
            let submission = device.wait_for(&ticket, PATIENCE).await.map_err(|error| error.to_string())?;
            if let Decision::Refused(text) = decided(&submission)? {
                return Err(format!("KRA refuses the probe's stock: {text}"));
            }
        }
        Ok(())
    }
}

/// A device under other settings; its rates stay what they are.
pub(super) async fn open_with(config: &Config, settings: Settings) -> Result<Device, String> {
    let parts = DeviceParts::from_config(config).map_err(|error| error.to_string())?;
    let parts = DeviceParts { settings, codes: CodesPolicy::NEVER, ..parts };
    Device::with_parts(parts).await.map_err(|error| error.to_string())
}

pub(super) fn sale(reference: &str, lines: Value) -> Result<InvoiceDraft, String> {
    let draft = json!({
        "reference": reference,
        "kind": "sale",
        "issued_at": now().to_rfc3339(),
        "payment": "cash",
        "buyer": { "name": "Probe" },
        "lines": lines,
    });
    InvoiceDraft::from_json(draft.to_string().as_bytes(), &mut Findings::default()).map_err(|error| error.to_string())
}

pub(super) fn stock_in(item: &ItemDraft, quantity: i64) -> StockMovementDraft {
    StockMovementDraft {
        kind: StockMovementType::AdjustmentIn,
        occurred_at: now(),
        lines: vec![StockLineDraft {
            item_code: item.code.clone(),
            classification: item.classification.clone(),
            name: item.name.clone(),
            packaging: item.packaging.clone(),
            unit: item.unit.clone(),
            quantity: Quantity::new(Decimal::from(quantity)),
            unit_price: UnitPrice::new(item.price),
            tax: item.tax,
        }],
        original_number: 0,
        remark: Some("probe".to_owned()),
        operator: None,
    }
}

/// Insists that KRA has it.
pub(super) fn taken(submission: &Submission) -> Result<(), String> {
    match decided(submission)? {
        Decision::Taken => Ok(()),
        Decision::Refused(text) => Err(format!("KRA refuses {}: {text}", submission.reference())),
    }
}

/// What KRA decided.
fn decided(submission: &Submission) -> Result<Decision, String> {
    let state = submission.state().name();
    let note = submission.note().unwrap_or("no word").to_owned();
    if submission.is_recorded() {
        return Ok(Decision::Taken);
    }
    if state != "rejected" {
        return Err(format!(
            "{} is {state} ({note}): the probe stops; `etims status` shows how it goes on",
            submission.reference()
        ));
    }
    Ok(Decision::Refused(note))
}

pub(super) fn line(item: &ItemDraft, quantity: &str, discount: Value) -> Value {
    json!({
        "item_code": item.code,
        "item_type": if item.item_type == ItemType::Service { "service" } else { "goods" },
        "classification": item.classification,
        "name": item.name,
        "packaging": item.packaging,
        "unit": item.unit,
        "tax": item.tax.code(),
        "quantity": quantity,
        "unit_price": PRICE,
        "discount": discount,
    })
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().with_timezone(&EAST_AFRICA)
}

/// Puts what was learnt into the table `[device]` of the settings; everything else in the file stays as it is.
fn write(file: Option<&Path>, learnt: &[Learnt]) -> Result<(), String> {
    let lines: Vec<String> = learnt.iter().map(|learnt| format!("{} = {:?}", learnt.key, learnt.value)).collect();
    let Some(file) = file else {
        println!("There is no settings file. Set these variables:");
        for learnt in learnt {
            println!("ETIMS_DEVICE_{}={}", learnt.key.to_ascii_uppercase(), learnt.value);
        }
        return Ok(());
    };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    let device = document.entry("device").or_insert_with(toml_edit::table);
    let table = device.as_table_like_mut().ok_or_else(|| format!("{}: device is not a table", file.display()))?;
    for learnt in learnt {
        table.insert(learnt.key, toml_edit::value(learnt.value.as_str()));
    }
    std::fs::write(file, document.to_string()).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("Written to {}: {}", file.display(), lines.join(", "));
    Ok(())
}
