//! The body of an item registration (eTIMS `saveItem`).

use super::Dialect;
use super::body::Body;
use super::limits::{self, cut};
use crate::document::Item;
use crate::party::Seller;

/// Writes the body that registers or changes an item.
pub fn item_body(item: &Item, seller: &Seller, dialect: Dialect) -> Vec<u8> {
    let draft = item.draft();
    let mut body = Body::new(700);
    if dialect == Dialect::Vscu {
        body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str());
    }
    body.text("itemCd", &draft.code)
        .text("itemClsCd", &draft.classification)
        .text("itemTyCd", draft.item_type.code())
        .text("itemNm", cut(&draft.name, limits::ITEM_NAME))
        .null("itemStdNm")
        .text("orgnNatCd", &draft.origin)
        .text("pkgUnitCd", &draft.packaging)
        .text("qtyUnitCd", &draft.unit)
        .text("taxTyCd", draft.tax.code())
        .null("btchNo")
        .optional("bcd", draft.barcode.as_deref())
        .amount("dftPrc", item.price());
    for group in ["grpPrcL1", "grpPrcL2", "grpPrcL3", "grpPrcL4", "grpPrcL5"] {
        body.null(group);
    }
    body.null("addInfo")
        .null("sftyQty")
        .text("isrcAplcbYn", "N")
        .text("useYn", "Y")
        .operator(&draft.operator.clone().unwrap_or_default());
    body.finish()
}
