//! Reading back one recorded sale (eTIMS `selectInvoiceDetails`) and comparing it with the bytes that were sent.

use super::answer_object::AnswerObject;
use super::body::Body;
use super::{Outcome, Reply, SignedReceipt, UnreadableReceipt};
use crate::party::Seller;
use crate::submission::Comparison;
use crate::time::parse_wire_moment;

/// What KRA tells about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A record is there.
    Recorded {
        /// Its receipt, as far as it can be read.
        receipt: Result<SignedReceipt, UnreadableReceipt>,
        /// How it compares with what was sent.
        comparison: Comparison,
        /// The fields that differ, by eTIMS name.
        differing: Vec<&'static str>,
        /// The trader's own number in KRA's record (eTIMS `trdInvcNo`).
        reference: Option<String>,
    },
    /// Nothing is recorded under the number.
    NotRecorded,
    /// KRA did not say.
    Unanswered,
}

/// How the values of a field are compared.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Moment,
}

/// Fields of the header that KRA returns as they were sent. Left out are buyer names, which KRA may write its own way, and
/// the number, under which the record was looked for: an older copy of the store may have sent it under another one.
#[rustfmt::skip]
const HEADER: [(&str, Kind); 30] = [
    ("trdInvcNo", Kind::Text), ("taxRtD", Kind::Number), ("orgInvcNo", Kind::Number), ("custTin", Kind::Text),
    ("rcptTyCd", Kind::Text), ("pmtTyCd", Kind::Text), ("salesSttsCd", Kind::Text), ("cfmDt", Kind::Moment),
    ("salesDt", Kind::Text), ("totItemCnt", Kind::Number), ("totTaxblAmt", Kind::Number), ("totTaxAmt", Kind::Number),
    ("totAmt", Kind::Number), ("taxblAmtA", Kind::Number), ("taxblAmtB", Kind::Number), ("taxblAmtC", Kind::Number),
    ("taxblAmtD", Kind::Number), ("taxblAmtE", Kind::Number), ("taxAmtA", Kind::Number), ("taxAmtB", Kind::Number),
    ("taxAmtC", Kind::Number), ("taxAmtD", Kind::Number), ("taxAmtE", Kind::Number), ("rfdRsnCd", Kind::Text),
    ("rfdDt", Kind::Moment), ("salesTyCd", Kind::Text), ("taxRtA", Kind::Number), ("taxRtB", Kind::Number),
    ("taxRtC", Kind::Number), ("taxRtE", Kind::Number),
];

/// Fields of a line.
#[rustfmt::skip]
const LINE: [(&str, Kind); 9] = [
    ("itemSeq", Kind::Number), ("itemCd", Kind::Text), ("qty", Kind::Number), ("prc", Kind::Number),
    ("splyAmt", Kind::Number), ("taxTyCd", Kind::Text), ("taxblAmt", Kind::Number), ("taxAmt", Kind::Number),
    ("totAmt", Kind::Number),
];

/// The body that asks for a number. PIN and branch stand in it too, as the gateway's look-ups want it.
pub fn invoice_detail_body(seller: &Seller, invoice_number: u64) -> Vec<u8> {
    let mut body = Body::new(96);
    body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str()).integer("invcNo", invoice_number);
    body.finish()
}

impl Finding {
    /// Reads KRA's answer about `invoice_number` and compares it with the body that was sent.
    ///
    /// A field that KRA leaves out or returns as null is absent, neither equal nor different. The record is identified
    /// strongly by the trader's own number, or by date, total and lines together.
    pub fn read(reply: &Reply, sent_body: &[u8], invoice_number: u64) -> Finding {
        match reply.outcome {
            Outcome::Empty => return Finding::NotRecorded,
            Outcome::Accepted => {}
            _ => return Finding::Unanswered,
        }
        let data = reply.data.as_deref().and_then(AnswerObject::parse).unwrap_or_default();
        let sales = data.objects("salesList");
        let by_number = sales.iter().find(|sale| sale.number("invcNo") == Some(invoice_number));
        let record = match by_number.or_else(|| sales.iter().find(|sale| sale.number("invcNo").is_none())) {
            Some(record) => record.clone(),
            None if data.text("invcNo").is_some() || data.object("receipt").is_some() => data,
            None if data.has("salesList") && data.raw("salesList").is_none_or(|list| list.trim() == "[]") => {
                return Finding::NotRecorded;
            }
            None => return Finding::Unanswered,
        };
        let sent = std::str::from_utf8(sent_body).ok().and_then(AnswerObject::parse).unwrap_or_default();
        let mut seen = Seen::default();
        seen.compare_all(&HEADER, &sent, &record);
        seen.compare_lines(&sent.objects("itemList"), &record.objects("itemList"));
        Finding::Recorded {
            receipt: SignedReceipt::from_object(&record),
            comparison: seen.verdict(),
            differing: seen.differing,
            reference: record.text("trdInvcNo"),
        }
    }
}

/// What a comparison has seen.
#[derive(Default)]
struct Seen {
    equal: Vec<&'static str>,
    differing: Vec<&'static str>,
}

impl Seen {
    fn compare_all(&mut self, fields: &[(&'static str, Kind)], sent: &AnswerObject<'_>, record: &AnswerObject<'_>) {
        for (field, kind) in fields {
            match equal(*kind, sent, record, field) {
                Some(true) => self.equal.push(field),
                Some(false) => self.differing.push(field),
                None => {}
            }
        }
    }

    fn compare_lines(&mut self, sent: &[AnswerObject<'_>], record: &[AnswerObject<'_>]) {
        if record.is_empty() {
            return;
        }
        let before = self.differing.len();
        if sent.len() != record.len() {
            self.differing.push("itemList");
        }
        let mut lines = Seen::default();
        for (sent, record) in sent.iter().zip(record) {
            lines.compare_all(&LINE, sent, record);
        }
        self.differing.extend(lines.differing);
        if self.differing.len() == before && lines.equal.contains(&"itemCd") {
            self.equal.push("itemList");
        }
    }

    fn verdict(&self) -> Comparison {
        let is = |field| self.equal.contains(&field);
        if !self.differing.is_empty() {
            Comparison::Conflict
        } else if is("trdInvcNo") || (is("totAmt") && is("cfmDt") && is("itemList")) {
            Comparison::Strong
        } else {
            Comparison::Weak
        }
    }
}

/// Whether a field is the same on both sides; `None` when KRA does not say. What we sent as null and KRA fills is
/// different: our buyer had no PIN.
fn equal(kind: Kind, sent: &AnswerObject<'_>, record: &AnswerObject<'_>, field: &str) -> Option<bool> {
    let theirs = record.text(field)?;
    if !sent.has(field) {
        return None;
    }
    let Some(ours) = sent.text(field) else { return Some(false) };
    match kind {
        Kind::Text => Some(ours == theirs),
        Kind::Number => record.decimal(field).map(|theirs| sent.decimal(field) == Some(theirs)),
        Kind::Moment => parse_wire_moment(&theirs).map(|theirs| parse_wire_moment(&ours) == Some(theirs)),
    }
}
