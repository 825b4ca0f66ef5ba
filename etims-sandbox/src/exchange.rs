//! One request as it came and one answer as it goes, without sockets.

use axum::http::HeaderMap;

/// What a client sent.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Exchange<'_> {
    /// A header's value; `None` when it is absent, blank or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?.to_str().ok()?.trim();
        (!value.is_empty()).then_some(value)
    }
}

/// What goes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: String) -> Answer {
        Answer { status, content_type: "application/json", body }
    }

    pub(crate) fn html(status: u16, body: String) -> Answer {
        Answer { status, content_type: "text/html; charset=utf-8", body }
    }
}
