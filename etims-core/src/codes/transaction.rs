use super::closed::closed_codes;

closed_codes! {
    /// What a document is worth (eTIMS `salesTyCd`, `pchsTyCd`). Only [`TransactionType::Normal`] is ever sent; the others
    /// are labels on paper.
    TransactionType, class Some("14"), title "transaction type", source "KRA OSCU specification v2.0 §4.9",
    /// A repeated print of a receipt.
    Copy = "C", "copy", "Copy";
    /// A tax document.
    Normal = "N", "normal", "Normal";
    /// An offer: printed, not signed.
    Proforma = "P", "proforma", "Proforma";
    /// An exercise: printed, not signed.
    Training = "T", "training", "Training";
}

closed_codes! {
    /// Kind of a sales document (eTIMS `rcptTyCd` of sales). There is no debit note in Kenya.
    ReceiptType, class Some("37"), title "sales receipt type", source "KRA OSCU specification v2.0 §4.10",
    /// An invoice.
    Sale = "S", "sale", "Sale";
    /// A credit note to an earlier invoice.
    CreditNote = "R", "credit_note", "Credit Note after Sale";
}

closed_codes! {
    /// Kind of a purchase document (eTIMS `rcptTyCd` of purchases).
    PurchaseReceiptType, class Some("38"), title "purchase receipt type", source "KRA OSCU specification v2.0 §4.14",
    /// A supplier's invoice.
    Purchase = "P", "purchase", "Purchase";
    /// A supplier's credit note.
    CreditNote = "R", "credit_note", "Credit Note after Purchase";
}

closed_codes! {
    /// Who brought a record into being (eTIMS `regTyCd`).
    RegistrationType, class Some("31"), title "registration type", source "KRA OSCU specification v2.0 §4.13",
    /// Confirmed from KRA's own list, or made by the system.
    Automatic = "A", "automatic", "Automatic";
    /// Keyed in by hand.
    Manual = "M", "manual", "Manual";
}

closed_codes! {
    /// How far a sale has got (eTIMS `salesSttsCd`). Sales and credit notes are sent as [`TransactionProgress::Approved`].
    TransactionProgress, class Some("11"), title "transaction progress", source "KRA OSCU specification v2.0 §4.12; live code list",
    /// Waits for approval.
    WaitingForApproval = "01", "waiting_for_approval", "Wait for Approval";
    /// Approved.
    Approved = "02", "approved", "Approved";
    /// Somebody asked to cancel it.
    CancelRequested = "03", "cancel_requested", "Cancel Requested";
    /// Cancelled.
    Cancelled = "04", "cancelled", "Canceled";
    /// A credit note was written (KRA's live list says "Refunded").
    Credited = "05", "credited", "Credit Note Generated";
    /// Transferred.
    Transferred = "06", "transferred", "Transferred";
}

closed_codes! {
    /// How far a purchase has got (eTIMS `pchsSttsCd`).
    PurchaseStatus, class Some("34"), title "purchase status", source "live code list",
    /// Waits for approval.
    WaitingForApproval = "01", "waiting_for_approval", "Wait for Approval";
    /// Confirmed by the buyer.
    Approved = "02", "approved", "Approved";
    /// Somebody asked to cancel it.
    CancelRequested = "03", "cancel_requested", "Cancel Requested";
    /// Cancelled, which is how a buyer rejects it.
    Cancelled = "04", "cancelled", "Canceled";
    /// Refunded.
    Refunded = "05", "refunded", "Refunded";
    /// Transferred.
    Transferred = "06", "transferred", "Transferred";
}
