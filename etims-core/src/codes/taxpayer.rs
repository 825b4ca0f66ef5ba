use super::closed::closed_codes;

closed_codes! {
    /// Whether a taxpayer is active (eTIMS `taxprSttsCd`).
    TaxpayerStatus, class Some("15"), title "taxpayer status", source "KRA OSCU specification v2.0 §4.2",
    /// In business.
    Active = "A", "active", "Active";
    /// No longer registered.
    Inactive = "D", "inactive", "Inactive";
}

closed_codes! {
    /// Whether a branch is open (eTIMS `bhfSttsCd`).
    BranchStatus, class Some("09"), title "branch status", source "live code list",
    /// Trading.
    Open = "01", "open", "Open";
    /// Closed.
    Closed = "02", "closed", "Closed";
}

closed_codes! {
    /// Whether a taxpayer is registered for VAT (eTIMS `vatTyCd` of older initialisation answers). A seller who is not
    /// sends tax type D only.
    VatStatus, class None, title "VAT registration", source "KRA's desktop client",
    /// Registered for VAT.
    Registered = "1", "registered", "VAT registered";
    /// Not registered for VAT.
    NotRegistered = "2", "not_registered", "NON-VAT";
}

closed_codes! {
    /// Languages of KRA's system. In KRA's live list only; no call carries it.
    Locale, class Some("48"), title "locale", source "live code list",
    /// English.
    English = "en_GB", "en_GB", "English";
    /// Kiswahili.
    Kiswahili = "en_sw", "en_sw", "Kiswahili";
    /// French.
    French = "fr_FR", "fr_FR", "French";
    /// Korean; the name is unreadable in KRA's own list.
    Korean = "ko_KR", "ko_KR", "???";
}
