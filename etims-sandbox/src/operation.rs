//! The operations of `data/operations_fields.json`: their fields and their paths in each dialect.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// One of the three ways in which KRA is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// The integrator gateway: token, six headers, envelope.
    Gateway,
    /// The direct OSCU host: three headers, flat answers.
    Direct,
    /// The local VSCU service: no headers, flat answers.
    Vscu,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 3] = [Dialect::Gateway, Dialect::Direct, Dialect::Vscu];

    /// What stands before an operation's path.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Dialect::Gateway => "/etims-oscu/api/v1",
            Dialect::Direct => "/etims-api",
            Dialect::Vscu => "",
        }
    }
}

/// What a call asks KRA to do. The names are the ids of `operations_fields.json`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Device initialisation.
    Init,
    /// Standard code list.
    Codes,
    /// PIN look-up.
    Customer,
    /// Notices.
    Notices,
    /// Item classification list.
    ItemClasses,
    /// Save item.
    SaveItem,
    /// Item list.
    ItemList,
    /// Save item composition.
    Composition,
    /// Branch list.
    Branches,
    /// Save branch customer.
    SaveCustomer,
    /// Save branch user.
    SaveUser,
    /// Save branch insurance company.
    SaveInsurance,
    /// Import item list.
    Imports,
    /// Update import item.
    UpdateImport,
    /// Save sale or credit note.
    SaveSale,
    /// Invoice detail.
    InvoiceDetail,
    /// Own sales list.
    SalesList,
    /// Supplier sales list.
    Purchases,
    /// Save purchase.
    SavePurchase,
    /// Stock movement list.
    StockMoves,
    /// Save stock in or out.
    StockIo,
    /// Save stock master.
    StockMaster,
    /// Own branch customers.
    CustomerList,
    /// Own taxpayer record.
    TaxpayerInfo,
}

/// Fields that say who is calling: the door looks at them.
const CALLER: [&str; 3] = ["tin", "bhfId", "cmcKey"];

/// A field of a request, as its table describes it.
#[derive(Deserialize, Debug)]
#[serde(from = "Row")]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) is_required: bool,
    /// Whether it says who is calling.
    pub(crate) names_caller: bool,
    /// Most characters of a CHAR field.
    pub(crate) characters: Option<usize>,
    /// Most digits before and after the point of a NUMBER field.
    pub(crate) digits: Option<(usize, u32)>,
    /// The code classes that it takes its values from; none when it holds no code.
    pub(crate) classes: Vec<String>,
}

/// One row of a request table.
#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(rename = "type")]
    kind: FieldKind,
    len: Option<String>,
    required: String,
    code: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FieldKind {
    Char,
    Number,
}

impl From<Row> for Field {
    fn from(row: Row) -> Field {
        let len = row.len.as_deref();
        let digits = |len: &str| {
            let (total, decimals) = len.split_once(',').unwrap_or((len, "0"));
            let (total, decimals) = (total.parse::<usize>().ok()?, decimals.parse::<u32>().ok()?);
            Some((total.checked_sub(decimals as usize)?, decimals))
        };
        Field {
            kind: row.kind,
            is_required: row.required == "Y",
            names_caller: CALLER.contains(&row.name.as_str()),
            characters: len.and_then(|len| len.parse().ok()),
            digits: len.and_then(digits),
            classes: row.code.iter().flat_map(|code| code.split(" or ").map(str::to_owned)).collect(),
            name: row.name,
        }
    }
}

impl Field {
    /// A NUMBER field without decimals.
    pub(crate) fn is_counter(&self) -> bool {
        matches!(self.digits, Some((_, 0)))
    }
}

/// An operation's tables.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Description {
    pub(crate) id: Operation,
    paths: Paths,
    pub(crate) request: Vec<Field>,
    request_nested: BTreeMap<String, Vec<Field>>,
}

#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Paths {
    direct_oscu: String,
    gateway: Vec<String>,
    vscu: Option<String>,
}

impl Description {
    pub(crate) fn nested(&self, name: &str) -> &[Field] {
        self.request_nested.get(name).map_or(&[], Vec::as_slice)
    }

    /// The paths under the dialect's prefix; none when the dialect has no such operation.
    pub(crate) fn paths(&self, dialect: Dialect) -> Vec<&str> {
        match dialect {
            Dialect::Direct => vec![&self.paths.direct_oscu],
            Dialect::Vscu => self.paths.vscu.iter().map(String::as_str).collect(),
            Dialect::Gateway => {
                let mut paths: Vec<&str> = self.paths.gateway.iter().map(String::as_str).collect();
                if !paths.contains(&self.paths.direct_oscu.as_str()) {
                    paths.push(&self.paths.direct_oscu);
                }
                paths
            }
        }
    }
}

/// Where a path leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) dialect: Dialect,
    pub(crate) operation: Option<&'static Description>,
    /// The gateway's older name for the operation was used.
    pub(crate) alias: bool,
}

/// The whole file.
pub(crate) struct Catalogue {
    pub(crate) operations: Vec<Description>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        operations: Vec<Description>,
    }
    let file: File = serde_json::from_str(include_str!("../data/operations_fields.json"))
        .expect("data/operations_fields.json is part of the crate");
    Catalogue { operations: file.operations }
});

static ROUTES: LazyLock<HashMap<String, Route>> = LazyLock::new(|| {
    let mut routes = HashMap::new();
    for operation in &Catalogue::shared().operations {
        for dialect in Dialect::ALL {
            for path in operation.paths(dialect) {
                let alias = dialect == Dialect::Gateway && path != operation.paths.direct_oscu;
                let route = Route { dialect, operation: Some(operation), alias };
                routes.insert(format!("{}{path}", dialect.prefix()), route);
            }
        }
    }
    routes
});

impl Catalogue {
    pub(crate) fn shared() -> &'static Catalogue {
        &CATALOGUE
    }

    /// The dialect and, if the path is known, the operation that it names.
    pub(crate) fn route(path: &str) -> Route {
        if let Some(route) = ROUTES.get(path) {
            return *route;
        }
        let under = |dialect: &Dialect| path.strip_prefix(dialect.prefix()).is_some_and(|rest| rest.starts_with('/'));
        let dialect = Dialect::ALL.into_iter().find(under).unwrap_or(Dialect::Vscu);
        Route { dialect, operation: None, alias: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_paths() {
        assert_eq!(Catalogue::shared().operations.len(), 24);
        let sale = Catalogue::route("/etims-oscu/api/v1/sendSalesTransaction");
        assert_eq!((sale.dialect, sale.alias), (Dialect::Gateway, true));
        assert_eq!(sale.operation.map(|operation| operation.id), Some(Operation::SaveSale));
        assert!(!Catalogue::route("/etims-oscu/api/v1/saveTrnsSalesOsdc").alias);
        assert_eq!(Catalogue::route("/etims-api/selectItemList").dialect, Dialect::Direct);
        assert_eq!(Catalogue::route("/trnsSales/saveSales").dialect, Dialect::Vscu);
        assert!(Catalogue::route("/etims-oscu/api/v1/nothing").operation.is_none());
        assert_eq!(Catalogue::route("/etims-api/").dialect, Dialect::Direct);
    }

    #[test]
    fn lengths_are_read() {
        let sale = Catalogue::route("/etims-api/saveTrnsSalesOsdc").operation.expect("known");
        let field = |name: &str| sale.request.iter().find(|field| field.name == name).expect("a field");
        assert_eq!(field("totAmt").digits, Some((16, 2)));
        assert_eq!(field("invcNo").digits, Some((38, 0)));
        assert_eq!(field("trdInvcNo").characters, Some(50));
    }
}
