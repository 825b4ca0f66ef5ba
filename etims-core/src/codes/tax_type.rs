use super::closed::closed_codes;

closed_codes! {
    /// The tax band of a line (eTIMS `taxTyCd`). The letters mean other things in Rwanda, Zambia and Tanzania.
    ///
    /// A band is not a rate: what B and E stand for changes with the law and differs between KRA's systems. The rate in
    /// force is a setting of the device, refreshed from KRA's code list.
    TaxType, class Some("04"), title "tax type", source "KRA OSCU specification v2.0 §4.1; live code list",
    /// Exempt: no VAT, and the seller cannot claim input tax on it.
    A = "A", "A", "Exempt";
    /// Standard rated: 16 %.
    B = "B", "B", "Standard rated VAT 16%";
    /// Zero rated, such as exports: 0 %, input tax can be claimed.
    C = "C", "C", "Zero rated";
    /// Outside VAT, and everything a seller sells who is not registered for VAT.
    D = "D", "D", "Non-VAT";
    /// The reduced rate: 8 % on direct and local systems, 0 % demanded by the gateway.
    E = "E", "E", "VAT 8%";
}

impl TaxType {
    /// The letter, as printed behind an amount.
    pub fn letter(self) -> char {
        ['A', 'B', 'C', 'D', 'E'][self as usize]
    }

    /// Place among the five bands, A = 0: for tables with one entry per band.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The designation KRA prints on receipts (eTIMS class 04 `userDfnCd2`): `A-EX`, `B-16%`, `TAX C`, `TAX D`, `E-8%`.
    ///
    /// The percentages in it are those of KRA's list; where another rate is in force, print that rate instead.
    pub fn designation(self) -> &'static str {
        ["A-EX", "B-16%", "TAX C", "TAX D", "E-8%"][self as usize]
    }
}
