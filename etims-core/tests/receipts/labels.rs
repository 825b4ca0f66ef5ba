//! Words as data.

use etims_core::receipt::{Columns, Labels, TextQr};

use crate::cases::Case;

fn text(name: &str) -> String {
    Case::named(name).view().text(Columns::default(), TextQr::Mark)
}

#[test]
fn every_kind_has_its_two_letters() {
    // TIS specification v2.0 §4.3; the second set is the parent specification's.
    for (name, label) in [
        ("ns", "NS"),
        ("nc", "NC"),
        ("cs", "CS"),
        ("cc", "CC"),
        ("ts", "TS"),
        ("tc", "TC"),
        ("ps", "PS"),
        ("regional-nr", "NR"),
        ("regional-cr", "CR"),
        ("regional-tr", "TR"),
    ] {
        assert_eq!(Case::named(name).view().label(), label, "{name}");
        assert!(text(name).contains(&format!(" {label}\n")), "{name}");
    }
}

#[test]
fn swahili_keeps_what_kra_prescribes() {
    let text = text("swahili");
    for words in
        ["TAX INVOICE", "COPY", "THIS IS NOT AN OFFICIAL RECEIPT", "HII SI RISITI RASMI", "JUMLA", "CU INVOICE NO.:"]
    {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn a_set_of_ones_own_changes_only_what_it_names() {
    let own = Labels::from_json(r#"{"source":"a shop","total":"GRAND TOTAL","payment":{"cash":"NOTES AND COINS"}}"#);
    let own = own.expect("a label set");
    assert_ne!(&own, Labels::english());
    let restored = r#"{"total":"TOTAL","payment":{"cash":"CASH"}}"#;
    assert_eq!(&Labels::from_json(restored).expect("a label set"), Labels::english());
    for wrong in [r#"{"totl":"X"}"#, r#"{"total":1}"#, r#"{"bands":["A"]}"#, r#"{"payment":{"gold":"X"}}"#, "[]", "{"] {
        let error = Labels::from_json(wrong).expect_err(wrong);
        assert!(error.to_string().starts_with("the label set cannot be read: "), "{error}");
    }
}
