use super::row::{kind, read, rows};

rows! {
    /// A taxpayer looked up by PIN: a buyer before invoicing.
    Customer [SelectCustomer, "custList"] {
        /// PIN (eTIMS `tin`).
        pin: key = "tin",
        /// Registered name (eTIMS `taxprNm`).
        name: text = "taxprNm",
        /// A active, D inactive (eTIMS `taxprSttsCd`).
        status: text = "taxprSttsCd",
        /// County (eTIMS `prvncNm`).
        county: text = "prvncNm",
        /// Sub-county (eTIMS `dstrtNm`).
        sub_county: text = "dstrtNm",
        /// Tax locality (eTIMS `sctrNm`).
        locality: text = "sctrNm",
        /// Address in words (eTIMS `locDesc`).
        location: text = "locDesc",
    }

    /// A branch of the own business.
    Branch [SelectBranches, "bhfList"] {
        /// Branch, two digits (eTIMS `bhfId`).
        branch: key = "bhfId",
        /// PIN (eTIMS `tin`).
        pin: pin = "tin",
        /// Its name (eTIMS `bhfNm`).
        name: text = "bhfNm",
        /// 01 open, 02 closed (eTIMS `bhfSttsCd`).
        status: text = "bhfSttsCd",
        /// County (eTIMS `prvncNm`).
        county: text = "prvncNm",
        /// Sub-county (eTIMS `dstrtNm`).
        sub_county: text = "dstrtNm",
        /// Tax locality (eTIMS `sctrNm`).
        locality: text = "sctrNm",
        /// Address in words (eTIMS `locDesc`).
        location: text = "locDesc",
        /// Manager (eTIMS `mgrNm`).
        manager: text = "mgrNm",
        /// The manager's phone (eTIMS `mgrTelNo`).
        phone: text = "mgrTelNo",
        /// The manager's address (eTIMS `mgrEmail`).
        email: text = "mgrEmail",
        /// Whether it is the head office (eTIMS `hqYn`).
        head_office: flag = "hqYn",
    }

    /// A customer that this branch has recorded at KRA.
    BranchCustomer [SelectCustomers, "custList"] {
        /// Own customer number (eTIMS `custNo`).
        number: key = "custNo",
        /// PIN (eTIMS `custTin`).
        pin: pin = "custTin",
        /// Name (eTIMS `custNm`).
        name: text = "custNm",
    }

    /// The own taxpayer record. Only its name has been seen.
    Taxpayer [SelectTaxpayer, ""] {
        /// Registered name (eTIMS `taxprNm`).
        name: key = "taxprNm",
        /// 1 registered for VAT, 2 not (eTIMS `vatTyCd`).
        vat_type: text = "vatTyCd",
    }
}
