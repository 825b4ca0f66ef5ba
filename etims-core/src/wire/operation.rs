use super::Dialect;

/// One call of the eTIMS interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Device initialisation: authenticate the control unit for one PIN + branch + serial and hand out the communication key.
    Initialise,
    /// Standard code list: all reference codes at once, class by class.
    SelectCodes,
    /// Customer (PIN) look-up: confirm a buyer PIN and fetch its registered name.
    SelectCustomer,
    /// Notices: KRA announcements.
    SelectNotices,
    /// Item classification list: UNSPSC-like classification tree.
    SelectItemClasses,
    /// Save item: register or change a product/service.
    SaveItem,
    /// Item list: restore own catalogue.
    SelectItems,
    /// Save item composition (BOM): declare components of a product.
    SaveComposition,
    /// Branch list: branches of the taxpayer.
    SelectBranches,
    /// Save branch customer: upload a customer record of the branch.
    SaveCustomer,
    /// Save branch user: upload a user account.
    SaveUser,
    /// Save branch insurance company: upload an insurer.
    SaveInsurance,
    /// Import item list: customs declarations of this PIN waiting to be taken into stock.
    SelectImports,
    /// Update import item: approve or reject a customs line, linking it to an own item.
    UpdateImport,
    /// Save sale / credit note: sign and register an invoice or a credit note.
    SaveSale,
    /// Invoice detail (recovery): read back one recorded sale.
    SelectInvoiceDetail,
    /// Sales list: list own recorded sales.
    SelectSales,
    /// Purchase (supplier sales) list: sales other taxpayers declared against this PIN.
    SelectPurchases,
    /// Save purchase (confirmation): confirm (or reject) a purchase.
    SavePurchase,
    /// Stock movement list: stock moved between branches.
    SelectStockMoves,
    /// Save stock in/out: report a stock movement.
    SaveStockMovement,
    /// Save stock master (on-hand): report the resulting balance.
    SaveStockMaster,
    /// Customer list (own branch customers): read back saved branch customers.
    SelectCustomers,
    /// Taxpayer info: own taxpayer record.
    SelectTaxpayer,
}

/// How one operation is reached. The gateway's alias is the older documented name; both are routed.
struct Route {
    operation: Operation,
    name: &'static str,
    write: bool,
    oscu: &'static str,
    gateway: &'static str,
    gateway_alias: &'static str,
    vscu: Option<&'static str>,
}

/// Source: reference `codes/operations_fields.json`; on the gateway the names of KRA's certification dashboard.
#[rustfmt::skip]
const ROUTES: [Route; 24] = [
    Route { operation: Operation::Initialise, name: "initialise", write: true, oscu: "/selectInitOsdcInfo", gateway: "/initialize", gateway_alias: "/selectInitOsdcInfo", vscu: Some("/initializer/selectInitInfo") },
    Route { operation: Operation::SelectCodes, name: "select_codes", write: false, oscu: "/selectCodeList", gateway: "/selectCodeList", gateway_alias: "/selectCodeList", vscu: Some("/code/selectCodes") },
    Route { operation: Operation::SelectCustomer, name: "select_customer", write: false, oscu: "/selectCustomer", gateway: "/customerPinInfo", gateway_alias: "/customerPinInfo", vscu: Some("/customers/selectCustomer") },
    Route { operation: Operation::SelectNotices, name: "select_notices", write: false, oscu: "/selectNoticeList", gateway: "/selectNoticeList", gateway_alias: "/selectNotices", vscu: Some("/notices/selectNotices") },
    Route { operation: Operation::SelectItemClasses, name: "select_item_classes", write: false, oscu: "/selectItemClsList", gateway: "/selectItemClsList", gateway_alias: "/selectItemClass", vscu: Some("/itemClass/selectItemsClass") },
    Route { operation: Operation::SaveItem, name: "save_item", write: true, oscu: "/saveItem", gateway: "/saveItem", gateway_alias: "/saveItem", vscu: Some("/items/saveItems") },
    Route { operation: Operation::SelectItems, name: "select_items", write: false, oscu: "/selectItemList", gateway: "/selectItemList", gateway_alias: "/itemInfo", vscu: Some("/items/selectItems") },
    Route { operation: Operation::SaveComposition, name: "save_composition", write: true, oscu: "/saveItemComposition", gateway: "/saveItemComposition", gateway_alias: "/saveItemComposition", vscu: Some("/items/saveItemComposition") },
    Route { operation: Operation::SelectBranches, name: "select_branches", write: false, oscu: "/selectBhfList", gateway: "/selectBhfList", gateway_alias: "/branchList", vscu: Some("/branches/selectBranches") },
    Route { operation: Operation::SaveCustomer, name: "save_customer", write: true, oscu: "/saveBhfCustomer", gateway: "/saveBhfCustomer", gateway_alias: "/branchSendCustomerInfo", vscu: Some("/branches/saveBrancheCustomers") },
    Route { operation: Operation::SaveUser, name: "save_user", write: true, oscu: "/saveBhfUser", gateway: "/saveBhfUser", gateway_alias: "/branchUserAccount", vscu: Some("/branches/saveBrancheUsers") },
    Route { operation: Operation::SaveInsurance, name: "save_insurance", write: true, oscu: "/saveBhfInsurance", gateway: "/saveBhfInsurance", gateway_alias: "/branchInsuranceInfo", vscu: Some("/branches/saveBrancheInsurances") },
    Route { operation: Operation::SelectImports, name: "select_imports", write: false, oscu: "/selectImportItemList", gateway: "/selectImportItemList", gateway_alias: "/importedItemInfo", vscu: Some("/imports/selectImportItems") },
    Route { operation: Operation::UpdateImport, name: "update_import", write: true, oscu: "/updateImportItem", gateway: "/updateImportItem", gateway_alias: "/updateImportItem", vscu: Some("/imports/updateImportItems") },
    Route { operation: Operation::SaveSale, name: "save_sale", write: true, oscu: "/saveTrnsSalesOsdc", gateway: "/saveTrnsSalesOsdc", gateway_alias: "/sendSalesTransaction", vscu: Some("/trnsSales/saveSales") },
    Route { operation: Operation::SelectInvoiceDetail, name: "select_invoice_detail", write: false, oscu: "/selectInvoiceDetails", gateway: "/selectInvoiceDetails", gateway_alias: "/selectInvoiceDetail", vscu: None },
    Route { operation: Operation::SelectSales, name: "select_sales", write: false, oscu: "/selectTrnsSalesList", gateway: "/selectTrnsSalesList", gateway_alias: "/selectSalesTransactions", vscu: None },
    Route { operation: Operation::SelectPurchases, name: "select_purchases", write: false, oscu: "/selectTrnsPurchaseSalesList", gateway: "/selectTrnsPurchaseSalesList", gateway_alias: "/getPurchaseTransactionInfo", vscu: Some("/trnsPurchase/selectTrnsPurchaseSales") },
    Route { operation: Operation::SavePurchase, name: "save_purchase", write: true, oscu: "/insertTrnsPurchase", gateway: "/insertTrnsPurchase", gateway_alias: "/sendPurchaseTransactionInfo", vscu: Some("/trnsPurchase/savePurchases") },
    Route { operation: Operation::SelectStockMoves, name: "select_stock_moves", write: false, oscu: "/selectStockMoveList", gateway: "/selectStockMoveList", gateway_alias: "/selectStockMoveLists", vscu: Some("/stock/selectStockItems") },
    Route { operation: Operation::SaveStockMovement, name: "save_stock_movement", write: true, oscu: "/insertStockIO", gateway: "/insertStockIO", gateway_alias: "/insert/stockIO", vscu: Some("/stock/saveStockItems") },
    Route { operation: Operation::SaveStockMaster, name: "save_stock_master", write: true, oscu: "/saveStockMaster", gateway: "/saveStockMaster", gateway_alias: "/save/stockMaster", vscu: Some("/stockMaster/saveStockMaster") },
    Route { operation: Operation::SelectCustomers, name: "select_customers", write: false, oscu: "/selectCustomerList", gateway: "/selectCustomerList", gateway_alias: "/selectCustomerList", vscu: None },
    Route { operation: Operation::SelectTaxpayer, name: "select_taxpayer", write: false, oscu: "/selectTaxpayerInfo", gateway: "/selectTaxPayerInfo", gateway_alias: "/selectTaxpayerInfo", vscu: None },
];

impl Operation {
    /// Every operation, in the order of the reference.
    pub fn all() -> impl Iterator<Item = Operation> {
        ROUTES.iter().map(|route| route.operation)
    }

    fn route(self) -> &'static Route {
        &ROUTES[self as usize]
    }

    /// Our own stable name, for logs, metrics and errors.
    pub fn name(self) -> &'static str {
        self.route().name
    }

    /// Reads a name as printed by [`Operation::name`].
    pub fn from_name(name: &str) -> Option<Operation> {
        ROUTES.iter().find(|route| route.name == name).map(|route| route.operation)
    }

    /// Whether KRA records something: such a call is never repeated without knowing its fate.
    pub fn is_write(self) -> bool {
        self.route().write
    }

    /// The path below the dialect's base address; `None` where the dialect has no such call.
    pub fn path(self, dialect: Dialect) -> Option<&'static str> {
        let route = self.route();
        match dialect {
            Dialect::DirectOscu => Some(route.oscu),
            Dialect::Gateway => Some(route.gateway),
            Dialect::Vscu => route.vscu,
        }
    }

    /// The gateway's older documented name of the call; the same as [`Operation::path`] where there is only one.
    pub fn gateway_alias(self) -> &'static str {
        self.route().gateway_alias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_table_is_in_the_order_of_the_enum() {
        assert!(Operation::all().enumerate().all(|(index, operation)| operation as usize == index));
    }

    #[test]
    fn four_operations_have_no_vscu_path() {
        assert_eq!(Operation::all().filter(|operation| operation.path(Dialect::Vscu).is_none()).count(), 4);
    }
}
