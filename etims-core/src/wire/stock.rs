//! The bodies of stock movements and balances (eTIMS `insertStockIO`, `saveStockMaster`).

use super::Dialect;
use super::body::Body;
use super::limits::{self, cut};
use crate::document::{StockBalance, StockMovement};
use crate::money::Amount;
use crate::party::Seller;
use crate::time;

/// Writes the body of a movement under a number.
pub fn stock_movement_body(movement: &StockMovement, seller: &Seller, dialect: Dialect, number: u64) -> Vec<u8> {
    let (draft, lines) = (movement.draft(), movement.lines());
    let sum = |amount: fn(&crate::document::StockLine) -> Amount| lines.iter().map(amount).sum::<Amount>();
    let mut body = Body::new(600 + 320 * lines.len());
    if dialect == Dialect::Vscu {
        body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str());
    }
    body.integer("sarNo", number)
        .integer("orgSarNo", draft.original_number)
        .text("regTyCd", "M")
        .null("custTin")
        .null("custNm")
        .null("custBhfId")
        .text("sarTyCd", draft.kind.code())
        .text("ocrnDt", &time::wire_date(draft.occurred_at))
        .integer("totItemCnt", lines.len() as u64)
        .amount("totTaxblAmt", sum(|line| line.taxable))
        .amount("totTaxAmt", sum(|line| line.tax))
        .amount("totAmt", sum(|line| line.total))
        .optional("remark", draft.remark.as_deref())
        .operator(&draft.operator.clone().unwrap_or_default())
        .list("itemList", lines.iter().enumerate(), |item, (index, line)| {
            item.integer("itemSeq", index as u64 + 1)
                .text("itemCd", &line.draft.item_code)
                .text("itemClsCd", &line.draft.classification)
                .text("itemNm", cut(&line.draft.name, limits::ITEM_NAME))
                .null("bcd")
                .text("pkgUnitCd", &line.draft.packaging)
                .quantity("pkg", line.draft.quantity)
                .text("qtyUnitCd", &line.draft.unit)
                .quantity("qty", line.draft.quantity)
                .null("itemExprDt")
                .amount("prc", Amount::rounded(line.draft.unit_price.decimal()))
                .amount("splyAmt", line.total)
                .amount("totDcAmt", Amount::ZERO)
                .amount("taxblAmt", line.taxable)
                .text("taxTyCd", line.draft.tax.code())
                .amount("taxAmt", line.tax)
                .amount("totAmt", line.total);
        });
    body.finish()
}

/// Writes the body of a balance.
pub fn stock_balance_body(balance: &StockBalance, seller: &Seller, dialect: Dialect) -> Vec<u8> {
    let mut body = Body::new(200);
    if dialect == Dialect::Vscu {
        body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str());
    }
    body.text("itemCd", balance.item_code()).quantity("rsdQty", balance.remaining()).operator(balance.operator());
    body.finish()
}
