use serde::{Deserialize, Serialize};

use super::answer_object::AnswerObject;
use crate::time::{Timestamp, parse_wire_moment};

/// What KRA's control unit hands back for an accepted sale or credit note: the proof that must be printed.
///
/// Source: reference `etims-protocol.md` §3.15, §3.16 and §4.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    /// Receipt number printed in the CU invoice number (eTIMS `curRcptNo`; VSCU `rcptNo`).
    pub receipt_number: u64,
    /// Counter over all receipt types (eTIMS `totRcptNo`); invoice details may leave it out.
    pub total_receipt_number: Option<u64>,
    /// Encrypted internal data, 26 base32 characters without dashes (eTIMS `intrlData`).
    pub internal_data: String,
    /// Signature, 16 base32 characters without dashes (eTIMS `rcptSign`).
    pub signature: String,
    /// The control unit's own clock (eTIMS `sdcDateTime`; VSCU `vsdcRcptPbctDate` or `VSCURcptPbctDate`).
    pub signed_at: Timestamp,
    /// Control unit number (eTIMS `sdcId`): answered by VSCU; on OSCU it comes from initialisation.
    #[serde(default)]
    pub sdc_id: Option<String>,
    /// Machine registration number (eTIMS `mrcNo`): answered by VSCU; on OSCU it comes from initialisation.
    #[serde(default)]
    pub mrc_no: Option<String>,
}

/// Why an answer holds no usable receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableReceipt {
    /// The text is not a JSON object.
    #[error("the answer is not a JSON object")]
    NotJson,
    /// No object with a signature was found.
    #[error("the answer carries no signature (rcptSign)")]
    NoSignature,
    /// A signature is there, but another part is missing or unreadable.
    #[error("the answer carries a signature, but {0} is missing or unreadable")]
    Field(&'static str),
}

/// Where the receipt may sit, outermost first.
const WRAPPERS: [&str; 3] = ["responseBody", "data", "receipt"];

impl SignedReceipt {
    /// Reads the receipt out of a save answer, its `data`, an invoice detail, or a bare receipt object, in the
    /// spelling of any dialect. Keys may carry blanks, numbers may be strings, dates come in both formats.
    ///
    /// # Errors
    /// [`UnreadableReceipt`] says which part is missing.
    pub fn from_json(json: &str) -> Result<SignedReceipt, UnreadableReceipt> {
        let object = AnswerObject::parse(json).ok_or(UnreadableReceipt::NotJson)?;
        SignedReceipt::from_object(&object)
    }

    pub(crate) fn from_object(object: &AnswerObject<'_>) -> Result<SignedReceipt, UnreadableReceipt> {
        let Some(signature) = object.text("rcptSign") else {
            return WRAPPERS
                .iter()
                .find_map(|key| object.object(key))
                .or_else(|| object.objects("salesList").into_iter().next())
                .ok_or(UnreadableReceipt::NoSignature)
                .and_then(|inner| SignedReceipt::from_object(&inner));
        };
        let receipt_number = object
            .number("curRcptNo")
            .or_else(|| object.number("rcptNo"))
            .ok_or(UnreadableReceipt::Field("curRcptNo"))?;
        let signed_at = object
            .text_of(&["sdcDateTime", "vsdcRcptPbctDate", "VSCURcptPbctDate"])
            .and_then(|text| parse_wire_moment(&text))
            .ok_or(UnreadableReceipt::Field("sdcDateTime"))?;
        Ok(SignedReceipt {
            receipt_number,
            total_receipt_number: object.number("totRcptNo"),
            internal_data: object.text("intrlData").ok_or(UnreadableReceipt::Field("intrlData"))?,
            signature,
            signed_at,
            sdc_id: object.text("sdcId"),
            mrc_no: object.text("mrcNo"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERNAL: &str = "EAHSAV6ECUUXSY6PCCJYAUP6MI";

    #[test]
    fn every_dialect_and_shape_is_read() {
        let save = r#"{"curRcptNo":7,"totRcptNo":9,"intrlData":"EAHSAV6ECUUXSY6PCCJYAUP6MI","rcptSign":"QUII27MATATSHFRB","sdcDateTime":"20260105101531"}"#;
        let bare = SignedReceipt::from_json(save).unwrap();
        assert_eq!((bare.receipt_number, bare.total_receipt_number), (7, Some(9)));
        assert_eq!(bare.internal_data, INTERNAL);
        assert_eq!(bare.signed_at.to_rfc3339(), "2026-01-05T10:15:31+03:00");
        for wrapped in [
            format!(r#"{{"resultCd":"000","data":{save}}}"#),
            format!(r#"{{"responseHeader":{{}},"responseBody":{{"resultCd":"000","data":{save}}}}}"#),
            format!(r#"{{"data":{{"receipt":{save}}}}}"#),
            format!(r#"{{"data":{{"salesList":[{{"custTin":null,"receipt":{save}}}]}}}}"#),
        ] {
            assert_eq!(SignedReceipt::from_json(&wrapped).as_ref(), Ok(&bare), "{wrapped}");
        }
    }

    #[test]
    fn vscu_keys_and_the_detail_date_format() {
        for date_key in ["vsdcRcptPbctDate", "VSCURcptPbctDate"] {
            let json = format!(
                r#"{{"rcptNo":"27 ","intrlData":"{INTERNAL}","rcptSign":"TQZMKL57AGBMSTPO","totRcptNo":32,
                    "{date_key}":"20211027162114","sdcId":"KRACU0100000001","mrcNo":"WIS01006230"}}"#
            );
            let receipt = SignedReceipt::from_json(&json).unwrap();
            assert_eq!((receipt.receipt_number, receipt.sdc_id.as_deref()), (27, Some("KRACU0100000001")));
        }
        let detail = format!(
            r#"{{"receipt":{{"curRcptNo":169,"rcptSign":"ABCDEFGHIJKLMNOP","intrlData":"{INTERNAL}","sdcDateTime":"2024-05-01 10:10:05.0"}}}}"#
        );
        let receipt = SignedReceipt::from_json(&detail).unwrap();
        assert_eq!(receipt.signed_at.to_rfc3339(), "2024-05-01T10:10:05+03:00");
        assert_eq!(receipt.total_receipt_number, None);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(SignedReceipt::from_json("<html>"), Err(UnreadableReceipt::NotJson));
        assert_eq!(SignedReceipt::from_json(r#"{"data":null}"#), Err(UnreadableReceipt::NoSignature));
        assert_eq!(SignedReceipt::from_json(r#"{"rcptSign":""}"#), Err(UnreadableReceipt::NoSignature));
        assert_eq!(
            SignedReceipt::from_json(r#"{"rcptSign":"ABCDEFGHIJKLMNOP"}"#),
            Err(UnreadableReceipt::Field("curRcptNo"))
        );
    }
}
