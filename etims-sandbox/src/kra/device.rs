//! Initialisation: once per device.

use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::Event;
use crate::rule;

impl Kra {
    pub(super) fn initialise(&self, call: &Call<'_>) -> Decision {
        let tin = match call.body.get("tin") {
            Json::Null => return Err(rule::TIN_MISSING.refuse(&[])),
            value => value.filled().ok_or_else(|| rule::TIN_EMPTY.refuse(&[]))?,
        };
        if !is_pin(tin) {
            return Err(rule::TIN_MALFORMED.refuse(&[("found", tin)]));
        }
        let missing = |field: &str| rule::FIELD_MISSING.refuse(&[("field", field)]);
        let branch = call.body.get("bhfId").filled().ok_or_else(|| missing("bhfId"))?;
        let serial = call.body.get("dvcSrlNo").filled().ok_or_else(|| missing("dvcSrlNo"))?;
        if branch.len() != 2 || !branch.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(rule::FIELD_TYPE.refuse(&[("field", "bhfId"), ("problem", "must be two digits")]));
        }
        if serial.chars().count() > 100 {
            let problem = [("field", "dvcSrlNo"), ("problem", "size must be between 0 and 100")];
            return Err(rule::FIELD_LENGTH.refuse(&problem));
        }
        let vscu = call.dialect == crate::Dialect::Vscu;
        let triple = (tin.to_owned(), branch.to_owned(), serial.to_owned());
        if let Some(&index) = self.by_serial.get(&triple) {
            return self.initialise_again(index, vscu);
        }
        let event = Event::Initialised { pin: triple.0, branch: triple.1, serial: triple.2, vscu, at: call.now };
        Ok(Verdict { data: Some(Json::Null), events: vec![event] })
    }

    /// A refusal that changes something: the row that KRA adds travels beside it, see [`Kra::rows_added`].
    fn initialise_again(&self, index: usize, vscu: bool) -> Decision {
        let device = &self.devices[index];
        if device.vscu != vscu {
            let expected = if vscu { "VSCU" } else { "OSCU" };
            return Err(rule::DEVICE_KIND.refuse(&[("expected", expected)]));
        }
        if device.rows == 1 {
            return Err(rule::DEVICE_INSTALLED.refuse(&[]));
        }
        Err(rule::DEVICE_DUPLICATED.refuse(&[("rows", &device.rows.to_string())]))
    }

    /// KRA's fault: a repeated initialisation leaves a further row although it was refused.
    pub(crate) fn rows_added(&self, body: &Json) -> Option<Event> {
        let part = |name: &str| body.get(name).filled().unwrap_or_default().to_owned();
        let device = *self.by_serial.get(&(part("tin"), part("bhfId"), part("dvcSrlNo")))?;
        Some(Event::Duplicated { device })
    }

    /// `data` of the first initialisation.
    pub(crate) fn device_info(&self, body: &Json) -> Option<Json> {
        let part = |name: &str| body.get(name).filled().unwrap_or_default().to_owned();
        let index = *self.by_serial.get(&(part("tin"), part("bhfId"), part("dvcSrlNo")))?;
        let device = &self.devices[index];
        let opened = self.branch(&device.pin, &device.branch).and_then(|branch| branch.opened_at);
        let opened = opened.map(|at| at.compact()[..8].to_owned());
        let info = Json::object([
            ("tin", device.pin.as_ref().into()),
            ("taxprNm", Kra::name_of(&device.pin).into()),
            ("bsnsActv", Json::Null),
            ("bhfId", device.branch.as_ref().into()),
            ("bhfNm", branch_name(&device.branch).into()),
            ("bhfOpenDt", opened.as_deref().into()),
            ("prvncNm", "NAIROBI CITY".into()),
            ("dstrtNm", "WESTLANDS".into()),
            ("sctrNm", "WESTLANDS".into()),
            ("locDesc", Json::Null),
            ("hqYn", head_office(&device.branch).into()),
            ("mgrNm", "EXAMPLE".into()),
            ("mgrTelNo", "0700000000".into()),
            ("mgrEmail", "manager@example.com".into()),
            ("dvcId", format!("{:06}", 450_000 + index + 1).into()),
            ("sdcId", device.sdc_id.as_ref().into()),
            ("mrcNo", device.machine_number.as_str().into()),
            ("cmcKey", device.key.as_str().into()),
        ]);
        Some(Json::object([("info", info)]))
    }
}

pub(super) fn branch_name(branch: &str) -> String {
    if branch == "00" { "Headquarter".to_owned() } else { format!("Branch {branch}") }
}

pub(super) fn head_office(branch: &str) -> &'static str {
    if branch == "00" { "Y" } else { "N" }
}

/// A letter, nine digits, a letter.
pub(crate) fn is_pin(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes[0].is_ascii_uppercase()
        && bytes[1..10].iter().all(u8::is_ascii_digit)
        && bytes[10].is_ascii_uppercase()
}
