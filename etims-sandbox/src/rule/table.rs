//! The rows.

use crate::operation::Operation::*;
use crate::rule::{Form, Rule, Scope, Wording};

const BLANK: Rule = Rule {
    code: "",
    operations: &[],
    text: "",
    wording: Wording::Kra,
    result_code: "910",
    form: Form::Rejected,
    scope: Scope::Strict,
    source: "",
};

macro_rules! rules {
    ($($name:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        $(
            #[allow(clippy::needless_update, reason = "rows that name every field are rows like the others")]
            pub(crate) static $name: Rule = Rule { $($field: $value,)* ..BLANK };
        )*
        /// Every rule of the sandbox.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // The way in.
    TOKEN_INVALID {
        code: "gateway.token", text: "Unauthorised-Invalid Access Token",
        form: Form::GatewayHeader(401), scope: Scope::Always, source: "protocol 1.2; messages.json",
    }
    TOKEN_EXPIRED {
        code: "gateway.token-expired", text: "access token expired",
        form: Form::ApigeeFault(401), scope: Scope::Always, source: "samples/gateway/envelopes.json",
    }
    PATH_UNROUTED {
        code: "gateway.path", text: "Unresolved variable : targetPath", result_code: "912",
        form: Form::ApigeeFault(500), scope: Scope::Always, source: "protocol 1.2; messages.json",
    }
    APP_ID_MISSING {
        code: "gateway.app-id", text: "Invalid Headers apigee_app_id / apigee_app_id cannot be Null",
        scope: Scope::Always, source: "messages.json; not asked for on initialize, selectCodeList, selectBhfList (protocol 1.2)",
    }
    APP_ID_WRONG {
        code: "gateway.app-id-wrong",
        text: "Cannot invoke \"TestSessionApiLog.getApiNo()\" because the return value of \"getTestSessionApiLog()\" is null",
        scope: Scope::Always, source: "samples/gateway/envelopes.json",
    }
    CONTENT_TYPE {
        code: "any.content-type", text: "Content type '{found}' not supported, send application/json",
        wording: Wording::Sandbox, scope: Scope::Always, source: "protocol 1.1 and 1.2: the header is required; text unknown",
    }
    METHOD {
        code: "any.method", text: "Request method error: use POST", result_code: "912",
        wording: Wording::Sandbox, form: Form::GatewayHeader(405), scope: Scope::Always, source: "protocol 5: 912 request method error",
    }
    PATH_UNKNOWN {
        code: "any.path", text: "Request method error: there is no such path", result_code: "912",
        wording: Wording::Sandbox, scope: Scope::Always, source: "protocol 5: 912 also for a wrong path",
    }
    BODY_MISSING {
        code: "any.body", text: "There is no request body", result_code: "911",
        wording: Wording::Sandbox, form: Form::ResultCode, scope: Scope::Always, source: "protocol 5: 911",
    }
    BODY_UNREADABLE {
        code: "any.json", text: "JSON parse error: {problem}",
        wording: Wording::Sandbox, scope: Scope::Always, source: "the request must be a JSON object (protocol 3.0); text unknown",
    }
    HEADERS_MISSING {
        code: "any.headers", text: "There is no header information: {header}", result_code: "900",
        wording: Wording::Sandbox, form: Form::ResultCode, scope: Scope::Always, source: "protocol 5: 900 no header information",
    }
    DEVICE_INVALID {
        code: "any.device", text: "It is not valid device", result_code: "901",
        wording: Wording::Sandbox, form: Form::ResultCode, scope: Scope::Always, source: "protocol 5: 901",
    }
    BRANCH_WRONG {
        code: "any.branch", operations: &[SaveItem, StockIo, SaveSale, SavePurchase],
        text: "Error occurred while validating item tax type: Please try again later", result_code: "901",
        scope: Scope::Always, source: "protocol 1.2: a wrong bhfId gives misleading errors",
    }
    DEVICE_KIND {
        code: "init.device-kind", operations: &[Init], text: "Only {expected} devices can be verified", result_code: "903",
        form: Form::ResultCode, scope: Scope::Always, source: "protocol 2 and 5: 903 (905 live)", wording: Wording::Sandbox,
    }
    TIN_MISSING {
        code: "init.tin", operations: &[Init], text: "Missing Tin", scope: Scope::Always, source: "messages.json",
    }
    TIN_EMPTY {
        code: "init.tin-empty", operations: &[Init], text: "Tin cannot be empty", scope: Scope::Always, source: "messages.json",
    }
    TIN_MALFORMED {
        code: "init.tin-malformed", operations: &[Init], text: "It is not valid device: {found} is not a PIN",
        result_code: "901", wording: Wording::Sandbox, form: Form::ResultCode, scope: Scope::Always,
        source: "protocol 7: a letter, nine digits, a letter",
    }
    DEVICE_INSTALLED {
        code: "init.installed", operations: &[Init], text: "This device is installed", result_code: "902",
        form: Form::ResultCode, scope: Scope::Always, source: "samples/live-oscu/init_902.json",
    }
    DEVICE_DUPLICATED {
        code: "init.duplicated", text: "Query did not return a unique result: {rows} results were returned", result_code: "999",
        scope: Scope::Always, source: "protocol 2: repeated initialize adds device rows; messages.json",
    }
    TIN_IN_BODY {
        code: "look-up.tin", operations: &[StockMoves, Purchases], text: "{field} cannot be Null",
        scope: Scope::Strict, source: "messages.json: getPurchaseTransactionInfo/selectStockMoveLists",
    }

    // Fields, against operations_fields.json.
    FIELD_MISSING {
        code: "field.missing", text: "{field} cannot be null",
        scope: Scope::Always, source: "messages.json: orgnNatCd, regTyCd",
    }
    FIELDS_EMPTY {
        code: "field.empty", operations: &[SaveCustomer, SaveUser, SaveInsurance],
        text: "Request parameter error{fields}", form: Form::ResultCode,
        scope: Scope::Always, source: "messages.json: [<modrId> : may not be empty][<modrNm> : may not be empty]",
    }
    CUSTOMER_PIN_MISSING {
        code: "customer.pin", operations: &[SaveCustomer], text: "custTin cannot be empty or Null",
        scope: Scope::Always, source: "messages.json",
    }
    LINE_FIELD_MISSING {
        code: "line.missing", operations: &[SaveSale, SavePurchase],
        text: "Expected a value for {field} on item: {item} but is empty or null",
        scope: Scope::Always, source: "messages.json: itemNm",
    }
    STOCK_LINE_FIELD_MISSING {
        code: "stock-line.missing", operations: &[StockIo],
        text: "Expected a value for {field} on item: {item} but it is empty or null",
        scope: Scope::Always, source: "messages.json: totAmt",
    }
    STOCK_TOTAL_ZERO {
        code: "stock.total", operations: &[StockIo], text: "Expected a value for {field} but it is empty or null",
        source: "messages.json: zero amounts are treated as missing",
    }
    FIELD_TYPE {
        code: "field.type", text: "Request parameter error[<{field}> : {problem}]", wording: Wording::Sandbox,
        form: Form::ResultCode, scope: Scope::Always, source: "operations_fields.json; 910",
    }
    FIELD_LENGTH {
        code: "field.length", text: "Request parameter error[<{field}> : {problem}]", wording: Wording::Sandbox,
        form: Form::ResultCode, source: "operations_fields.json; protocol 4.1 (a database truncation was seen)",
    }
    FIELD_CODE {
        code: "field.code", text: "Invalid {Field}", source: "messages.json: Invalid RfdRsnCd; code tables",
    }
    FIELD_DATE {
        code: "field.date", text: "Request parameter error[<{field}> : {found} is not {shape}]", wording: Wording::Sandbox,
        form: Form::ResultCode, source: "protocol 4.1",
    }

    // Items.
    ITEM_CLASS {
        code: "item.class", operations: &[SaveItem],
        text: "Ensure you use a valid item classification code from the Get Item Classification List endpoint",
        source: "messages.json",
    }
    ITEM_PACKAGING {
        code: "item.packaging", operations: &[SaveItem],
        text: "The Package unit code can ony be among the following list: {list}", source: "messages.json",
    }
    ITEM_UNIT {
        code: "item.unit", operations: &[SaveItem], text: "Invalid Quantity Unit Code", source: "messages.json",
    }
    ITEM_UNIT_VSCU {
        code: "item.unit-vscu", operations: &[SaveItem], text: "Unknown unit code: {found}", result_code: "913",
        wording: Wording::Sandbox, scope: Scope::Lenient, source: "messages.json: 913 for UNT on the VSCU",
    }
    ITEM_CODE_SHAPE {
        code: "item.code", operations: &[SaveItem], text: "Invalid itemCd {found}: expected {expected}",
        wording: Wording::Sandbox, source: "protocol 6: country, type, units, 7 or 8 digits",
    }
    ITEM_CODE_PACKAGING {
        code: "item.code-packaging", operations: &[SaveItem], text: "Incorrect Packaging Unit Prefix", source: "messages.json",
    }
    ITEM_CODE_UNIT_LENGTH {
        code: "item.code-unit-length", operations: &[SaveItem],
        text: "The ItemCd isn't made up of correct QtyUnitCd", source: "messages.json",
    }
    ITEM_CODE_UNIT {
        code: "item.code-unit", operations: &[SaveItem], text: "Incorrect QtyUnitCd Prefix", source: "messages.json",
    }
    ITEM_SEQUENCE {
        code: "item.sequence", operations: &[SaveItem],
        text: "Invalid itemCd Sequence. Expected sequence ending with: ********{expected}", source: "messages.json; per tin (protocol 6)",
    }
    COMPOSITION_SERVICE {
        code: "composition.service", operations: &[Composition], text: "You cannot create an service using an item",
        source: "messages.json",
    }
    COMPOSITION_ITEM {
        code: "composition.item", operations: &[Composition],
        text: "Item {found} does not exist in your inventory", wording: Wording::Sandbox,
        source: "protocol 3.8: the parent must be a goods item",
    }
    COMPOSITION_NO_STOCK {
        code: "composition.no-stock", operations: &[Composition], text: "Insufficient Stock", source: "messages.json",
    }
    COMPOSITION_STOCK {
        code: "composition.stock", operations: &[Composition],
        text: "You dont have sufficient stock for this Transaction", source: "messages.json",
    }

    // Stock.
    STOCK_ORIGINAL_NULL {
        code: "stock.original", operations: &[StockIo],
        text: "Cannot invoke Integer.intValue() because the return value of getOrgSarNo() is null", result_code: "999",
        scope: Scope::Always, source: "messages.json",
    }
    STOCK_SEQUENCE {
        code: "stock.sequence", operations: &[StockIo], text: "Invalid sarNo: Expected: {expected} but found: {found}",
        source: "messages.json; per tin (protocol 7)",
    }
    STOCK_DUPLICATE {
        code: "stock.duplicate", operations: &[StockIo], text: "Overlapped data", result_code: "994", form: Form::ResultCode,
        wording: Wording::Sandbox, scope: Scope::Lenient, source: "protocol 5: 994",
    }
    STOCK_ITEM_TAX {
        code: "stock.tax-type", operations: &[StockIo],
        text: "Error occurred while validating item tax type: Please try again later", source: "messages.json",
    }
    STOCK_ITEM {
        code: "stock.item", operations: &[StockIo, StockMaster],
        text: "Item {code} provided on item: {item}. does not exist in your inventory. Ensure it is added under item management package",
        source: "messages.json (purchases); assumed for stock",
    }
    STOCK_FUTURE {
        code: "stock.future", operations: &[StockIo], text: "ocrnDt {found} is in the future, KRA's date is {today}",
        wording: Wording::Sandbox, source: "protocol 7: future times are refused against KRA's clock",
    }
    STOCK_AMOUNT {
        code: "stock.amount", operations: &[StockIo], text: "Invalid {field} on item: {item}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 0: the gateway checks all arithmetic; wording of the sales check",
    }
    STOCK_HEADER {
        code: "stock.header", operations: &[StockIo], text: "Invalid {field}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: headers are sums of lines",
    }
    STOCK_OUT {
        code: "stock.out", operations: &[StockIo], text: "You dont have sufficient stock for this Transaction",
        source: "messages.json (compositions); assumed for movements out",
    }
    MASTER_FIRST {
        code: "master.order", operations: &[StockMaster],
        text: "Stock IO is empty, consider adding items to the stock IO first", source: "messages.json",
    }
    MASTER_QUANTITY {
        code: "master.quantity", operations: &[StockMaster], text: "rsdQty mismatch. Expected: {expected} but found: {found}",
        form: Form::HiddenInOk, source: "messages.json; envelopes.json",
    }
    MASTER_QUANTITY_ALIAS {
        code: "master.quantity-alias", operations: &[StockMaster],
        text: "rsdQty quantity provided does not match the <itemCd> code from Stock IO",
        source: "messages.json; the sandbox answers so on the older path name",
    }

    // Sales.
    SALE_SEQUENCE {
        code: "sale.sequence", operations: &[SaveSale],
        text: "Invalid invcNo sequence, expected: {expected} but found: {found}", source: "messages.json; per PIN and branch (protocol 7)",
    }
    SALE_SEQUENCE_ALIAS {
        code: "sale.sequence-alias", operations: &[SaveSale],
        text: "Invc No: {found} is invalid, use the expected value: {expected}",
        source: "messages.json; the sandbox answers so on the older path name",
    }
    SALE_DUPLICATE {
        code: "sale.duplicate", operations: &[SaveSale], text: "Overlapped data", result_code: "994", form: Form::ResultCode,
        wording: Wording::Sandbox, scope: Scope::Lenient, source: "protocol 5 and 9: 994 on the direct host",
    }
    SALE_DUPLICATE_VSCU {
        code: "sale.duplicate-vscu", operations: &[SaveSale], text: "Client error: invoice number already used", result_code: "899",

        form: Form::ResultCode,
        wording: Wording::Sandbox, scope: Scope::Lenient, source: "messages.json: 899 on VSDC 2.0.6",
    }
    SALE_DUPLICATE_GATEWAY {
        code: "sale.duplicate-gateway", operations: &[SaveSale],
        text: "duplicate key value violates unique constraint", result_code: "994",
        scope: Scope::Lenient, source: "messages.json: violates unique constraint",
    }
    SALE_DECLARED {
        code: "sale.declared", operations: &[SaveSale],
        text: "Sales or sales invoice data which is declared cannot be received", result_code: "921",
        wording: Wording::Sandbox, form: Form::ResultCode, scope: Scope::Switch,
        source: "protocol 5: 921; only by the duplicate fault",
    }
    SALE_ORIGINAL {
        code: "credit.original", operations: &[SaveSale],
        text: "orgInvcNo does not exist. Please update the field and try again", source: "messages.json",
    }
    SALE_ORIGINAL_NULL {
        code: "sale.original-null", operations: &[SaveSale],
        text: "Cannot invoke Integer.intValue() because the return value of getOrgInvcNo() is null", result_code: "999",
        scope: Scope::Always, source: "protocol 4.1: null gives a Java NullPointer text",
    }
    CREDIT_DATE_MISSING {
        code: "credit.date", operations: &[SaveSale], text: "Missing RfdDt Date", source: "messages.json",
    }
    CREDIT_REASON {
        code: "credit.reason", operations: &[SaveSale], text: "Invalid RfdRsnCd", source: "messages.json",
    }
    CREDIT_NAME_NULL {
        code: "credit.name-null", operations: &[SaveSale],
        text: "Cannot invoke \"String.equals(Object)\" because the return value of \"getCustNm()\" is null", result_code: "999",
        source: "protocol 4.3: null pointer when the original had no custNm",
    }
    CREDIT_NAME {
        code: "credit.name", operations: &[SaveSale], text: "custNm {found} does not match the expected value: {expected}",
        wording: Wording::Sandbox, source: "protocol 4.4: custNm equal to the original's",
    }
    CREDIT_PIN {
        code: "credit.pin", operations: &[SaveSale], text: "custTin {found} does not match the expected value: {expected}",
        wording: Wording::Sandbox, source: "protocol 4.4: customer PIN equal to the original's [one]",
    }
    CREDIT_BEFORE {
        code: "credit.before", operations: &[SaveSale], text: "salesDt {found} is before the original's: {expected}",
        wording: Wording::Sandbox, source: "protocol 4.4: date not before the original [one]",
    }
    SALE_RATE {
        code: "sale.rate", operations: &[SaveSale, SavePurchase],
        text: "Rule {field} failed: Tax rate mismatch. Expected: {expected}, Found: {found}", source: "messages.json; constants, protocol 4.2",
    }
    SALE_LINE_COUNT {
        code: "sale.line-count", operations: &[SaveSale, SavePurchase, StockIo],
        text: "Invalid totItemCnt. Expected: {expected}, But Found: {found}", wording: Wording::Sandbox,
        source: "operations_fields.json: number of lines",
    }
    SALE_LINE_NUMBER {
        code: "sale.line-number", operations: &[SaveSale, SavePurchase, StockIo],
        text: "Invalid itemSeq on item: {item}. Expected: {item}, But Found: {found}", wording: Wording::Sandbox,
        source: "operations_fields.json: line number from 1",
    }
    SALE_PACKAGES {
        code: "sale.packages", operations: &[SaveSale], text: "Invalid pkg for ItemList {item}. Expected: 1, Found: {found}",
        source: "messages.json; for pkgUnitCd NT (protocol 4.2)",
    }
    SALE_SUPPLY {
        code: "sale.supply", operations: &[SaveSale],
        text: "Invalid splyAmnt on item: {item}. Expected: {expected}, But Found: {found}", scope: Scope::Switch,
        source: "unknown whether the gateway compares splyAmt with qty x prc on sales; wording of the purchase check",
    }
    SALE_DISCOUNT_RATE {
        code: "sale.discount-rate", operations: &[SaveSale, SavePurchase],
        text: "Invalid dcRt on item: {item}. Expected: a whole percent from 0 to 100, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: dcRt is handled as a whole percent [one]",
    }
    SALE_DISCOUNT {
        code: "sale.discount", operations: &[SaveSale, SavePurchase],
        text: "Invalid dcAmt on item: {item}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: round2(splyAmt x dcRt / 100)",
    }
    SALE_TAXABLE {
        code: "sale.taxable", operations: &[SaveSale, SavePurchase],
        text: "Invalid taxblAmt on item: {item}. Expected: {expected}, But Found: {found}", source: "messages.json",
    }
    SALE_TAX {
        code: "sale.tax", operations: &[SaveSale, SavePurchase],
        text: "Invalid taxAmt on item: {item}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: the remainder; wording of the taxblAmt check",
    }
    SALE_LINE_TOTAL {
        code: "sale.line-total", operations: &[SaveSale, SavePurchase],
        text: "Invalid totAmt on item: {item}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: taxblAmt + taxAmt; wording of the taxblAmt check",
    }
    SALE_HEADER {
        code: "sale.header", operations: &[SaveSale, SavePurchase],
        text: "Invalid {field}. Expected: {expected}, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.2: headers are sums of rounded lines",
    }
    SALE_NEGATIVE {
        code: "sale.negative", operations: &[SaveSale, SavePurchase, StockIo],
        text: "Invalid {field} on item: {item}. Expected: a positive number, But Found: {found}",
        wording: Wording::Sandbox, source: "protocol 4.4: amounts and quantities are positive, on credit notes too",
    }
    SALE_ITEM {
        code: "sale.item", operations: &[SaveSale],
        text: "Invalid Item: Item {code} (itemSeq {item}) does not exist in your stock master", source: "messages.json",
    }
    SALE_ITEM_TAX {
        code: "sale.item-tax", operations: &[SaveSale, SavePurchase],
        text: "Error occurred while validating item tax type: Please try again later",
        source: "messages.json: taxTyCd differs from the item",
    }
    SALE_STOCK {
        code: "sale.stock", operations: &[SaveSale],
        text: "Items provided under the itemList section do not exist in your stock",
        source: "messages.json; services exempt; also when the quantity is not on hand (protocol 4.6, inferred)",
    }

    // Purchases and imports.
    PURCHASE_SEQUENCE {
        code: "purchase.sequence", operations: &[SavePurchase],
        text: "Invalid invcNo sequence, expected: {expected} but found: {found}", wording: Wording::Sandbox,
        source: "protocol 7: purchases have their own sequence; wording of the sales check",
    }
    PURCHASE_DUPLICATE {
        code: "purchase.duplicate", operations: &[SavePurchase], text: "Overlapped data", result_code: "994", form: Form::ResultCode,
        wording: Wording::Sandbox, scope: Scope::Lenient, source: "protocol 5: 994",
    }
    PURCHASE_RECORD {
        code: "purchase.record", operations: &[SavePurchase], text: "Missing purchase Record",
        source: "messages.json: no sale of this supplier",
    }
    PURCHASE_INVOICE {
        code: "purchase.invoice", operations: &[SavePurchase], text: "Supplier invoice number {found} does not exist",
        source: "messages.json",
    }
    PURCHASE_NAME {
        code: "purchase.name", operations: &[SavePurchase], text: "spplrNm {found} does not match the expected value",
        source: "messages.json",
    }
    PURCHASE_ITEM {
        code: "purchase.item", operations: &[SavePurchase],
        text: "Item {code} provided on item: {item}. does not exist in your inventory. Ensure it is added under item management package",
        source: "messages.json",
    }
    PURCHASE_SUPPLY {
        code: "purchase.supply", operations: &[SavePurchase],
        text: "Invalid splyAmnt on item: {item}. Expected: {expected}, But Found: {found}",
        source: "messages.json: splyAmt is tax-inclusive",
    }
    IMPORT_FIELDS {
        code: "import.fields", operations: &[UpdateImport], text: "required: <itemClsCd> and <itemCd>",
        form: Form::ResultCode, scope: Scope::Always, source: "messages.json",
    }
    IMPORT_STATUS {
        code: "import.status", operations: &[UpdateImport], text: "Invalid imptItemSttsCd. Expected: 3, But Found: {found}",
        wording: Wording::Sandbox, scope: Scope::Always, source: "protocol 3.14: a misleading expected-3 text; 3 approve, 4 reject",
    }
    IMPORT_TASK {
        code: "import.task", operations: &[UpdateImport], text: "taskCd '{found}' not found.", scope: Scope::Always, source: "messages.json",
    }
    IMPORT_REMARK {
        code: "import.remark", operations: &[UpdateImport], text: "There is an unknown error. Please ask administrator",
        result_code: "999", form: Form::ResultCode, source: "messages.json: remark null with status 3",
    }
    IMPORT_ITEM {
        code: "import.item", operations: &[UpdateImport],
        text: "Item {code} does not exist in your inventory", wording: Wording::Sandbox, source: "protocol 3.14: own item code",
    }
}
