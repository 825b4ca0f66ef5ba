//! The words on paper, as data: English, Swahili, the labels of the parent specification, or a set of one's own.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::codes::{PaymentMethod, TaxType};
use crate::document::{Kind, Mode};
use crate::money::Percent;

/// Every word printed on a receipt. KRA reviews the English ones: change them only for a reader who needs another
/// language, and keep what the specification prescribes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    #[serde(rename = "source")]
    _source: String,
    pub(super) language: String,
    kinds: KindLabels,
    pub(super) kra_logo: String,
    pub(super) shop_logo: String,
    pub(super) pin: String,
    pub(super) title_invoice: String,
    pub(super) title_credit: String,
    pub(super) title_proforma: String,
    pub(super) designation_copy: String,
    pub(super) designation_training: String,
    pub(super) designation_proforma: String,
    pub(super) not_official: String,
    pub(super) not_official_translation: Option<String>,
    pub(super) original_cu_invoice: String,
    pub(super) credit_sentence: String,
    pub(super) buyer_pin: String,
    pub(super) buyer_name: String,
    pub(super) buyer_address: String,
    pub(super) buyer_id: String,
    pub(super) exemption: String,
    pub(super) supply_date: String,
    pub(super) supplements: String,
    pub(super) exchange_rate: String,
    pub(super) item: String,
    pub(super) item_codes: String,
    pub(super) price_and_quantity: String,
    pub(super) amount: String,
    pub(super) service: String,
    pub(super) discount: String,
    pub(super) insurance: String,
    pub(super) total_before_discount: String,
    pub(super) total_discount: String,
    pub(super) total_exempt: String,
    pub(super) sub_total: String,
    pub(super) vat: String,
    pub(super) total_tax: String,
    pub(super) total: String,
    pub(super) insurer_share: String,
    pub(super) patient_share: String,
    payment: PaymentLabels,
    pub(super) payment_reference: String,
    pub(super) payment_due: String,
    pub(super) items_number: String,
    pub(super) rate: String,
    pub(super) taxable_amount: String,
    pub(super) tax: String,
    bands: [String; 5],
    suffixes: [String; 5],
    pub(super) control_unit: String,
    pub(super) date: String,
    pub(super) time: String,
    pub(super) control_unit_id: String,
    pub(super) machine_number: String,
    pub(super) cu_invoice_number: String,
    pub(super) receipt_number: String,
    pub(super) internal_data: String,
    pub(super) signature: String,
    pub(super) trader: String,
    pub(super) trader_number: String,
    pub(super) receipt_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindLabels {
    normal_sale: String,
    normal_credit: String,
    copy_sale: String,
    copy_credit: String,
    training_sale: String,
    training_credit: String,
    proforma_sale: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentLabels {
    cash: String,
    credit: String,
    cash_credit: String,
    bank_cheque: String,
    card: String,
    mobile_money: String,
    other: String,
}

/// Why a label set could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the label set cannot be read: {0}")]
pub struct LabelsError(serde_json::Error);

const ENGLISH: &str = include_str!("labels/english.json");
const SWAHILI: &str = include_str!("labels/swahili.json");
const REGIONAL: &str = include_str!("labels/regional.json");

fn shipped(json: &str) -> Labels {
    Labels::from_json(json).expect("the shipped label sets are read in a test")
}

impl Labels {
    /// What KRA's templates print (TIS specification v2.0, pages 8 and 10).
    pub fn english() -> &'static Labels {
        static LABELS: LazyLock<Labels> = LazyLock::new(|| shipped(ENGLISH));
        &LABELS
    }

    /// Swahili for the customer; what KRA prescribes stays in English beside it.
    pub fn swahili() -> &'static Labels {
        static LABELS: LazyLock<Labels> = LazyLock::new(|| shipped(SWAHILI));
        &LABELS
    }

    /// The parent specification's labels, used in Rwanda and by KRA's older desktop client: NR, CR, TR.
    pub fn regional() -> &'static Labels {
        static LABELS: LazyLock<Labels> = LazyLock::new(|| shipped(REGIONAL));
        &LABELS
    }

    /// Reads a label set of one's own: a JSON object with the keys of `labels/english.json`. What it leaves out is
    /// English.
    ///
    /// # Errors
    /// [`LabelsError`] names an unknown key or a value of the wrong type.
    pub fn from_json(json: &str) -> Result<Labels, LabelsError> {
        let mut words: Map<String, Value> = serde_json::from_str(ENGLISH).expect("the shipped English is an object");
        let own: Map<String, Value> = serde_json::from_str(json).map_err(LabelsError)?;
        overlay(&mut words, own);
        serde_json::from_value(Value::Object(words)).map_err(LabelsError)
    }

    /// The two letters of a kind of receipt, such as `NS`.
    pub(super) fn kind(&self, mode: Mode, kind: Kind, is_copy: bool) -> &str {
        let kinds = &self.kinds;
        match (mode, kind) {
            (Mode::Normal, Kind::Sale) if is_copy => &kinds.copy_sale,
            (Mode::Normal, Kind::CreditNote) if is_copy => &kinds.copy_credit,
            (Mode::Normal, Kind::Sale) => &kinds.normal_sale,
            (Mode::Normal, Kind::CreditNote) => &kinds.normal_credit,
            (Mode::Training, Kind::Sale) => &kinds.training_sale,
            (Mode::Training, Kind::CreditNote) => &kinds.training_credit,
            (Mode::Proforma, _) => &kinds.proforma_sale,
        }
    }

    pub(super) fn payment(&self, method: PaymentMethod) -> &str {
        let payment = &self.payment;
        match method {
            PaymentMethod::Cash => &payment.cash,
            PaymentMethod::Credit => &payment.credit,
            PaymentMethod::CashCredit => &payment.cash_credit,
            PaymentMethod::BankCheque => &payment.bank_cheque,
            PaymentMethod::Card => &payment.card,
            PaymentMethod::MobileMoney => &payment.mobile_money,
            PaymentMethod::Other => &payment.other,
        }
    }

    /// The designation of a band with the rate in force, such as `B-16.00%`. A band that is printed without a rate gets
    /// one when its rate is not zero after all.
    pub(super) fn band(&self, band: TaxType, rate: Percent) -> String {
        let mut percent = rate.decimal();
        if rate.decimals() < 2 {
            percent.rescale(2);
        }
        let pattern = &self.bands[band.index()];
        if pattern.contains("{rate}") || rate == Percent::ZERO {
            pattern.replace("{rate}", &percent.to_string())
        } else {
            format!("{}-{percent}%", band.letter())
        }
    }

    /// What stands behind a line's amount: `B`, `A-EX`.
    pub(super) fn suffix(&self, band: TaxType) -> &str {
        &self.suffixes[band.index()]
    }
}

fn overlay(words: &mut Map<String, Value>, own: Map<String, Value>) {
    for (key, value) in own {
        match (words.get_mut(&key), value) {
            (Some(Value::Object(words)), Value::Object(own)) => overlay(words, own),
            (_, value) => {
                words.insert(key, value);
            }
        }
    }
}
