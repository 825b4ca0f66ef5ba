//! Every rule with its code, sentence, fix and KRA's own text. Generates `docs/rules.md`.
//!
//! KRA's texts are quoted from reference `samples/errors/messages.json`.

use super::{Rule, Severity};

/// Declares the rules as constants and as one list.
macro_rules! rules {
    ($($name:ident = $severity:ident $code:literal: $sentence:literal, $fix:literal $(, kra $kra:literal)?;)*) => {
        $(
            #[doc = $sentence]
            pub static $name: Rule = Rule {
                code: $code,
                severity: Severity::$severity,
                sentence: $sentence,
                fix: $fix,
                kra: rules!(@kra $($kra)?),
            };
        )*

        /// Every rule, in the order of the documentation.
        pub static ALL: &[&Rule] = &[$(&$name),*];
    };
    (@kra $kra:literal) => { Some($kra) };
    (@kra) => { None };
}

rules! {
    DOC_KEY_UNKNOWN = Error "ETIMS-DOC-KEY-01": "A document has only the keys of the schema.",
        "Remove the key or correct its spelling.";
    DOC_KEY_TWICE = Error "ETIMS-DOC-KEY-02": "A key stands once in an object.",
        "Remove one of the two.";
    DOC_TYPE = Error "ETIMS-DOC-TYPE-01": "A value has the JSON type of its key.",
        "Give the type the schema names.";
    DOC_CHOICE = Error "ETIMS-DOC-CHOICE-01": "A value from a closed list is one of that list.",
        "Use one of the listed words.";
    DOC_NUMBER = Error "ETIMS-DOC-NUMBER-01": "A number is decimal digits with an optional point, at most 28 of them.",
        "Write it as a string such as \"580.00\", without exponent, grouping or blanks.";
    DOC_MOMENT = Error "ETIMS-DOC-DATE-01": "Moments are RFC 3339 with an offset, dates are yyyy-MM-dd.",
        "Add the offset, +03:00 in Kenya.";
    DOC_TEXT = Error "ETIMS-DOC-TEXT-01": "Texts have no control characters: a line break could forge a line on paper.",
        "Remove line breaks, tabs and other control characters.";
    DOC_REFERENCE = Error "ETIMS-DOC-REFERENCE-01": "A document has a reference.",
        "Give your own document number: it makes a repeated call harmless.";
    DOC_REFERENCE_LENGTH = Error "ETIMS-DOC-REFERENCE-02": "A reference has at most 50 characters; it is never cut.",
        "Shorten it.";
    DOC_KIND = Error "ETIMS-DOC-KIND-01": "A document says whether it is a sale or a credit note.",
        "Set kind to sale or credit_note. There is no debit note in Kenya: issue a sale with relates_to.";
    DOC_MODE = Error "ETIMS-DOC-MODE-01": "A proforma is a sale: there is no proforma credit note.",
        "Leave mode out, or make it a training document.";
    DOC_ISSUED_AT = Error "ETIMS-DOC-ISSUED-01": "A document says when it was issued.",
        "Set issued_at, for instance 2026-09-17T14:09:26+03:00.";
    DOC_ISSUED_AT_ODD = Warning "ETIMS-DOC-ISSUED-02": "Dates are near the day of issue: e-invoicing began on 25 September 2020, supply and exchange rate are not later and at most six months earlier, a credit is not due before.",
        "Check the till's clock and the dates.";
    DOC_YEAR = Error "ETIMS-DOC-ISSUED-03": "A document is of a year from 2000 to 2099 in Nairobi: KRA's dates have four digits for it.",
        "Correct the date.";
    DOC_LINES = Error "ETIMS-DOC-LINES-01": "A document has at least one line.",
        "Add lines, or for a credit note name the original invoice.";
    DOC_LINES_MANY = Error "ETIMS-DOC-LINES-02": "A document has at most 999 lines on the wire.",
        "Split it into several documents.";
    DOC_TOTAL = Error "ETIMS-DOC-TOTAL-01": "The total is the one the caller expects.",
        "Compare prices, discounts and the price mode with your system.";
    DOC_TOTAL_SIZE = Error "ETIMS-DOC-TOTAL-02": "Amounts have at most 16 digits before the point.",
        "Check quantities and prices.";
    DOC_TOTAL_ZERO = Warning "ETIMS-DOC-TOTAL-03": "A document is worth something.",
        "KRA may take an amount of zero for a missing one.";
    DOC_DISCOUNT = Error "ETIMS-DOC-DISCOUNT-01": "A discount has a percent or an amount.",
        "Give one of the two, or leave the discount out.";
    DOC_DISCOUNT_RANGE = Error "ETIMS-DOC-DISCOUNT-02": "A discount is a percent from 0 to 100, or whole cents and not more than the lines.",
        "Check the discount.";
    DOC_DISCOUNT_EITHER = Error "ETIMS-DOC-DISCOUNT-03": "A discount is a percent or an amount, not both.",
        "Give one of the two.";
    DOC_REMARK = Error "ETIMS-DOC-REMARK-01": "Remark, related invoice, buyer's document and exemption fit into 400 characters together; they are never cut.",
        "Shorten the remark.";
    DOC_TEXT_CUT = Warning "ETIMS-DOC-TEXT-02": "Names and messages fit into KRA's fields.",
        "KRA gets the first characters; the receipt prints them all.";
    DOC_CURRENCY = Error "ETIMS-DOC-CURRENCY-01": "A currency has a code and a rate.",
        "Give code and rate, shillings for one unit, or leave the currency out.";
    DOC_CURRENCY_CODE = Error "ETIMS-DOC-CURRENCY-02": "A currency code is three capital letters.",
        "Use the ISO 4217 code, such as USD.";
    DOC_CURRENCY_RATE = Error "ETIMS-DOC-CURRENCY-03": "An exchange rate is above zero and at most 1,000,000; that of KES is 1.",
        "Give shillings for one unit of the currency.";
    DOC_CONVENTION = Error "ETIMS-DOC-CONVENTION-01": "The amount convention is one the dialect takes: K1 on the gateway, K1 or K3 direct, any on VSCU.",
        "Change the device's convention.",
        kra "Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 100.00";
    RATES_GATEWAY = Warning "ETIMS-RATES-GATEWAY-01": "On the gateway the five rates are constants, used or not: A 0, B 16, C 0, D 0, E 0.",
        "Take the rates out of the device's settings unless KRA told you otherwise.",
        kra "Validation failed | Rule taxRtB failed: Tax rate mismatch. Expected: 16.00, Found: 0.0";
    RATES_KRA = Warning "ETIMS-RATES-KRA-01": "The device's rates are those of KRA's code list (class 04).",
        "Refresh the rates; on the gateway the constants win, whatever the list says.";
    BUYER_PIN = Error "ETIMS-BUYER-PIN-01": "A PIN is a letter, nine digits and a letter.",
        "Correct the PIN or leave it out.";
    BUYER_PIN_CHECK = Warning "ETIMS-BUYER-PIN-02": "A PIN begins with A or P and its last letter follows the others.",
        "Ask the buyer for the PIN certificate; the rule is unofficial.";
    BUYER_NAME = Error "ETIMS-BUYER-NAME-01": "A buyer with a PIN has a name.",
        "Give the name as on the PIN certificate: a credit note must repeat it.";
    BUYER_NAME_WALK_IN = Warning "ETIMS-BUYER-NAME-02": "A sale names its buyer.",
        "The device's walk-in name is sent: a sale without one can never be credited.";
    BUYER_PHONE = Error "ETIMS-BUYER-PHONE-01": "A phone number has at most 20 characters.",
        "Shorten it; it is never cut.";
    BUYER_ID = Error "ETIMS-BUYER-ID-01": "A buyer's document has a type and a number.",
        "Give both.";
    OPERATOR_ID = Error "ETIMS-OPERATOR-ID-01": "An operator's id has 1 to 20 characters; it is never cut.",
        "Shorten it, or leave it out: sdk is sent.";
    PAYMENT_SUM = Error "ETIMS-PAYMENT-SUM-01": "Payments add up to the total.",
        "Give change back before you list tenders, and list credit as a payment of its own.";
    PAYMENT_METHOD = Error "ETIMS-PAYMENT-METHOD-01": "A payment has a method.",
        "Give cash, credit, cash_credit, bank_cheque, card, mobile_money or other.";
    PAYMENT_AMOUNT = Error "ETIMS-PAYMENT-AMOUNT-01": "Every one of several payments has an amount.",
        "Give the amount; only a single payment may leave it out.";
    PAYMENT_AMOUNT_FORM = Error "ETIMS-PAYMENT-AMOUNT-02": "A payment is above zero in whole cents.",
        "Correct the amount, or leave the payment out; change and refunds are no payments.";
    PAYMENT_NONE = Warning "ETIMS-PAYMENT-NONE-01": "A sale says how it was paid.",
        "Cash is assumed.";
    LINE_ITEM_CODE = Error "ETIMS-LINE-ITEM-01": "A line has an item code.",
        "Give the code the item was registered with.";
    LINE_ITEM_CODE_FORM = Error "ETIMS-LINE-ITEM-02": "An item code has 1 to 20 printable characters; it is never cut.",
        "Give the code the item was registered with.";
    LINE_ORIGIN = Error "ETIMS-LINE-ORIGIN-01": "A country of origin is one of KRA's country codes.",
        "Use a code of class 05, KE for Kenya.";
    LINE_CLASS = Error "ETIMS-LINE-CLASS-01": "A line has an item classification.",
        "Give KRA's classification code, or register the item in the catalogue.";
    LINE_CLASS_FORM = Error "ETIMS-LINE-CLASS-02": "An item classification has 8 or 10 digits.",
        "Use a code of KRA's classification list.";
    LINE_NAME = Error "ETIMS-LINE-NAME-01": "A line has a name.",
        "Give the item's name.",
        kra "Expected a value for itemNm on item: 1 but is empty or null";
    LINE_PACKAGING = Error "ETIMS-LINE-PACKAGING-01": "A line has a packaging unit.",
        "Give a code of class 17, NT when it is not packed.";
    LINE_PACKAGING_CODE = Error "ETIMS-LINE-PACKAGING-02": "A packaging unit is one of KRA's 52 codes.",
        "Use a code of class 17, NT when it is not packed.",
        kra "The Package unit code can ony be among the following list: [JY, KZ, …]";
    LINE_UNIT = Error "ETIMS-LINE-UNIT-01": "A line has a quantity unit.",
        "Give a code of class 10, NO for pieces.";
    LINE_UNIT_CODE = Error "ETIMS-LINE-UNIT-02": "A quantity unit is one of KRA's 43 codes.",
        "Use a code of class 10; EA, PCS and XU are none, NO means pieces.",
        kra "Invalid Quantity Unit Code";
    LINE_PACKAGES = Error "ETIMS-LINE-PACKAGES-01": "A number of packages is not negative and has at most two decimals.",
        "Correct it, or leave it out: 1 is sent.";
    LINE_PACKAGES_ONE = Error "ETIMS-LINE-PACKAGES-02": "On the gateway a sale's line counts as one package.",
        "Leave packages out.",
        kra "Invalid pkg for ItemList 1. Expected: 1, Found: 2";
    LINE_QTY = Error "ETIMS-LINE-QTY-01": "A quantity is above zero, on credit notes too.",
        "Give a positive quantity; a return is a credit note.";
    LINE_QTY_PRESENT = Error "ETIMS-LINE-QTY-02": "A line has a quantity.",
        "Give the quantity.";
    LINE_QTY_SIZE = Error "ETIMS-LINE-QTY-03": "A quantity has at most 11 digits before the point and 8 after it.",
        "Check the quantity.";
    LINE_QTY_ONE = Warning "ETIMS-LINE-QTY-04": "KRA gets the quantity of a line.",
        "One unit at the line's money is sent, since the quantity rounds to 0.00 or costs less than a cent a unit: stock at KRA falls by 1.";
    LINE_PRICE = Error "ETIMS-LINE-PRICE-01": "A line has a unit price or an amount.",
        "Give unit_price, or amount for fuel and weights.";
    LINE_PRICE_RANGE = Error "ETIMS-LINE-PRICE-02": "A unit price is not negative and has at most 8 decimals.",
        "A reduction is a discount, a return is a credit note.";
    LINE_AMOUNT_RANGE = Error "ETIMS-LINE-AMOUNT-01": "An amount is not negative and has at most two decimals.",
        "A reduction is a discount, a return is a credit note.";
    LINE_AMOUNT_WINS = Warning "ETIMS-LINE-AMOUNT-02": "A line's amount is quantity times unit price.",
        "The amount counts; KRA sees a price that meets it.";
    LINE_PRICE_ZERO = Warning "ETIMS-LINE-PRICE-03": "A line is worth something.",
        "KRA may take an amount of zero for a missing one.";
    LINE_DISCOUNT = Error "ETIMS-LINE-DISCOUNT-01": "A line's discount has a percent or an amount.",
        "Give one of the two, or leave the discount out.";
    LINE_DISCOUNT_RANGE = Error "ETIMS-LINE-DISCOUNT-02": "A line's discount is a percent from 0 to 100, or whole cents and not more than the line.",
        "Check the discount.";
    LINE_DISCOUNT_EITHER = Error "ETIMS-LINE-DISCOUNT-03": "A line's discount is a percent or an amount, not both.",
        "Give one of the two.";
    LINE_TAX = Error "ETIMS-LINE-TAX-01": "A line has a tax band.",
        "Give A exempt, B 16 %, C zero-rated, D outside VAT or E reduced.";
    LINE_TAX_RATE = Error "ETIMS-LINE-TAX-02": "A line in band E is not sent while the band's rate is 0 %.",
        "Set the rate in force, or allow it in the device's settings.",
        kra "Rule taxRtE failed: Tax rate mismatch. Expected: 0.00, Found: 8";
    LINE_TAX_SELLER = Error "ETIMS-LINE-TAX-03": "A seller who is not registered for VAT sells in band D only.",
        "Set the line's tax to D, or correct the device's settings.";
    LINE_TAX_DATE = Warning "ETIMS-LINE-TAX-04": "A band's rate is the one in force on the day of supply.",
        "Check the date, the band and the device's rates; see the dated schedule in docs/rules.md.";
    LINE_BARCODE = Error "ETIMS-LINE-BARCODE-01": "A barcode has at most 20 characters; it is never cut.",
        "Leave it out or correct it.";
    LINE_INSURANCE = Error "ETIMS-LINE-INSURANCE-01": "An insurer's share has a code, a name and a rate.",
        "Give all three, or leave the insurance out.";
    LINE_INSURANCE_CODE = Error "ETIMS-LINE-INSURANCE-02": "An insurer's code has at most 10 printable characters; it is never cut.",
        "Give the code the insurer was registered with.";
    LINE_INSURANCE_RATE = Error "ETIMS-LINE-INSURANCE-03": "An insurer's rate is a whole percent from 0 to 100.",
        "Round the rate and give the share as an amount.";
    LINE_INSURANCE_AMOUNT = Error "ETIMS-LINE-INSURANCE-04": "An insurer's share is whole cents and not more than the line.",
        "Correct the share, or leave it out: it is computed from the rate.";
    CREDIT_ORIGINAL = Error "ETIMS-CREDIT-ORIGINAL-01": "A credit note names the sale it credits.",
        "Set credit.original.reference, or invoice_number, cu_invoice_number and issued_at of a sale this device's store does not know.",
        kra "orgInvcNo does not exist. Please update the field and try again";
    CREDIT_ORIGINAL_CU = Error "ETIMS-CREDIT-ORIGINAL-02": "The original's CU invoice number is the SCU id, a slash and the receipt number.",
        "Copy it from the receipt, such as KRACU0400000001/41.";
    CREDIT_ORIGINAL_UNKNOWN = Error "ETIMS-CREDIT-ORIGINAL-03": "The original is a signed sale this device knows, or is named whole.",
        "Wait until the sale is signed, or give its numbers, date and buyer with lines of the note's own.";
    CREDIT_UNEXPECTED = Error "ETIMS-CREDIT-KIND-01": "Only a credit note has credit; it credits a sale.",
        "Set kind to credit_note, or remove credit.";
    CREDIT_REASON = Error "ETIMS-CREDIT-REASON-01": "A credit note has a reason.",
        "Give a code 01 to 13, 06 for a refund.",
        kra "Invalid RfdRsnCd";
    CREDIT_NOTE_TEXT = Warning "ETIMS-CREDIT-NOTE-01": "A credit note is justified in words.",
        "KRA asks for a log with reason and justification: fill credit.note.";
    CREDIT_LINE = Error "ETIMS-CREDIT-LINE-01": "A credited line is one of the original's, named once.",
        "Count the original's lines from 1; lines of the note's own carry an item and a band of the original.";
    CREDIT_LINE_FORM = Error "ETIMS-CREDIT-LINE-02": "A credited line has a quantity or an amount in whole cents, above zero, not both.",
        "Give one of the two, or none for the rest of the line.";
    CREDIT_TOO_MUCH = Error "ETIMS-CREDIT-LINE-03": "No more is credited than the original and earlier credit notes leave.",
        "Credit what is left.";
    CREDIT_LINES_TWICE = Error "ETIMS-CREDIT-LINE-04": "A credit note takes its lines from the original or brings its own, not both.",
        "Remove lines, or name the original whole.";
    CREDIT_NOTHING_LEFT = Error "ETIMS-CREDIT-LINE-05": "Something of the original is left to credit.",
        "Look at the earlier credit notes of this sale.";
    CREDIT_LINE_NUMBER = Error "ETIMS-CREDIT-LINE-06": "A credited line says which line of the original it is.",
        "Set line, counted from 1.";
    CREDIT_MONEY = Error "ETIMS-CREDIT-MONEY-01": "A credit note that takes its lines from the original has no currency and no discount of its own.",
        "Leave them out: the original's are in its amounts.";
    CREDIT_BUYER = Error "ETIMS-CREDIT-BUYER-01": "A credit note repeats the original's buyer name and PIN.",
        "Leave the buyer out: the original's is sent.";
    CREDIT_DATE = Error "ETIMS-CREDIT-DATE-01": "A credit note is not issued before its original.",
        "Check both dates.";
    CREDIT_LATE = Warning "ETIMS-CREDIT-DATE-02": "A credit note is issued within six months of its original.",
        "VAT Act 2013, section 16(2): ask your tax adviser.";
    CREDIT_THIRD = Warning "ETIMS-CREDIT-COUNT-01": "A sale seldom has more than two credit notes.",
        "Check that this one is not a repetition.";
    ITEM_CODE_FORM = Error "ETIMS-ITEM-CODE-01": "On the gateway an item code is made of country, type, packaging, unit and a running number.",
        "Let the SDK build it: two-letter packaging and unit codes only, else register under NT and NO.",
        kra "The ItemCd isn't made up of correct QtyUnitCd";
    ITEM_CODE_PACKAGING = Error "ETIMS-ITEM-CODE-02": "On the gateway the packaging inside an item code is the item's packaging.",
        "Make them equal.",
        kra "Incorrect Packaging Unit Prefix";
    ITEM_CODE_UNIT = Error "ETIMS-ITEM-CODE-03": "On the gateway the unit inside an item code is the item's unit and has two characters.",
        "Make them equal, or register under NO.",
        kra "Incorrect QtyUnitCd Prefix";
    ITEM_ORIGIN = Error "ETIMS-ITEM-ORIGIN-01": "An item has a country of origin.",
        "Give one, KE for Kenya.",
        kra "orgnNatCd cannot be null";
    ITEM_TYPE = Error "ETIMS-ITEM-TYPE-01": "An item is goods, a service or raw material.",
        "Set item_type to goods, service or raw_material.";
    ITEM_PRICE = Error "ETIMS-ITEM-PRICE-01": "An item has a usual price.",
        "Give the price of one, VAT inside.";
    ITEM_PRICE_RANGE = Error "ETIMS-ITEM-PRICE-02": "A usual price is not negative and has at most two decimals.",
        "Correct the price.";
    STOCK_KIND = Error "ETIMS-STOCK-KIND-01": "A movement says why goods came or went.",
        "Set kind, such as purchase, adjustment_in, sale or discarding.";
    STOCK_OCCURRED = Error "ETIMS-STOCK-DATE-01": "A movement says when goods came or went.",
        "Set occurred_at, not later than KRA's clock.";
    STOCK_LINES = Error "ETIMS-STOCK-LINES-01": "A movement has at least one line.",
        "Add lines.";
    STOCK_PRICE = Error "ETIMS-STOCK-PRICE-01": "A moved item has a unit price.",
        "Give the price of one, VAT inside.",
        kra "Expected a value for totAmt on item: 1 but it is empty or null";
    STOCK_PRICE_RANGE = Error "ETIMS-STOCK-PRICE-02": "A price in a movement is not negative and has at most 13 digits before the point and two after it.",
        "Correct the price; the direction is in the movement's kind.";
    STOCK_AMOUNT = Error "ETIMS-STOCK-PRICE-03": "On the gateway a movement is worth something: an amount of zero counts as a missing one.",
        "Give unit prices above zero.",
        kra "Expected a value for totAmt... but it is empty or null";
    STOCK_QTY = Error "ETIMS-STOCK-QTY-01": "A moved quantity is above zero, with at most 11 digits before the point and two after it.",
        "Correct the quantity; the direction is in the movement's kind.";
    STOCK_BALANCE = Error "ETIMS-STOCK-BALANCE-01": "A balance is not negative, with at most 11 digits before the point and two after it.",
        "Report what KRA's ledger says: the sum of the movements.";
}
