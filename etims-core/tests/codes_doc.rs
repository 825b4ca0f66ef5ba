//! `docs/codes.md` is generated from the tables. When this test fails, run it once with `UPDATE_DOCS=1` and commit.

use std::fmt::Write;

use etims_core::codes::{
    self, CodeTable, CreditReason, PackagingUnit, QuantityUnit, ResultClass, ResultCode, Retry, TaxType,
};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/codes.md");

const HEAD: &str = "# KRA's codes

Generated from `etims_core::codes`; do not edit. The code is what goes over the wire, the word is what our documents
write where they do not write the code itself. KRA adds codes without notice: a device's own list (`selectCodeList`)
comes before these tables, and unknown codes pass through unchanged.

";

#[test]
fn the_page_of_codes_is_up_to_date() {
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/codes.md can be written");
    }
    let written = std::fs::read_to_string(PATH).expect("docs/codes.md is part of the repository");
    assert!(written == page, "docs/codes.md is stale: run `UPDATE_DOCS=1 cargo test -p etims-core --test codes_doc`");
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for table in codes::tables() {
        heading(&mut page, table);
        match table.title() {
            "result code" => results(&mut page),
            "item class" => page.push_str(
                "A sample of 1,000 rows for searching by name; KRA's list has tens of thousands. Not printed here.\n\n",
            ),
            _ => rows(&mut page, table),
        }
    }
    page
}

fn heading(page: &mut String, table: &CodeTable) {
    let title = table.title();
    let capital = title[..1].to_uppercase();
    let class = table.class().map(|class| format!(" (class {class})")).unwrap_or_default();
    write!(page, "## {capital}{}{class}\n\n{} rows. Source: {}\n\n", &title[1..], table.rows().len(), table.source())
        .expect("a string takes any text");
}

fn rows(page: &mut String, table: &'static CodeTable) {
    let words = table.rows().iter().any(|row| row.word != row.code);
    let extra = extra(table.title());
    page.push_str("| code |");
    if words {
        page.push_str(" word |");
    }
    page.push_str(" KRA's name |");
    if let Some((title, _)) = extra {
        write!(page, " {title} |").expect("a string takes any text");
    }
    let columns = 2 + usize::from(words) + usize::from(extra.is_some());
    write!(page, "\n|{}\n", "---|".repeat(columns)).expect("a string takes any text");
    for row in table.rows() {
        write!(page, "| {} |", row.code).expect("a string takes any text");
        if words {
            write!(page, " `{}` |", row.word).expect("a string takes any text");
        }
        write!(page, " {} |", row.name.replace('|', "\\|")).expect("a string takes any text");
        if let Some((_, cell)) = extra {
            write!(page, " {} |", cell(row.code)).expect("a string takes any text");
        }
        page.push('\n');
    }
    page.push('\n');
}

type Cell = fn(&str) -> &'static str;

/// A column that only one table has.
fn extra(title: &str) -> Option<(&'static str, Cell)> {
    fn yes(condition: Option<bool>) -> &'static str {
        if condition == Some(true) { "yes" } else { "no" }
    }
    match title {
        "tax type" => Some(("on receipts", |code| TaxType::from_code(code).map_or("", TaxType::designation))),
        "packaging unit" => Some(("in item codes at the gateway", |code| {
            yes(PackagingUnit::from_code(code).map(PackagingUnit::fits_item_code))
        })),
        "quantity unit" => Some(("in item codes at the gateway", |code| {
            yes(QuantityUnit::from_code(code).map(QuantityUnit::fits_item_code))
        })),
        "credit-note reason" => {
            Some((
                "in the specification",
                |code| yes(CreditReason::from_code(code).map(CreditReason::in_specification)),
            ))
        }
        _ => None,
    }
}

fn results(page: &mut String) {
    page.push_str("The advice is ours; the specification gives none.\n\n| code | KRA's meaning | class | again? | what to do |\n|---|---|---|---|---|\n");
    for result in ResultCode::all() {
        let class = match result.class() {
            ResultClass::Accepted => "accepted",
            ResultClass::Empty => "empty",
            ResultClass::Refused => "refused",
            ResultClass::Duplicate => "duplicate",
            ResultClass::Ambiguous => "refused, or duplicate on a repeat",
            ResultClass::Device => "device",
            ResultClass::Throttled => "too often",
            ResultClass::ServerFault => "server fault",
            ResultClass::Unexplained => "unexplained",
        };
        let retry = match result.retry() {
            Retry::NotNeeded => "-",
            Retry::AfterMending => "after mending",
            Retry::AfterLookUp => "after a look-up, unchanged",
            Retry::LookUpOnly => "no, look up",
            Retry::AfterPause => "after a pause",
            Retry::AfterSale => "after the sale",
        };
        writeln!(page, "| {} | {} | {class} | {retry} | {} |", result.code(), result.name(), result.next_step())
            .expect("a string takes any text");
    }
    page.push('\n');
}
