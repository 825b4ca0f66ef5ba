//! The code tables against a copy of the reference they were typed from, and what callers do with them.

use std::collections::BTreeMap;

use etims_core::codes::{
    self, Bank, CategoryLevel, Code, Coded, Country, CreditReason, Currency, Direction, ImportStatus, ItemClass,
    ItemType, PackagingUnit, PaymentCodes, PaymentMethod, QuantityUnit, ResultClass, ResultCode, Retry,
    StockMovementType, TaxOffice, TaxType,
};
use etims_core::wire::{Operation, Outcome, Refusal, RefusalReason, Reply};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct ReferenceTable {
    class: Option<String>,
    codes: BTreeMap<String, String>,
}

fn reference() -> BTreeMap<String, ReferenceTable> {
    serde_json::from_str(include_str!("data/code_tables.json")).expect("the copy of the reference is JSON")
}

#[test]
fn every_table_equals_the_reference() {
    let mut compared = 0;
    for (file, expected) in reference() {
        let table = codes::tables()
            .into_iter()
            .find(|table| match &expected.class {
                Some(class) => table.class() == Some(class),
                None => table.title() == if file == "vat_type" { "VAT registration" } else { "result code" },
            })
            .unwrap_or_else(|| panic!("no table for {file}"));
        let known: BTreeMap<_, _> = table.rows().iter().map(|row| (row.code, row.name)).collect();
        for (code, name) in &expected.codes {
            let name: Vec<_> = name.split_whitespace().collect();
            assert_eq!(known.get(code.as_str()), Some(&name.join(" ").as_str()), "{file} {code}");
        }
        // Three result codes are reported in prose only.
        let extra: Vec<_> = known.keys().filter(|code| !expected.codes.contains_key(**code)).collect();
        let reported: &[&str] = if file == "result_codes" { &["E04", "E11", "E31"] } else { &[] };
        assert_eq!(extra, reported.iter().collect::<Vec<_>>(), "{file}");
        compared += 1;
    }
    assert_eq!(compared, 25);
    assert_eq!(codes::tables().len(), 26, "the sample of item classes is the only table without a copy");
    assert_eq!(ItemClass::all().count(), 1000);
}

#[test]
fn codes_are_unique_and_every_row_is_found_by_its_code() {
    for table in codes::tables() {
        let mut seen = std::collections::HashSet::new();
        for row in table.rows() {
            assert!(seen.insert(row.code.to_ascii_uppercase()), "{} twice in {}", row.code, table.title());
            assert!(!row.code.is_empty() && row.code == row.code.trim() && !row.name.is_empty(), "{row:?}");
        }
        assert!(!table.source().is_empty());
    }
    assert!(Country::all().all(|value| Country::from_code(value.code()) == Some(value)));
    assert!(Bank::all().all(|value| Bank::from_code(value.code()) == Some(value)));
    assert!(TaxOffice::all().all(|value| TaxOffice::from_code(value.code()) == Some(value)));
    assert!(ItemClass::all().all(|value| ItemClass::from_code(value.code()) == Some(value)));
    assert!(ResultCode::all().all(|value| ResultCode::from_code(value.code()) == Some(value)));
}

#[test]
fn the_tables_have_the_sizes_of_kras_lists() {
    assert_eq!(Country::all().count(), 252);
    assert_eq!(PackagingUnit::all().count(), 52);
    assert_eq!(QuantityUnit::all().count(), 43);
    assert_eq!(Currency::all().count(), 179);
    assert_eq!(Bank::all().count(), 47);
    assert_eq!(TaxOffice::all().count(), 69);
}

#[test]
fn tax_types_print_kras_designations() {
    let printed: Vec<_> = TaxType::ALL.iter().map(|tax| (tax.letter(), tax.designation())).collect();
    assert_eq!(printed, [('A', "A-EX"), ('B', "B-16%"), ('C', "TAX C"), ('D', "TAX D"), ('E', "E-8%")]);
    assert!(TaxType::ALL.iter().enumerate().all(|(index, tax)| tax.index() == index));
}

#[test]
fn documents_write_words_where_numbers_are_disputed() {
    let words: Vec<_> = PaymentMethod::ALL.iter().map(|method| method.word()).collect();
    assert_eq!(words, ["cash", "credit", "cash_credit", "bank_cheque", "card", "mobile_money", "other"]);
    let method: PaymentMethod = serde_json::from_str("\"mobile_money\"").expect("a word of our documents");
    assert_eq!(method, PaymentMethod::MobileMoney);
    let error = serde_json::from_str::<PaymentMethod>("\"06\"").expect_err("numbers are ambiguous").to_string();
    assert!(error.contains("payment method") && error.contains("mobile_money"), "{error}");
    assert_eq!(serde_json::to_string(&ItemType::Goods).expect("a word"), "\"goods\"");
    assert_eq!(serde_json::to_string(&CreditReason::Refund).expect("a code"), "\"06\"");
    assert_eq!(serde_json::to_string(&TaxType::E).expect("a letter"), "\"E\"");
}

#[test]
fn payment_methods_are_matched_by_meaning() {
    let specification = reference().remove("payment_types").expect("the table is in the reference");
    let rows = specification.codes.iter().map(|(code, name)| (code.as_str(), name.as_str()));
    assert_eq!(PaymentCodes::from_list(rows), PaymentCodes::default());

    let disputed = [
        ("01", "CASH"),
        ("02", "CREDIT"),
        ("03", "CASH/CREDIT"),
        ("04", "BANK CHECK"),
        ("05", "DEBIT&CREDIT CARD"),
        ("06", "Card"),
        ("07", "Mobile money"),
        ("08", "OTHER"),
    ];
    let codes = PaymentCodes::from_list(disputed);
    let sent: Vec<_> = PaymentMethod::ALL.iter().map(|method| codes.code(*method)).collect();
    assert_eq!(sent, ["01", "02", "03", "04", "05", "07", "08"]);
    assert_eq!(codes.method("06"), Some(PaymentMethod::Card));
    assert_eq!(codes.method("99"), None);

    let short = PaymentCodes::from_list([("01", "CASH"), ("09", "OTHER")]);
    assert_eq!(short.code(PaymentMethod::Card), "09");
    assert_eq!(PaymentCodes::from_list([]), PaymentCodes::default());
    assert_eq!(PaymentCodes::from_list([("77", "BARTER")]), PaymentCodes::default());
}

#[test]
fn stock_movements_know_their_direction() {
    let reference = reference().remove("stock_io_types").expect("the table is in the reference");
    for code in reference.codes.keys() {
        let expected = if code.as_str() < "11" { Direction::In } else { Direction::Out };
        assert_eq!(StockMovementType::from_code(code).map(StockMovementType::direction), Some(expected), "{code}");
    }
}

#[test]
fn only_six_credit_reasons_are_in_the_specification() {
    let printed: Vec<_> =
        CreditReason::ALL.iter().filter(|reason| reason.in_specification()).map(|reason| reason.code()).collect();
    assert_eq!(printed, ["01", "02", "03", "04", "05", "06"]);
}

#[test]
fn searching_puts_the_code_first_then_names_that_begin_with_the_text() {
    let codes = |text| PackagingUnit::search(text).map(PackagingUnit::code).collect::<Vec<_>>();
    assert_eq!(codes("ba")[..2], ["BA", "BF"]);
    assert_eq!(codes("BOTTLE"), ["BC", "BQ", "BV"]);
    assert!(codes(" ").is_empty() && codes("").is_empty() && codes("zzz").is_empty());
    assert_eq!(Country::search("keny").map(Country::code).collect::<Vec<_>>(), ["KE"]);
    assert_eq!(Currency::search("króna").map(Currency::code).collect::<Vec<_>>(), ["ISK"]);
    assert_eq!(ItemClass::search("live animals").next().map(ItemClass::code), Some("10100000"));
}

#[test]
fn common_slips_are_understood() {
    assert_eq!(QuantityUnit::suggest("pcs"), Some(QuantityUnit::number()));
    assert_eq!(QuantityUnit::suggest("KGM").map(QuantityUnit::code), Some("KG"));
    assert_eq!(QuantityUnit::suggest("Dozen").map(QuantityUnit::code), Some("DZ"));
    assert_eq!(PackagingUnit::suggest("EA"), Some(PackagingUnit::net()));
    assert_eq!(PackagingUnit::suggest("bottlecrate").map(PackagingUnit::code), Some("BC"));
    assert_eq!(QuantityUnit::suggest("parsec"), None);
}

#[test]
fn capital_and_small_letters_are_the_same_in_codes() {
    assert_eq!(QuantityUnit::from_code("kg").map(QuantityUnit::code), Some("KG"));
    assert_eq!(Country::from_code("ke"), Some(Country::kenya()));
    assert_eq!(Country::from_code("KE\0"), None);
    assert_eq!(Country::from_code("KENYAREPUBLIC"), None);
    assert_eq!(serde_json::from_str::<Currency>("\"kes\"").expect("a currency"), Currency::kenyan_shilling());
    assert!(
        serde_json::from_str::<Currency>("\"QQQ\"").expect_err("not in the list").to_string().contains("docs/codes.md")
    );
}

#[test]
fn item_classes_know_their_level() {
    let level = |code| ItemClass::from_code(code).map(ItemClass::level);
    assert_eq!(level("10000000"), Some(CategoryLevel::Segment));
    assert_eq!(level("10100000"), Some(CategoryLevel::Family));
    assert_eq!(level("10101500"), Some(CategoryLevel::Class));
    assert_eq!(level("99011001"), Some(CategoryLevel::Commodity));
    assert_eq!(level("99011000"), Some(CategoryLevel::Class));
}

#[test]
fn result_codes_tell_what_to_do() {
    let class = |code| Code::<ResultCode>::new(code).class();
    assert_eq!(class("000"), ResultClass::Accepted);
    for success in ["0", "00", "0000"] {
        assert_eq!(class(success), ResultClass::Accepted);
    }
    assert_eq!(class("001"), ResultClass::Empty);
    assert_eq!(class("910"), ResultClass::Refused);
    assert_eq!((class("994"), class("921")), (ResultClass::Duplicate, ResultClass::Duplicate));
    assert_eq!(class("899"), ResultClass::Ambiguous);
    assert_eq!((class("901"), class("902")), (ResultClass::Device, ResultClass::Device));
    assert_eq!(class("990"), ResultClass::Throttled);
    assert_eq!(class("A17"), ResultClass::Unexplained);
    let uncertain: Vec<_> =
        ResultCode::all().filter(|code| code.retry() == Retry::AfterLookUp).map(ResultCode::code).collect();
    assert_eq!(uncertain, ["894", "896", "991", "992", "993", "999"]);
    assert_eq!(ResultCode::all().filter(|code| code.in_specification()).count(), 25);
    assert!(ResultCode::all().all(|code| code.next_step().ends_with('.')));
}

#[test]
fn the_table_and_the_reading_of_answers_say_the_same() {
    for result in ResultCode::all() {
        let body =
            format!(r#"{{"resultCd":"{result}","resultMsg":"some words","resultDt":"20260917140928","data":null}}"#);
        let outcome = Reply::parse(Operation::SaveSale, 200, body.as_bytes()).outcome;
        let throttled = |refusal: &Refusal| refusal.reason == RefusalReason::Throttled;
        let agrees = match (result.class(), &outcome) {
            (ResultClass::Accepted, Outcome::Accepted) | (ResultClass::Empty, Outcome::Empty) => true,
            (ResultClass::Refused, Outcome::Refused(refusal)) => !throttled(refusal),
            (ResultClass::Throttled, Outcome::Refused(refusal)) => throttled(refusal),
            (ResultClass::Duplicate | ResultClass::Ambiguous, Outcome::Duplicate) => true,
            (ResultClass::Device, Outcome::DeviceProblem(_)) | (ResultClass::ServerFault, Outcome::ServerFault) => true,
            // A code nobody has explained leaves the fate of a write open.
            (ResultClass::Unexplained, Outcome::ServerFault | Outcome::Unreadable) => true,
            // Reported by one source only: not trusted as an answer about a write.
            (_, Outcome::ServerFault | Outcome::Unreadable) => {
                !result.in_specification() && result.code().starts_with('E')
            }
            _ => false,
        };
        assert!(agrees, "{result}: {:?} against {outcome:?}", result.class());
    }
}

#[test]
fn unknown_codes_keep_their_place_in_json() {
    let status: Code<ImportStatus> = serde_json::from_str("\"9\"").expect("any code is read");
    assert_eq!((status.known(), status.name(), status.as_str()), (None, None, "9"));
    assert_eq!(serde_json::to_string(&status).expect("a code"), "\"9\"");
    let method: Code<PaymentMethod> = serde_json::from_str("\"cash\"").expect("words are read too");
    assert_eq!(method, PaymentMethod::Cash);
    assert_eq!(serde_json::to_string(&method).expect("a code"), "\"01\"");
    assert!(serde_json::from_str::<Code<ImportStatus>>("9").is_err());
}

#[test]
fn schemas_list_the_words() {
    let schema = serde_json::to_value(schemars::schema_for!(PaymentMethod)).expect("a schema is JSON");
    assert_eq!(schema["oneOf"][5]["const"], "mobile_money");
    let schema = serde_json::to_value(schemars::schema_for!(Code<CreditReason>)).expect("a schema is JSON");
    assert_eq!((&schema["title"], &schema["examples"][5]), (&"CreditReasonCode".into(), &"06".into()));
}

fn survives<T: Coded>(text: &str) -> Result<(), TestCaseError> {
    let json = serde_json::to_string(text).expect("a string is JSON");
    let code: Code<T> = serde_json::from_str(&json).expect("any string is a code");
    let again: Code<T> = serde_json::from_str(&serde_json::to_string(&code).expect("a code is JSON")).expect("a code");
    prop_assert_eq!(&again, &code);
    match code.known() {
        Some(value) => prop_assert_eq!(T::from_code(value.code()), Some(value)),
        None => prop_assert_eq!(code.as_str(), text.trim()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_code_survives_a_round_trip(text in "\\PC{0,10}|[0-9A-Z]{1,3}") {
        survives::<TaxType>(&text)?;
        survives::<CreditReason>(&text)?;
        survives::<PaymentMethod>(&text)?;
        survives::<StockMovementType>(&text)?;
        survives::<Country>(&text)?;
        survives::<QuantityUnit>(&text)?;
        survives::<ItemClass>(&text)?;
    }

    #[test]
    fn a_search_finds_exactly_the_rows_that_match(text in "[a-zA-Z ]{1,4}") {
        let wanted = text.trim().to_lowercase();
        let found: Vec<_> = Country::search(&text).collect();
        for country in Country::all() {
            let matches = !wanted.is_empty()
                && (country.code().to_lowercase() == wanted || country.name().to_lowercase().contains(&wanted));
            prop_assert_eq!(found.iter().filter(|hit| **hit == country).count(), usize::from(matches), "{}", country);
        }
    }
}
