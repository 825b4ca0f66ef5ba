use super::row::{kind, read, rows};

rows! {
    /// An invoice that KRA has recorded, as far as it tells: the signature, and on the gateway the whole sale.
    InvoiceDetail [SelectInvoiceDetail, "salesList"] {
        /// Invoice number (eTIMS `invcNo`).
        invoice_number: number = "invcNo",
        /// The trader's own number (eTIMS `trdInvcNo`).
        reference: text = "trdInvcNo",
        /// Number of the invoice that a credit note credits, else 0 (eTIMS `orgInvcNo`).
        original_number: number = "orgInvcNo",
        /// Buyer's PIN (eTIMS `custTin`).
        buyer_pin: text = "custTin",
        /// Buyer's name (eTIMS `custNm`).
        buyer_name: text = "custNm",
        /// S sale, R credit note (eTIMS `rcptTyCd`).
        receipt_type: text = "rcptTyCd",
        /// Method of payment, class 07 (eTIMS `pmtTyCd`).
        payment: text = "pmtTyCd",
        /// When it was confirmed (eTIMS `cfmDt`).
        confirmed_at: moment = "cfmDt",
        /// Date of sale (eTIMS `salesDt`).
        sold_on: day = "salesDt",
        /// Number of lines (eTIMS `totItemCnt`).
        line_count: number = "totItemCnt",
        /// Taxable amount per band A to E (eTIMS `taxblAmtA` …).
        taxable: bands = "taxblAmt",
        /// Rate per band in percent (eTIMS `taxRtA` …).
        rates: bands = "taxRt",
        /// Tax per band (eTIMS `taxAmtA` …).
        tax: bands = "taxAmt",
        /// Sum of taxable amounts (eTIMS `totTaxblAmt`).
        total_taxable: decimal = "totTaxblAmt",
        /// Sum of taxes (eTIMS `totTaxAmt`).
        total_tax: decimal = "totTaxAmt",
        /// Total of the invoice (eTIMS `totAmt`).
        total: decimal = "totAmt",
        /// Remark (eTIMS `remark`).
        remark: text = "remark",
        /// The signed receipt (eTIMS `receipt`).
        receipt: receipt = "receipt",
        /// Lines (eTIMS `itemList`).
        lines: rows InvoiceLine = "itemList",
    }

    /// One line of a recorded invoice.
    InvoiceLine {
        /// Line number from 1 (eTIMS `itemSeq`).
        line: number = "itemSeq",
        /// Item code (eTIMS `itemCd`).
        item_code: text = "itemCd",
        /// Classification (eTIMS `itemClsCd`).
        classification: text = "itemClsCd",
        /// Name (eTIMS `itemNm`).
        name: text = "itemNm",
        /// Quantity (eTIMS `qty`).
        quantity: decimal = "qty",
        /// Unit price (eTIMS `prc`).
        unit_price: decimal = "prc",
        /// Quantity times price (eTIMS `splyAmt`).
        supply_amount: decimal = "splyAmt",
        /// Discount in percent (eTIMS `dcRt`).
        discount_rate: decimal = "dcRt",
        /// Discount (eTIMS `dcAmt`).
        discount: decimal = "dcAmt",
        /// Tax type (eTIMS `taxTyCd`).
        tax_type: text = "taxTyCd",
        /// Taxable amount (eTIMS `taxblAmt`).
        taxable: decimal = "taxblAmt",
        /// Tax (eTIMS `taxAmt`).
        tax: decimal = "taxAmt",
        /// Total of the line (eTIMS `totAmt`).
        total: decimal = "totAmt",
    }

    /// A sale that another taxpayer declared against this PIN and that waits to be confirmed.
    Purchase [SelectPurchases, "saleList"] {
        /// The supplier's invoice number (eTIMS `spplrInvcNo`, text on live servers).
        supplier_invoice: key = "spplrInvcNo",
        /// Supplier's PIN (eTIMS `spplrTin`).
        supplier_pin: text = "spplrTin",
        /// Supplier's name, to be repeated letter by letter when confirming (eTIMS `spplrNm`).
        supplier_name: text = "spplrNm",
        /// Supplier's branch (eTIMS `spplrBhfId`).
        supplier_branch: text = "spplrBhfId",
        /// Supplier's control unit (eTIMS `spplrSdcId`).
        supplier_sdc_id: text = "spplrSdcId",
        /// Supplier's machine (eTIMS `spplrMrcNo`).
        supplier_mrc_no: text = "spplrMrcNo",
        /// S sale, R credit note (eTIMS `rcptTyCd`).
        receipt_type: text = "rcptTyCd",
        /// Method of payment, class 07 (eTIMS `pmtTyCd`).
        payment: text = "pmtTyCd",
        /// When it was confirmed (eTIMS `cfmDt`).
        confirmed_at: moment = "cfmDt",
        /// Date of sale (eTIMS `salesDt`).
        sold_on: day = "salesDt",
        /// When the goods left the supplier's stock (eTIMS `stockRlsDt`).
        released_at: moment = "stockRlsDt",
        /// Number of lines (eTIMS `totItemCnt`).
        line_count: number = "totItemCnt",
        /// Taxable amount per band A to E in the supplier's convention (eTIMS `taxblAmtA` …).
        taxable: bands = "taxblAmt",
        /// Rate per band in percent (eTIMS `taxRtA` …).
        rates: bands = "taxRt",
        /// Tax per band (eTIMS `taxAmtA` …).
        tax: bands = "taxAmt",
        /// Sum of taxable amounts (eTIMS `totTaxblAmt`).
        total_taxable: decimal = "totTaxblAmt",
        /// Sum of taxes (eTIMS `totTaxAmt`).
        total_tax: decimal = "totTaxAmt",
        /// Total of the invoice (eTIMS `totAmt`).
        total: decimal = "totAmt",
        /// Remark (eTIMS `remark`).
        remark: text = "remark",
        /// Lines (eTIMS `itemList`).
        lines: rows PurchaseLine = "itemList",
    }

    /// One line of a purchase, as the supplier declared it.
    PurchaseLine {
        /// Line number from 1 (eTIMS `itemSeq`).
        line: number = "itemSeq",
        /// The supplier's item code (eTIMS `itemCd`).
        item_code: text = "itemCd",
        /// Classification (eTIMS `itemClsCd`).
        classification: text = "itemClsCd",
        /// Name (eTIMS `itemNm`).
        name: text = "itemNm",
        /// Barcode (eTIMS `bcd`).
        barcode: text = "bcd",
        /// Packaging unit (eTIMS `pkgUnitCd`).
        packaging: text = "pkgUnitCd",
        /// Packages (eTIMS `pkg`).
        packages: decimal = "pkg",
        /// Unit of quantity (eTIMS `qtyUnitCd`).
        unit: text = "qtyUnitCd",
        /// Quantity (eTIMS `qty`).
        quantity: decimal = "qty",
        /// Unit price (eTIMS `prc`).
        unit_price: decimal = "prc",
        /// Quantity times price (eTIMS `splyAmt`).
        supply_amount: decimal = "splyAmt",
        /// Discount in percent (eTIMS `dcRt`).
        discount_rate: decimal = "dcRt",
        /// Discount (eTIMS `dcAmt`).
        discount: decimal = "dcAmt",
        /// Tax type (eTIMS `taxTyCd`).
        tax_type: text = "taxTyCd",
        /// Taxable amount (eTIMS `taxblAmt`).
        taxable: decimal = "taxblAmt",
        /// Tax (eTIMS `taxAmt`).
        tax: decimal = "taxAmt",
        /// Total of the line (eTIMS `totAmt`).
        total: decimal = "totAmt",
    }

    /// Stock that another branch has sent to this one.
    StockMove [SelectStockMoves, "stockList"] {
        /// Movement number of the sending branch (eTIMS `sarNo`).
        number: key = "sarNo",
        /// PIN of the other side (eTIMS `custTin`).
        pin: text = "custTin",
        /// Branch of the other side (eTIMS `custBhfId`).
        branch: text = "custBhfId",
        /// Date of the movement (eTIMS `ocrnDt`).
        moved_on: day = "ocrnDt",
        /// Number of lines (eTIMS `totItemCnt`).
        line_count: number = "totItemCnt",
        /// Sum of taxable amounts (eTIMS `totTaxblAmt`).
        total_taxable: decimal = "totTaxblAmt",
        /// Sum of taxes (eTIMS `totTaxAmt`).
        total_tax: decimal = "totTaxAmt",
        /// Total (eTIMS `totAmt`).
        total: decimal = "totAmt",
        /// Remark (eTIMS `remark`).
        remark: text = "remark",
        /// Lines (eTIMS `itemList`).
        lines: rows StockMoveLine = "itemList",
    }

    /// One line of a stock movement.
    StockMoveLine {
        /// Line number from 1 (eTIMS `itemSeq`).
        line: number = "itemSeq",
        /// Item code (eTIMS `itemCd`).
        item_code: text = "itemCd",
        /// Classification (eTIMS `itemClsCd`).
        classification: text = "itemClsCd",
        /// Name (eTIMS `itemNm`).
        name: text = "itemNm",
        /// Packaging unit (eTIMS `pkgUnitCd`).
        packaging: text = "pkgUnitCd",
        /// Packages (eTIMS `pkg`).
        packages: decimal = "pkg",
        /// Unit of quantity (eTIMS `qtyUnitCd`).
        unit: text = "qtyUnitCd",
        /// Quantity (eTIMS `qty`).
        quantity: decimal = "qty",
        /// Expiry date (eTIMS `itemExprDt`).
        expires_on: day = "itemExprDt",
        /// Unit price (eTIMS `prc`).
        unit_price: decimal = "prc",
        /// Quantity times price (eTIMS `splyAmt`).
        supply_amount: decimal = "splyAmt",
        /// Discount (eTIMS `totDcAmt`).
        discount: decimal = "totDcAmt",
        /// Tax type (eTIMS `taxTyCd`).
        tax_type: text = "taxTyCd",
        /// Taxable amount (eTIMS `taxblAmt`).
        taxable: decimal = "taxblAmt",
        /// Tax (eTIMS `taxAmt`).
        tax: decimal = "taxAmt",
        /// Total of the line (eTIMS `totAmt`).
        total: decimal = "totAmt",
    }
}
