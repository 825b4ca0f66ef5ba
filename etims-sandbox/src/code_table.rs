//! KRA's code tables (`data/codes/*.json`) and the classification lists of the two hosts.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::json::Json;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    cd_cls: String,
    cd_cls_nm: String,
    codes: Vec<Code>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    cd: String,
    srt_ord: Option<u64>,
    cd_nm: Option<String>,
    name: Option<String>,
    live_cd_nm: Option<String>,
    cd_desc: Option<String>,
    user_dfn_cd1: Option<String>,
    user_dfn_cd2: Option<String>,
}

/// `true` for codes that KRA books as leaving the stock (class 12, 11 and above).
pub(crate) fn leaves_stock(movement_type: &str) -> bool {
    movement_type >= "11"
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let files = [
        include_str!("../data/codes/tax_types.json"),
        include_str!("../data/codes/countries.json"),
        include_str!("../data/codes/payment_types.json"),
        include_str!("../data/codes/branch_status.json"),
        include_str!("../data/codes/quantity_units.json"),
        include_str!("../data/codes/transaction_progress.json"),
        include_str!("../data/codes/stock_io_types.json"),
        include_str!("../data/codes/transaction_types.json"),
        include_str!("../data/codes/taxpayer_status.json"),
        include_str!("../data/codes/packaging_units.json"),
        include_str!("../data/codes/product_types.json"),
        include_str!("../data/codes/import_item_status.json"),
        include_str!("../data/codes/registration_types.json"),
        include_str!("../data/codes/credit_note_reasons.json"),
        include_str!("../data/codes/currencies.json"),
        include_str!("../data/codes/purchase_status.json"),
        include_str!("../data/codes/inventory_adjustment_reasons.json"),
        include_str!("../data/codes/banks.json"),
        include_str!("../data/codes/sales_receipt_types.json"),
        include_str!("../data/codes/purchase_receipt_types.json"),
        include_str!("../data/codes/tax_offices.json"),
        include_str!("../data/codes/locale.json"),
        include_str!("../data/codes/category_level.json"),
    ];
    files.iter().map(|file| serde_json::from_str(file).expect("data/codes is part of the crate")).collect()
});

fn table(class: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.cd_cls == class)
}

/// Whether `code` stands in the table of `class`; a class without a table knows every code.
pub(crate) fn knows(class: &str, code: &str) -> bool {
    table(class).is_none_or(|table| table.codes.iter().any(|row| row.cd == code))
}

/// The codes of a class, as KRA prints them in a refusal.
pub(crate) fn listed(class: &str) -> String {
    let codes: Vec<&str> = table(class).into_iter().flat_map(|table| &table.codes).map(|row| row.cd.as_str()).collect();
    format!("[{}]", codes.join(", "))
}

/// `data.clsList` of selectCodeList.
pub(crate) static CODE_LIST: LazyLock<Json> = LazyLock::new(|| {
    let classes = TABLES.iter().map(|table| {
        let is_tax = table.cd_cls == "04";
        let rows = table.codes.iter().enumerate().map(|(index, row)| {
            let name = row.live_cd_nm.as_ref().or(row.cd_nm.as_ref()).or(row.name.as_ref()).map(String::as_str);
            Json::object([
                ("cd", row.cd.as_str().into()),
                ("cdNm", name.into()),
                ("cdDesc", row.cd_desc.as_deref().filter(|text| !text.is_empty()).or(name).into()),
                ("useYn", "Y".into()),
                ("srtOrd", row.srt_ord.unwrap_or(index as u64 + 1).into()),
                ("userDfnCd1", row.user_dfn_cd1.as_deref().into()),
                ("userDfnCd2", row.user_dfn_cd2.as_deref().into()),
                ("userDfnCd3", Json::Null),
            ])
        });
        Json::object([
            ("cdCls", table.cd_cls.as_str().into()),
            ("cdClsNm", table.cd_cls_nm.as_str().into()),
            ("cdClsDesc", Json::Null),
            ("useYn", "Y".into()),
            ("userDfnNm1", if is_tax { "Tax Rate".into() } else { Json::Null }),
            ("userDfnNm2", Json::Null),
            ("userDfnNm3", Json::Null),
            ("dtlList", Json::List(rows.collect())),
        ])
    });
    Json::List(classes.collect())
});

/// A classification list: what the look-up returns and what saveItem accepts.
pub(crate) struct Classes {
    pub(crate) list: Json,
    codes: BTreeSet<String>,
}

impl Classes {
    fn read(file: &str) -> Classes {
        let file = Json::parse(file).expect("the classification lists are part of the crate");
        let mut list = file.get("codes").list().to_vec();
        for row in &mut list {
            row.set("mjrTgYn", Json::Null);
        }
        let codes = list.iter().filter_map(|row| row.get("itemClsCd").text().map(str::to_owned)).collect();
        Classes { list: Json::List(list), codes }
    }

    pub(crate) fn contains(&self, code: &str) -> bool {
        self.codes.contains(code)
    }
}

/// The sandbox gateway's 26 classes, enforced by saveItem.
pub(crate) static GATEWAY_CLASSES: LazyLock<Classes> =
    LazyLock::new(|| Classes::read(include_str!("../data/item_classes_gateway.json")));

/// A thousand rows of the direct host's list, not enforced.
pub(crate) static DIRECT_CLASSES: LazyLock<Classes> =
    LazyLock::new(|| Classes::read(include_str!("../data/item_classes_direct.json")));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_rates_are_told_as_text() {
        let tax = CODE_LIST.list().iter().find(|class| class.get("cdCls").text() == Some("04")).expect("class 04");
        let rates: Vec<_> = tax.get("dtlList").list().iter().map(|row| row.get("userDfnCd1").clone()).collect();
        assert_eq!(rates, ["0", "16", "0", "0", "8"].map(Json::from));
        assert_eq!(TABLES.len(), 23);
    }

    #[test]
    fn the_gateway_list_is_short() {
        assert_eq!(GATEWAY_CLASSES.codes.len(), 26);
        for code in ["1000000000", "1010000000", "9901200000", "1010150800", "1010150000", "1010150100"] {
            assert!(GATEWAY_CLASSES.contains(code), "{code}");
        }
        assert!(knows("17", "NT") && !knows("10", "XU") && knows("99", "anything"));
    }
}
