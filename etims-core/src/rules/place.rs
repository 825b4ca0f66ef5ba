/// An object of the caller's document: names the paths of its keys, which are only written out for what is found wrong.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// The document itself.
    Document,
    /// An object such as `buyer`.
    Object(&'static str),
    /// An entry of a list such as `lines`, counted from 0.
    Entry(&'static str, usize),
    /// An object of an entry, such as `insurance` of a line.
    Within(&'static str, usize, &'static str),
}

impl Place {
    /// The path of a key.
    pub(crate) fn key(self, key: &str) -> String {
        match self {
            Place::Document => key.to_owned(),
            _ => format!("{}.{key}", self.path()),
        }
    }

    /// The path of the object itself; empty for the document.
    pub(crate) fn path(self) -> String {
        match self {
            Place::Document => String::new(),
            Place::Object(object) => object.to_owned(),
            Place::Entry(list, index) => format!("{list}[{index}]"),
            Place::Within(list, index, object) => format!("{list}[{index}].{object}"),
        }
    }
}
