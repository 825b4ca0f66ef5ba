//! Imports: customs lines that wait to be approved.

use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::Event;
use crate::kra::item::since;
use crate::rule;
use crate::seed::IMPORTS;

impl Kra {
    pub(super) fn import_list(&self, call: &Call<'_>) -> Verdict {
        let since = since(call);
        let updates = self.taxpayer(call.pin).map(|taxpayer| &taxpayer.imports);
        let rows = IMPORTS.rows().iter().filter_map(|row| {
            let (task, line) = (row.get("taskCd").text()?, row.get("itemSeq").whole()?);
            let update = updates.and_then(|updates| updates.get(&(task.to_owned(), line)));
            let changed = update.map_or_else(|| IMPORTS.registered.clone(), |(_, at)| at.compact());
            let mut row = row.clone();
            if let Some((status, _)) = update {
                row.set("imptItemsttsCd", status.as_str().into());
            }
            (changed.as_str() > since).then_some(row)
        });
        Verdict::rows("itemList", rows.collect())
    }

    pub(super) fn update_import(&self, call: &Call<'_>) -> Decision {
        let text = |name: &str| call.body.get(name).text().unwrap_or_default();
        let status = text("imptItemSttsCd");
        if !["3", "4"].contains(&status) {
            return Err(rule::IMPORT_STATUS.refuse(&[("found", status)]));
        }
        let (task, line) = (text("taskCd"), call.body.get("itemSeq").whole().unwrap_or_default());
        let same = |row: &&Json| {
            row.get("taskCd").text() == Some(task)
                && row.get("itemSeq").whole() == Some(line)
                && row.get("dclDe").text() == Some(text("dclDe"))
        };
        if !IMPORTS.rows().iter().any(|row| same(&row)) {
            return Err(rule::IMPORT_TASK.refuse(&[("found", task)]));
        }
        if call.is_strict() {
            if status == "3" && call.body.get("remark").filled().is_none() {
                return Err(rule::IMPORT_REMARK.refuse(&[]));
            }
            if self.item(call.pin, text("itemCd")).is_none() {
                return Err(rule::IMPORT_ITEM.refuse(&[("code", text("itemCd"))]));
            }
        }
        Ok(Verdict::saved(Event::ImportUpdated {
            pin: call.pin.to_owned(),
            task: task.to_owned(),
            line,
            status: status.to_owned(),
            at: call.now,
        }))
    }
}
