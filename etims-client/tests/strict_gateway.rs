//! Whatever passes our check passes the strict sandbox, which computes in integer cents and shares no code with us:
//! random sales in both price modes with discounts of every kind, and credit notes for parts of them.

use std::sync::Arc;

use etims_client::config::Config;
use etims_client::connection::Connection;
use etims_client::credentials::{SecretName, SecretSource};
use etims_core::codes::{ItemType, PaymentCodes, StockMovementType, TaxType};
use etims_core::document::{
    CreditLineDraft, DiscountDraft, Invoice, InvoiceDraft, Item, ItemDraft, LineDraft, Original, Prices, StockBalance,
    StockLineDraft, StockMovement, StockMovementDraft,
};
use etims_core::money::{Amount, Percent, Quantity, UnitPrice};
use etims_core::party::Seller;
use etims_core::pin::{BranchId, Pin};
use etims_core::settings::{FractionPolicy, Settings};
use etims_core::wire::{
    Dialect, Operation, Outcome, Reply, item_body, sale_body, stock_balance_body, stock_movement_body,
};
use etims_sandbox::Sandbox;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rust_decimal::Decimal;
use secrecy::SecretString;

const PIN: &str = "P000070007R";
const ROUNDS: usize = 150;

/// Code, type, classification, tax.
const ITEMS: [(&str, ItemType, &str, TaxType); 5] = [
    ("KE2NTNO0000001", ItemType::Goods, "1010150000", TaxType::B),
    ("KE2NTNO0000002", ItemType::Goods, "1010000000", TaxType::A),
    ("KE3NTNO0000003", ItemType::Service, "9901200000", TaxType::C),
    ("KE3NTNO0000004", ItemType::Service, "1010150800", TaxType::B),
    ("KE2NTNO0000005", ItemType::Goods, "1010150000", TaxType::D),
];

struct Shop {
    connection: Connection,
    seller: Seller,
    next_number: u64,
}

impl Shop {
    async fn open(sandbox: &Sandbox) -> Shop {
        let secrets = SecretSource::Callback(Arc::new(|_, name| {
            Ok(SecretString::from(match name {
                SecretName::AppId => "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab".to_owned(),
                other => format!("sandbox-{}", other.name()),
            }))
        }));
        let config = Config::builder()
            .device(Pin::parse(PIN).expect("a synthetic PIN"), BranchId::default(), "STRICT-1")
            .set("hosts.base", sandbox.gateway_url())
            .set("hosts.token", sandbox.token_url())
            .set("limits.per_hour", 0)
            .secrets(secrets)
            .build()
            .expect("a good configuration");
        let shop = Shop {
            connection: Connection::open(&config).expect("an open line"),
            seller: config.seller.clone(),
            next_number: 1,
        };
        let body = format!(r#"{{"tin":"{PIN}","bhfId":"00","dvcSrlNo":"STRICT-1"}}"#);
        let reply = shop.send(Operation::Initialise, body.as_bytes()).await;
        let data = reply.data.expect("the device's data");
        let key = data.split("\"cmcKey\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key");
        shop.connection.set_communication_key(&SecretString::from(key.to_owned()));
        shop
    }

    async fn send(&self, operation: Operation, body: &[u8]) -> Reply {
        let answer = self.connection.call(operation, body, &|| true).await.expect("an answer");
        let reply = Reply::parse(operation, answer.status, &answer.body);
        assert!(
            matches!(reply.outcome, Outcome::Accepted),
            "{}: {} for {}",
            operation.name(),
            reply.summary(),
            String::from_utf8_lossy(body)
        );
        reply
    }

    async fn stock(&self, settings: &Settings) {
        for (number, (code, item_type, class, tax)) in ITEMS.into_iter().enumerate() {
            let draft = ItemDraft {
                code: code.to_owned(),
                item_type,
                classification: class.to_owned(),
                name: format!("Item {code}"),
                origin: "KE".to_owned(),
                packaging: "NT".to_owned(),
                unit: "NO".to_owned(),
                tax,
                price: Decimal::ONE_HUNDRED,
                barcode: None,
                operator: None,
            };
            let item = Item::check(&draft, settings).expect("a good item");
            self.send(Operation::SaveItem, &item_body(&item, &self.seller, Dialect::Gateway)).await;
            if item_type == ItemType::Service {
                continue;
            }
            let movement = StockMovementDraft {
                kind: StockMovementType::from_code("06").expect("adjustment in"),
                occurred_at: "2026-08-12T08:00:00+03:00".parse().expect("a moment"),
                lines: vec![StockLineDraft {
                    item_code: code.to_owned(),
                    classification: class.to_owned(),
                    name: draft.name.clone(),
                    packaging: "NT".to_owned(),
                    unit: "NO".to_owned(),
                    quantity: Quantity::new(Decimal::from(100_000_000)),
                    unit_price: UnitPrice::new(Decimal::ONE),
                    tax,
                }],
                original_number: 0,
                remark: None,
                operator: None,
            };
            let movement = StockMovement::check(&movement, settings).expect("a good movement");
            let goods_before = ITEMS[..number].iter().filter(|item| item.1 == ItemType::Goods).count() as u64;
            let body = stock_movement_body(&movement, &self.seller, Dialect::Gateway, goods_before + 1);
            self.send(Operation::SaveStockMovement, &body).await;
            let balance =
                StockBalance::check(code, Quantity::new(Decimal::from(100_000_000)), None).expect("a good balance");
            self.send(Operation::SaveStockMaster, &stock_balance_body(&balance, &self.seller, Dialect::Gateway)).await;
        }
    }

    /// Sends a document under the next number and returns the number.
    async fn issue(&mut self, invoice: &Invoice) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.send(Operation::SaveSale, &sale_body(invoice, &self.seller, &PaymentCodes::default(), number)).await;
        number
    }
}

/// A decimal number with up to `scale` decimals.
fn decimal(range: std::ops::Range<i64>, scale: u32) -> impl Strategy<Value = Decimal> {
    (range, 0..=scale).prop_map(|(number, scale)| Decimal::new(number, scale))
}

fn line() -> impl Strategy<Value = LineDraft> {
    let discount = prop_oneof![
        3 => Just(None),
        1 => (0_u8..=100).prop_map(|percent| Some((true, Decimal::from(percent)))),
        1 => decimal(0..10_000, 2).prop_map(|percent| Some((true, percent.min(Decimal::ONE_HUNDRED)))),
        1 => decimal(0..5_000, 2).prop_map(|amount| Some((false, amount))),
    ];
    (0..ITEMS.len(), decimal(1..50_000, 4), decimal(1..900_000, 4), discount).prop_map(
        |(item, quantity, price, discount)| {
            let (code, _, class, tax) = ITEMS[item];
            let before = quantity * price;
            let discount = discount.map(|(is_percent, value)| match is_percent {
                true => DiscountDraft { percent: Some(Percent::new(value)), ..DiscountDraft::default() },
                false => DiscountDraft {
                    amount: Some(Amount::rounded(value.min(before.trunc_with_scale(2))).decimal()),
                    ..DiscountDraft::default()
                },
            });
            LineDraft {
                quantity: Quantity::new(quantity),
                unit_price: Some(UnitPrice::new(price)),
                discount,
                ..LineDraft::new(code, "1", "1").expect("decimals").item(
                    &format!("Item {code}"),
                    class,
                    "NT",
                    "NO",
                    tax,
                )
            }
        },
    )
}

fn sale() -> impl Strategy<Value = (InvoiceDraft, FractionPolicy)> {
    let policies = prop_oneof![
        Just(FractionPolicy::RoundedQuantityExactAmount),
        Just(FractionPolicy::SingleUnit),
        Just(FractionPolicy::AdjustPrice)
    ];
    (prop::collection::vec(line(), 1..12), any::<bool>(), prop::option::of(0_u8..=100), policies).prop_map(
        |(lines, exclusive, basket, policy)| {
            let mut draft = InvoiceDraft::sale("R", "2026-09-17T14:09:26+03:00".parse().expect("a moment"));
            draft.lines = lines;
            draft.prices = if exclusive { Prices::TaxExclusive } else { Prices::TaxInclusive };
            draft.discount = basket
                .map(|percent| DiscountDraft { percent: Some(Percent::whole(percent)), ..DiscountDraft::default() });
            (draft, policy)
        },
    )
}

#[tokio::test]
async fn what_passes_our_check_passes_the_strict_gateway() {
    let sandbox = Sandbox::builder().port(0).seed(7).start().await.expect("a sandbox");
    let mut settings = Settings::new(Dialect::Gateway);
    let mut shop = Shop::open(&sandbox).await;
    shop.stock(&settings).await;

    let mut runner = TestRunner::deterministic();
    let (mut sales, mut notes) = (0, 0);
    for round in 0..ROUNDS {
        let (mut draft, policy) = sale().new_tree(&mut runner).expect("a sale").current();
        draft.reference = format!("S-{round}");
        settings.fraction_policy = policy;
        let Ok(invoice) = Invoice::check(&draft, &settings) else { continue };
        if invoice.totals().total().is_zero() {
            continue;
        }
        let number = shop.issue(&invoice).await;
        sales += 1;
        let mut credited = Vec::new();
        for part in [Some(3), Some(2), None] {
            let mut note =
                InvoiceDraft::credit_note(format!("C-{round}-{}", credited.len()), draft.issued_at, &*draft.reference);
            if let (Some(divisor), Some(credit)) = (part, &mut note.credit) {
                credit.lines = draft
                    .lines
                    .iter()
                    .enumerate()
                    .map(|(index, line)| CreditLineDraft {
                        line: index as u32 + 1,
                        quantity: Some(Quantity::new(
                            (line.quantity.decimal() / Decimal::from(divisor)).round_dp(2).max(Decimal::new(1, 2)),
                        )),
                        amount: None,
                    })
                    .collect();
            }
            let original = Original {
                invoice: &invoice,
                invoice_number: number,
                cu_invoice_number: format!("KRACU0400000001/{number}"),
                credited: &credited,
            };
            // A part may come to more than is left or to nothing; then the rest of the sale is credited next.
            let Ok(note) = Invoice::check_credit(&note, &settings, &original) else { continue };
            if note.totals().total().is_zero() {
                continue;
            }
            shop.issue(&note).await;
            notes += 1;
            credited.push(note);
        }
        let back: Amount = credited.iter().map(|note| note.totals().total()).sum();
        assert_eq!(back, invoice.totals().total(), "everything is credited in the end: {draft:?}");
    }
    assert!(sales > ROUNDS / 2 && notes > ROUNDS / 2, "{sales} sales and {notes} notes were sent");
    assert_eq!(sandbox.ledger().len(), sales + notes);
    sandbox.shutdown().await;
}
