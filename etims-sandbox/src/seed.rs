//! What KRA knows from elsewhere: customs, other suppliers, notices, other taxpayers.

use std::sync::LazyLock;

use crate::json::Json;

/// Rows with the time at which KRA has registered them.
pub(crate) struct Seed {
    /// `yyyyMMddHHmmss`
    pub(crate) registered: String,
    rows: Json,
}

impl Seed {
    fn read(file: &str) -> Seed {
        let file = Json::parse(file).expect("the seeds are part of the crate");
        let registered = file.get("registered").text().unwrap_or_default().to_owned();
        Seed { registered, rows: file.get("rows").clone() }
    }

    pub(crate) fn rows(&self) -> &[Json] {
        self.rows.list()
    }
}

/// Customs lines, the same for every PIN.
pub(crate) static IMPORTS: LazyLock<Seed> = LazyLock::new(|| Seed::read(include_str!("../data/imports.json")));

/// Sales of suppliers that have no device here, the same for every PIN.
pub(crate) static SUPPLIER_SALES: LazyLock<Seed> =
    LazyLock::new(|| Seed::read(include_str!("../data/supplier_sales.json")));

/// KRA's announcements.
pub(crate) static NOTICES: LazyLock<Seed> = LazyLock::new(|| Seed::read(include_str!("../data/notices.json")));

/// Taxpayers that have no device here.
pub(crate) static TAXPAYERS: LazyLock<Seed> = LazyLock::new(|| Seed::read(include_str!("../data/taxpayers.json")));
