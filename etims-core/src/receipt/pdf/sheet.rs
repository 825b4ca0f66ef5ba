//! Strips of marks stacked on pages.

use std::sync::Arc;

use super::font::Weight;
use crate::receipt::view::LogoSlot;

/// Something drawn. Positions are from the upper left corner of its strip, later of its page.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// Text on a baseline.
    Text {
        x: i32,
        y: i32,
        size: i32,
        weight: Weight,
        /// Percent of the font's height: 250 is two and a half times as high, at the same width.
        stretch: i32,
        grey: bool,
        text: String,
    },
    /// A horizontal line.
    Line { x: i32, y: i32, length: i32, dashed: bool },
    /// The frame around a place for a picture.
    Frame { x: i32, y: i32, width: i32, height: i32 },
    /// A picture; which one is known by its slot.
    Picture { x: i32, y: i32, width: i32, height: i32, slot: LogoSlot },
    /// The QR code with its quiet zone, a link to its address.
    Qr { x: i32, y: i32, side: i32, url: String },
    /// Large grey text across the page, around its middle.
    Watermark { x: i32, y: i32, size: i32, width: i32, text: String },
}

impl Mark {
    fn shifted(mut self, right: i32, down: i32) -> Mark {
        match &mut self {
            Mark::Text { x, y, .. }
            | Mark::Line { x, y, .. }
            | Mark::Frame { x, y, .. }
            | Mark::Picture { x, y, .. }
            | Mark::Qr { x, y, .. }
            | Mark::Watermark { x, y, .. } => {
                *x += right;
                *y += down;
            }
        }
        self
    }
}

/// A row of the receipt over its whole width; never broken over pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
}

impl Strip {
    /// Empty space.
    pub(super) fn space(height: i32) -> Strip {
        Strip { height, marks: Vec::new() }
    }

    /// Strips one below the other, as one.
    pub(super) fn stacked(strips: impl IntoIterator<Item = Strip>) -> Strip {
        let mut stacked = Strip::default();
        for strip in strips {
            stacked.put(0, stacked.height, strip.marks);
            stacked.height += strip.height;
        }
        stacked
    }

    /// Adds marks at a distance from the corner.
    pub(super) fn put(&mut self, right: i32, down: i32, marks: Vec<Mark>) {
        self.marks.extend(marks.into_iter().map(|mark| mark.shifted(right, down)));
    }
}

/// Strips that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) strips: Vec<Strip>,
    /// Repeated above it when a page begins with it.
    pub(super) heading: Option<Arc<Strip>>,
}

/// A finished page.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
}

/// The paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    pub(super) width: i32,
    /// Height of a sheet, the longest piece of a roll.
    pub(super) height: i32,
    pub(super) margin: i32,
    /// Whether the paper ends where the receipt ends.
    pub(super) is_roll: bool,
}

impl Paper {
    pub(super) fn content_width(&self) -> i32 {
        self.width - 2 * self.margin
    }

    /// Stacks groups on pages. A group that fits on a page is not broken; a longer one is broken between its strips.
    pub(super) fn paginate(&self, groups: Vec<Group>) -> Vec<Sheet> {
        let bottom = self.height - self.margin;
        let mut pages = Pages { paper: self, done: Vec::new(), marks: Vec::new(), y: self.margin };
        for group in groups {
            let height: i32 = group.strips.iter().map(|strip| strip.height).sum();
            let repeated = group.heading.as_ref().map_or(0, |heading| heading.height);
            let fits_a_page = height + repeated <= bottom - self.margin;
            if fits_a_page && pages.y + height > bottom {
                pages.turn();
            }
            for strip in group.strips {
                if pages.y + strip.height > bottom {
                    pages.turn();
                }
                if pages.is_fresh()
                    && let Some(heading) = &group.heading
                {
                    pages.place(Strip::clone(heading));
                }
                pages.place(strip);
            }
        }
        pages.turn();
        pages.done
    }
}

struct Pages<'a> {
    paper: &'a Paper,
    done: Vec<Sheet>,
    marks: Vec<Mark>,
    y: i32,
}

impl Pages<'_> {
    /// Whether the page follows another and holds nothing yet.
    fn is_fresh(&self) -> bool {
        !self.done.is_empty() && self.y == self.paper.margin
    }

    fn place(&mut self, strip: Strip) {
        let (right, down) = (self.paper.margin, self.y);
        self.marks.extend(strip.marks.into_iter().map(|mark| mark.shifted(right, down)));
        self.y += strip.height;
    }

    fn turn(&mut self) {
        let height = if self.paper.is_roll { self.y + self.paper.margin } else { self.paper.height };
        self.done.push(Sheet { width: self.paper.width, height, marks: std::mem::take(&mut self.marks) });
        self.y = self.paper.margin;
    }
}
