//! Branches, their customers, and what can be read about taxpayers.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Verdict};
use crate::kra::device::{branch_name, head_office};
use crate::kra::event::Event;
use crate::kra::item::since;
use crate::seed;

/// Branches that the sandbox lists besides the registered ones (one integration's report).
const PLACEHOLDERS: [&str; 2] = ["00", "01"];
const PLACEHOLDER_OPENED: &str = "20250101000000";

impl Kra {
    pub(super) fn save_customer(&self, call: &Call<'_>) -> Verdict {
        Verdict::saved(Event::CustomerSaved {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            number: call.body.get("custNo").text().unwrap_or_default().to_owned(),
            at: call.now,
            document: call.text.to_owned(),
        })
    }

    pub(super) fn customer_list(&self, call: &Call<'_>) -> Verdict {
        let customers = self.branch(call.pin, call.branch).into_iter().flat_map(|branch| branch.customers.values());
        let rows = customers.filter(|(at, _)| at.compact().as_str() > since(call)).map(|(_, document)| {
            let saved = Json::parse(document).unwrap_or(Json::Null);
            Json::object(["custNo", "custTin", "custNm"].map(|key| (key, saved.get(key).clone())))
        });
        Verdict::rows("custList", rows.collect())
    }

    pub(super) fn branch_list(&self, call: &Call<'_>) -> Verdict {
        let placeholders = PLACEHOLDERS.map(|id| (id.to_owned(), PLACEHOLDER_OPENED.to_owned()));
        let mut branches: BTreeMap<String, String> = placeholders.into_iter().collect();
        for (id, branch) in self.taxpayer(call.pin).into_iter().flat_map(|taxpayer| &taxpayer.branches) {
            if let Some(opened) = branch.opened_at {
                branches.insert(id.clone(), opened.compact());
            }
        }
        let rows = branches.into_iter().filter(|(_, opened)| opened.as_str() > since(call)).map(|(id, _)| {
            Json::object([
                ("tin", call.pin.into()),
                ("bhfId", id.as_str().into()),
                ("bhfNm", branch_name(&id).into()),
                ("bhfSttsCd", "01".into()),
                ("prvncNm", "Nairobi".into()),
                ("dstrtNm", "Westlands District".into()),
                ("sctrNm", "Westlands".into()),
                ("locDesc", Json::Null),
                ("mgrNm", "EXAMPLE".into()),
                ("mgrTelNo", "0700000000".into()),
                ("mgrEmail", "manager@example.com".into()),
                ("hqYn", head_office(&id).into()),
            ])
        });
        Verdict::rows("bhfList", rows.collect())
    }

    /// A PIN that has a device here or is among the seeded taxpayers.
    pub(super) fn customer_look_up(&self, call: &Call<'_>) -> Verdict {
        let pin = call.body.get("custmTin").text().unwrap_or_default();
        let seeded = seed::TAXPAYERS.rows().iter().find(|row| row.get("tin").text() == Some(pin));
        let has_device = self.taxpayer(pin).is_some_and(|taxpayer| !taxpayer.branches.is_empty());
        let status = seeded.and_then(|row| row.get("taxprSttsCd").text()).or(has_device.then_some("A"));
        let row = status.map(|status| {
            Json::object([
                ("tin", pin.into()),
                ("taxprNm", Kra::name_of(pin).into()),
                ("taxprSttsCd", status.into()),
                ("prvncNm", "NAIROBI CITY".into()),
                ("dstrtNm", "WESTLANDS".into()),
                ("sctrNm", "PARKLANDS".into()),
                ("locDesc", Json::Null),
            ])
        });
        Verdict::rows("custList", row.into_iter().collect())
    }

    pub(super) fn taxpayer_info(&self, call: &Call<'_>) -> Verdict {
        let data = Json::object([("taxprNm", Kra::name_of(call.pin).into())]);
        Verdict { data: Some(data), events: Vec::new() }
    }
}
