//! A thermal printer: reads the bytes as the printer would and keeps what comes out on paper.

use etims_core::receipt::{CodePage, Columns, Cut, DeviceIdentity, EscPos, EscPosQr, PrintOptions, ReceiptView};

use crate::cases::{CASES, Case, answer, document, seller};
use crate::scan::Dots;

/// What the printer did, in order.
pub(crate) enum Done {
    Reset,
    CodePage(u8),
    Line {
        text: String,
        bold: bool,
        tall: bool,
    },
    /// A QR code drawn by the printer.
    Code {
        text: String,
        dots_per_module: u8,
        level: u8,
        centred: bool,
    },
    Picture {
        dots: Dots,
        centred: bool,
    },
    Feed(u8),
    Cut(u8),
}

pub(crate) struct Paper {
    done: Vec<Done>,
}

#[derive(Default)]
struct State {
    line: String,
    bold: bool,
    tall: bool,
    centred: bool,
    code_page: u8,
    module: u8,
    level: u8,
    model: u8,
    stored: String,
}

impl Paper {
    /// Prints; anything that is not a command of the reference or a printable character is a fault.
    pub(crate) fn print(bytes: &[u8]) -> Paper {
        let (mut done, mut state, mut rest) = (Vec::new(), State::default(), bytes);
        while let Some(length) = state.command(rest, &mut done) {
            rest = &rest[length..];
        }
        assert!(rest.is_empty() && state.line.is_empty(), "left over: {rest:02x?} {:?}", state.line);
        Paper { done }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.done.iter().filter_map(|done| match done {
            Done::Line { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }

    pub(crate) fn text(&self) -> String {
        self.lines().collect::<Vec<_>>().join("\n")
    }

    /// What happened, to be read by people.
    pub(crate) fn listing(&self) -> String {
        let tell = |done: &Done| match done {
            Done::Reset => "[reset]".to_owned(),
            Done::CodePage(page) => format!("[code page {page}]"),
            Done::Line { text, bold, tall } => {
                let weight = match (bold, tall) {
                    (_, true) => "2 ",
                    (true, false) => "b ",
                    (false, false) => "  ",
                };
                format!("{weight}{text}")
            }
            Done::Code { text, dots_per_module, .. } => format!("[QR {dots_per_module} dots: {text}]"),
            Done::Picture { dots, .. } => format!("[picture {} x {}]", dots.width, dots.dark.len() / dots.width),
            Done::Feed(lines) => format!("[feed {lines}]"),
            Done::Cut(mode) => format!("[cut {mode}]"),
        };
        self.done.iter().map(|done| tell(done) + "\n").collect()
    }

    fn codes(&self) -> Vec<String> {
        let code = |done: &Done| match done {
            Done::Code { text, centred: true, .. } => vec![text.clone()],
            Done::Picture { dots, centred: true } => dots.scan(),
            _ => Vec::new(),
        };
        self.done.iter().flat_map(code).collect()
    }
}

impl State {
    /// Executes one command or character; its length, none at the end.
    fn command(&mut self, rest: &[u8], done: &mut Vec<Done>) -> Option<usize> {
        let length = match rest {
            [] => return None,
            [b'\n', ..] => {
                if !self.stored.is_empty() && self.line.is_empty() {
                    self.stored.clear();
                } else {
                    done.push(Done::Line { text: std::mem::take(&mut self.line), bold: self.bold, tall: self.tall });
                }
                1
            }
            [0x1b, b'@', ..] => {
                *self = State::default();
                done.push(Done::Reset);
                2
            }
            [0x1b, b't', page, ..] => {
                self.code_page = *page;
                done.push(Done::CodePage(*page));
                3
            }
            [0x1b, b'E', bold @ (0 | 1), ..] => {
                self.bold = *bold == 1;
                3
            }
            [0x1b, b'a', place @ (0 | 1), ..] => {
                assert!(self.line.is_empty(), "alignment works at the beginning of a line");
                self.centred = *place == 1;
                3
            }
            [0x1b, b'd', lines, ..] => {
                done.push(Done::Feed(*lines));
                3
            }
            [0x1d, b'!', size @ (0 | 1), ..] => {
                self.tall = *size == 1;
                3
            }
            [0x1d, b'V', mode @ (0 | 1), ..] => {
                done.push(Done::Cut(*mode));
                3
            }
            [0x1d, b'v', b'0', 0, xl, xh, yl, yh, data @ ..] => {
                let (across, down) =
                    (usize::from(u16::from_le_bytes([*xl, *xh])), usize::from(u16::from_le_bytes([*yl, *yh])));
                let bits = |byte: &u8| (0..8).map(|bit| byte & (0x80 >> bit) != 0).collect::<Vec<_>>();
                let dark = data[..across * down].iter().flat_map(bits).collect();
                done.push(Done::Picture { dots: Dots { width: across * 8, dark }, centred: self.centred });
                8 + across * down
            }
            [0x1d, b'(', b'k', low, high, parameters @ ..] => {
                let length = usize::from(u16::from_le_bytes([*low, *high]));
                self.code(&parameters[..length], done);
                5 + length
            }
            [byte, ..] => {
                self.line.push(self.character(*byte));
                1
            }
        };
        Some(length)
    }

    fn code(&mut self, parameters: &[u8], done: &mut Vec<Done>) {
        match parameters {
            [0x31, 0x41, model, 0] => self.model = *model,
            [0x31, 0x43, module] => self.module = *module,
            [0x31, 0x45, level] => self.level = *level,
            [0x31, 0x50, 0x30, data @ ..] => self.stored = String::from_utf8(data.to_vec()).expect("an address"),
            [0x31, 0x51, 0x30] => {
                assert_eq!(self.model, 0x32, "model 2");
                let (dots_per_module, level, centred) = (self.module, self.level, self.centred);
                done.push(Done::Code { text: self.stored.clone(), dots_per_module, level, centred });
            }
            _ => panic!("no such QR command: {parameters:02x?}"),
        }
    }

    fn character(&self, byte: u8) -> char {
        match (byte, self.code_page) {
            (b' '..=b'~', _) => char::from(byte),
            (0xa0..=0xff, 16) => char::from(byte),
            (0x80, 16) => '€',
            (0x96, 16) => '–',
            (0x80..=0x9f, 16) => '·',
            _ => panic!("byte {byte:#04x} is no character of code page {}", self.code_page),
        }
    }
}

#[test]
fn the_lines_are_those_of_the_text() {
    for case in CASES.iter().filter(|case| case.name != "foreign") {
        let view = case.view();
        for columns in [32, 42, 44, 48].map(|columns| Columns::new(columns).expect("a width")) {
            let paper = Paper::print(&view.escpos(&EscPos { columns, ..EscPos::default() }));
            let text = view.text(columns, etims_core::receipt::TextQr::Mark);
            let expected: Vec<&str> = text.lines().filter(|line| line.trim() != "[QR]").collect();
            assert_eq!(paper.lines().collect::<Vec<_>>(), expected, "{}", case.name);
        }
    }
}

#[test]
fn the_code_is_drawn_by_the_printer_or_sent_in_dots() {
    for case in CASES {
        let view = case.view();
        let expected = Vec::from_iter(view.qr_url().map(str::to_owned));
        for qr in [EscPosQr::Native, EscPosQr::Raster] {
            for columns in [32, 48] {
                let columns = Columns::new(columns).expect("a width");
                let paper = Paper::print(&view.escpos(&EscPos { columns, qr, ..EscPos::default() }));
                assert_eq!(paper.codes(), expected, "{} {qr:?}", case.name);
                for done in &paper.done {
                    match done {
                        Done::Picture { dots, .. } => assert!(dots.width <= columns.get() * 12),
                        Done::Code { level, dots_per_module, .. } => {
                            // 45 modules at most, and four of quiet zone at each side.
                            assert!(*level == 0x31 && usize::from(*dots_per_module) * 53 <= columns.get() * 12);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

#[test]
fn the_sentence_is_twice_as_high_and_no_wider() {
    for name in ["cs", "cc", "ts", "tc", "ps"] {
        let paper = Paper::print(&Case::named(name).view().escpos(&EscPos::default()));
        let tall: Vec<&str> = paper
            .done
            .iter()
            .filter_map(|done| match done {
                Done::Line { text, tall: true, .. } => Some(text.trim()),
                _ => None,
            })
            .collect();
        assert_eq!(tall, ["THIS IS NOT AN OFFICIAL RECEIPT"], "{name}");
    }
}

#[test]
fn printers_without_the_letters_get_others() {
    let view = Case::named("foreign").view();
    let ascii = Paper::print(&view.escpos(&EscPos::default())).text();
    assert!(ascii.contains("Buyer: Muller & Sohne Kaffeerosterei GmbH"), "{ascii}");
    assert!(ascii.contains("Cafe creme sachets - 1/2 kg, w e s t"), "{ascii}");
    let printer = EscPos { code_page: CodePage::Windows1252, ..EscPos::default() };
    let latin = Paper::print(&view.escpos(&printer)).text();
    assert!(latin.contains("Buyer: Müller & Söhne Kaffeerösterei GmbH"), "{latin}");
    assert!(latin.contains("Café crème sachets – ½ kg, w e s t"), "{latin}");
}

#[test]
fn paper_is_cut_as_asked() {
    let view = Case::named("ns").view();
    for (cut, expected) in [(Cut::None, None), (Cut::Partial, Some(1)), (Cut::Full, Some(0))] {
        let paper = Paper::print(&view.escpos(&EscPos { cut, ..EscPos::default() }));
        let found = match paper.done.last() {
            Some(Done::Cut(mode)) => Some(*mode),
            _ => None,
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_logo_is_sent_in_dots_that_fit() {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 900, 300);
    encoder.set_color(png::ColorType::Rgba);
    // Left half black, right half transparent.
    let row = |column: u32| if column < 450 { [0, 0, 0, 255] } else { [0, 0, 0, 0] };
    let data: Vec<u8> = (0..300).flat_map(|_| (0..900).flat_map(row)).collect();
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&data)).expect("a PNG");
    let options = PrintOptions {
        kra_logo: Some(png.into()),
        shop_logo: Some(b"no PNG".as_slice().into()),
        ..PrintOptions::default()
    };
    let (invoice, device) = (document("ns"), DeviceIdentity::default());
    let view = ReceiptView::new(&invoice, Some(&answer("sale")), &seller(), &device, &options).expect("a receipt");
    let columns = Columns::new(32).expect("a width");
    let paper = Paper::print(&view.escpos(&EscPos { columns, ..EscPos::default() }));
    let Some(Done::Picture { dots, centred: true }) = paper.done.get(1) else { panic!("{}", paper.listing()) };
    let height = dots.dark.len() / dots.width;
    assert!(dots.width <= 384 && height <= 160 && height > 80, "{} x {height}", dots.width);
    assert!(dots.dark[10] && !dots.dark[dots.width - 20]);
    assert_eq!(
        paper.lines().next().map(str::trim),
        Some("[LOGO]"),
        "a file that is no picture leaves its place marked"
    );
}
