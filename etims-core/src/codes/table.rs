use std::borrow::Cow;

/// One row of a code table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CodeRow {
    /// What goes over the wire.
    pub code: &'static str,
    /// How our own documents write it: the code itself, or a word where the code says little.
    pub word: &'static str,
    /// What it stands for, in KRA's words.
    pub name: &'static str,
}

impl CodeRow {
    /// A row whose code is also its word.
    pub(super) const fn new(code: &'static str, name: &'static str) -> CodeRow {
        CodeRow { code, word: code, name }
    }
}

/// A code table as KRA publishes it (eTIMS `selectCodeList`), with the document it was taken from.
#[derive(Debug)]
pub struct CodeTable {
    class: Option<&'static str>,
    title: &'static str,
    source: &'static str,
    rows: Cow<'static, [CodeRow]>,
    /// Sort keys of the rows, for long tables.
    keys: Vec<u64>,
}

impl CodeTable {
    pub(super) const fn new(
        class: Option<&'static str>,
        title: &'static str,
        source: &'static str,
        rows: Cow<'static, [CodeRow]>,
    ) -> CodeTable {
        CodeTable { class, title, source, rows, keys: Vec::new() }
    }

    /// Reads a data file: `code TAB name` per line, remarks after `#`, one of them `# source: …`.
    pub(super) fn from_tsv(class: Option<&'static str>, title: &'static str, text: &'static str) -> CodeTable {
        let source =
            text.lines().find_map(|line| line.strip_prefix("# source: ")).expect("a code file names its source");
        let mut rows: Vec<CodeRow> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once('\t').expect("a row of a code file is `code TAB name`"))
            .map(|(code, name)| CodeRow::new(code, name))
            .collect();
        let key_of = |row: &CodeRow| key(row.code).expect("a code of a code file has at most eight characters");
        rows.sort_unstable_by_key(key_of);
        let keys = rows.iter().map(key_of).collect();
        CodeTable { keys, ..CodeTable::new(class, title, source, Cow::Owned(rows)) }
    }

    /// KRA's number of the table (eTIMS `cdCls`); `None` for lists that are not part of `selectCodeList`.
    pub fn class(&self) -> Option<&'static str> {
        self.class
    }

    /// What the codes stand for, such as "packaging unit".
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Where the rows were taken from.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// All rows; long tables are sorted by code.
    pub fn rows(&self) -> &[CodeRow] {
        &self.rows
    }

    /// The row of a long table with this code, capital and small letters being the same.
    pub(super) fn sorted_row(&self, code: &str) -> Option<&CodeRow> {
        let index = self.keys.binary_search(&key(code)?).ok()?;
        // A zero byte at the end of the text is not part of its key.
        Some(&self.rows[index]).filter(|row| row.code.len() == code.len())
    }

    /// The rows a person may mean by this text, best first: the code itself, names that begin with the text, names that
    /// contain it. Capital and small letters are the same; an empty text finds nothing.
    pub fn search<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a CodeRow> {
        let text = text.trim();
        let rows: &'a [CodeRow] = if text.is_empty() { &[] } else { &self.rows };
        let rank = move |row: &CodeRow| {
            if row.code.eq_ignore_ascii_case(text) { Some(0) } else { name_rank(row.name, text) }
        };
        (0..=2).flat_map(move |wanted| rows.iter().filter(move |row| rank(row) == Some(wanted)))
    }
}

/// 1 when the name begins with the text, 2 when it contains it.
fn name_rank(name: &str, text: &str) -> Option<u8> {
    let place = name.as_bytes().windows(text.len()).position(|part| part.eq_ignore_ascii_case(text.as_bytes()))?;
    Some(if place == 0 { 1 } else { 2 })
}

/// A code of up to eight characters as one number that sorts like the code in capitals: looking a code up is part of
/// checking every invoice line.
fn key(code: &str) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..code.len())?.copy_from_slice(code.as_bytes());
    bytes.make_ascii_uppercase();
    Some(u64::from_be_bytes(bytes))
}
