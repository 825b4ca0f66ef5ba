//! Characters of a thermal printer.

use std::borrow::Cow;

use deunicode::deunicode_with_tofu;

/// The characters a printer has. What it lacks is written with those it has: `é` as `e`, `€` as `EUR`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodePage {
    /// Plain ASCII: right on every printer.
    #[default]
    Ascii,
    /// Windows-1252, page 16 on Epson's numbering: Western European letters.
    Windows1252,
}

/// Windows-1252 from 0x80 to 0x9F; blanks are not assigned.
const WINDOWS_1252: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

impl CodePage {
    /// The number for `ESC t`.
    pub(super) fn select(self) -> Option<u8> {
        match self {
            CodePage::Ascii => None,
            CodePage::Windows1252 => Some(16),
        }
    }

    fn byte(self, character: char) -> Option<u8> {
        match (self, character) {
            (_, ' '..='~') => u8::try_from(character).ok(),
            // The soft hyphen takes no column in the layout and one on paper.
            (CodePage::Windows1252, '\u{ad}') => None,
            (CodePage::Windows1252, '\u{a0}'..='\u{ff}') => u8::try_from(u32::from(character)).ok(),
            (CodePage::Windows1252, _) => {
                let place = WINDOWS_1252.iter().position(|known| *known == character)?;
                u8::try_from(0x80 + place).ok()
            }
            (CodePage::Ascii, _) => None,
        }
    }

    /// The text in characters the printer has, each one column wide.
    pub(super) fn safe(self, text: &str) -> Cow<'_, str> {
        if text.chars().all(|character| self.byte(character).is_some()) {
            return Cow::Borrowed(text);
        }
        let mut safe = String::with_capacity(text.len());
        for character in text.chars() {
            match self.byte(character) {
                Some(_) => safe.push(character),
                None => safe.push_str(&deunicode_with_tofu(character.encode_utf8(&mut [0; 4]), "?")),
            }
        }
        Cow::Owned(safe)
    }

    /// Appends safe text; anything else becomes a question mark, so that no text can hold a command.
    pub(super) fn encode(self, text: &str, bytes: &mut Vec<u8>) {
        bytes.extend(text.chars().map(|character| self.byte(character).unwrap_or(b'?')));
    }
}
