use super::row::{kind, read, rows};

rows! {
    /// A class of reference codes, such as 04, the tax types.
    CodeClass [SelectCodes, "clsList"] {
        /// Number of the class (eTIMS `cdCls`).
        class: key = "cdCls",
        /// Its name (eTIMS `cdClsNm`).
        name: text = "cdClsNm",
        /// Whether it is in use (eTIMS `useYn`).
        in_use: flag = "useYn",
        /// What the first extra of its entries means; for class 04 the rate (eTIMS `userDfnNm1`).
        first_extra_name: text = "userDfnNm1",
        /// Its codes (eTIMS `dtlList`).
        entries: rows CodeEntry = "dtlList",
    }

    /// One reference code.
    CodeEntry {
        /// The code (eTIMS `cd`).
        code: key = "cd",
        /// Its name (eTIMS `cdNm`).
        name: text = "cdNm",
        /// Its description (eTIMS `cdDesc`).
        description: text = "cdDesc",
        /// Place in lists (eTIMS `srtOrd`).
        sort_order: number = "srtOrd",
        /// First extra: in class 04 the rate in percent (eTIMS `userDfnCd1`).
        first_extra: text = "userDfnCd1",
        /// Second extra (eTIMS `userDfnCd2`).
        second_extra: text = "userDfnCd2",
        /// Third extra (eTIMS `userDfnCd3`).
        third_extra: text = "userDfnCd3",
        /// Whether it is in use (eTIMS `useYn`).
        in_use: flag = "useYn",
    }

    /// A node of the item classification, close to UNSPSC.
    ItemClass [SelectItemClasses, "itemClsList"] {
        /// Eight digits on levels 1 to 4, ten on level 5 (eTIMS `itemClsCd`).
        code: key = "itemClsCd",
        /// Its name (eTIMS `itemClsNm`).
        name: text = "itemClsNm",
        /// Level 1 to 5 (eTIMS `itemClsLvl`).
        level: number = "itemClsLvl",
        /// Suggested tax type, usually none (eTIMS `taxTyCd`).
        tax: text = "taxTyCd",
        /// Whether it is in use (eTIMS `useYn`).
        in_use: flag = "useYn",
    }

    /// An announcement of KRA's.
    Notice [SelectNotices, "noticeList"] {
        /// Its number (eTIMS `noticeNo`).
        number: key = "noticeNo",
        /// Its title (eTIMS `title`).
        title: text = "title",
        /// Its text, with line breaks (eTIMS `cont`).
        text: text = "cont",
        /// A link, which KRA's server may leave with a placeholder for its host (eTIMS `dtlUrl`).
        link: text = "dtlUrl",
        /// When it was published (eTIMS `regDt`).
        published_at: moment = "regDt",
    }

    /// An item as KRA has registered it.
    ListedItem [SelectItems, "itemList"] {
        /// Item code (eTIMS `itemCd`).
        code: key = "itemCd",
        /// Classification (eTIMS `itemClsCd`).
        classification: text = "itemClsCd",
        /// 1 raw material, 2 finished product, 3 service (eTIMS `itemTyCd`).
        item_type: text = "itemTyCd",
        /// Its name (eTIMS `itemNm`).
        name: text = "itemNm",
        /// Country of origin (eTIMS `orgnNatCd`).
        origin: text = "orgnNatCd",
        /// Packaging unit (eTIMS `pkgUnitCd`).
        packaging: text = "pkgUnitCd",
        /// Unit of quantity (eTIMS `qtyUnitCd`).
        unit: text = "qtyUnitCd",
        /// Tax type (eTIMS `taxTyCd`).
        tax: text = "taxTyCd",
        /// Branch that registered it (eTIMS `regBhfId`).
        branch: text = "regBhfId",
        /// Barcode (eTIMS `bcd`).
        barcode: text = "bcd",
        /// Usual unit price, KES (eTIMS `dftPrc`).
        price: decimal = "dftPrc",
        /// Whether it is in use (eTIMS `useYn`).
        in_use: flag = "useYn",
    }

    /// One line of a customs declaration waiting to be taken into stock.
    Import [SelectImports, "itemList"] {
        /// Task number, the key for the update (eTIMS `taskCd`).
        task: key = "taskCd",
        /// Declaration date exactly as KRA wrote it (ddMMyyyy or `-1`), to be sent back unchanged (eTIMS `dclDe`).
        declared_on: text = "dclDe",
        /// Line of the declaration (eTIMS `itemSeq`).
        line: number = "itemSeq",
        /// Number of the declaration (eTIMS `dclNo`).
        declaration: text = "dclNo",
        /// Customs tariff code (eTIMS `hsCd`).
        hs_code: text = "hsCd",
        /// Description (eTIMS `itemNm`).
        name: text = "itemNm",
        /// Status, class 26 (eTIMS `imptItemsttsCd`, with a small s in answers).
        status: text = "imptItemsttsCd",
        /// Country of origin (eTIMS `orgnNatCd`).
        origin: text = "orgnNatCd",
        /// Country it was exported from (eTIMS `exptNatCd`).
        exported_from: text = "exptNatCd",
        /// Packages (eTIMS `pkg`).
        packages: decimal = "pkg",
        /// Packaging unit (eTIMS `pkgUnitCd`).
        packaging: text = "pkgUnitCd",
        /// Quantity (eTIMS `qty`).
        quantity: decimal = "qty",
        /// Customs unit, such as KGM, which is not a unit of class 10 (eTIMS `qtyUnitCd`).
        unit: text = "qtyUnitCd",
        /// Gross weight in kilograms (eTIMS `totWt`).
        gross_weight: decimal = "totWt",
        /// Net weight in kilograms (eTIMS `netWt`).
        net_weight: decimal = "netWt",
        /// Supplier; may contain a line break (eTIMS `spplrNm`).
        supplier: text = "spplrNm",
        /// Clearing agent (eTIMS `agntNm`).
        agent: text = "agntNm",
        /// Invoice amount in its currency (eTIMS `invcFcurAmt`).
        amount: decimal = "invcFcurAmt",
        /// Its currency (eTIMS `invcFcurCd`).
        currency: text = "invcFcurCd",
        /// KES for one unit of the currency (eTIMS `invcFcurExcrt`).
        exchange_rate: decimal = "invcFcurExcrt",
    }
}
