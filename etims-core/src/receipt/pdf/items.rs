//! The lines of a bill: in columns on a sheet, one below the other on a roll.

use std::sync::Arc;

use super::font::Weight;
use super::layout::{BASELINE, LINE, Layout, MM, Style};
use super::sheet::{Group, Strip};
use crate::receipt::view::{Item, Items};

impl Layout<'_> {
    pub(super) fn items(&mut self, items: &Items) {
        let columns = Columns::of(self, items);
        let heading = (!self.look.paper.is_roll).then(|| Arc::new(self.heading(items, &columns)));
        let mut first = vec![self.gap(30)];
        first.push(match &heading {
            Some(heading) => Strip::clone(heading),
            None => self.rule(true),
        });
        self.groups.push(Group { strips: first, heading: None });
        for item in &items.items {
            let strips = match &heading {
                Some(_) => self.wide_item(item, &columns),
                None => self.narrow_item(item, items.with_codes),
            };
            self.groups.push(Group { strips, heading: heading.clone() });
        }
        let mut last: Vec<Strip> = items.notes.iter().flat_map(|note| self.fact(0, note)).collect();
        last.push(self.rule(heading.is_none()));
        self.groups.push(Group { strips: last, heading: None });
    }

    fn narrow_item(&self, item: &Item, with_codes: bool) -> Vec<Strip> {
        let (plain, indent) = (self.plain(), self.look.text);
        let mut strips = match &item.service {
            Some(service) => self.spread(0, plain, &item.name, service),
            None => self.lines(0, plain, &item.name, self.width),
        };
        let codes = with_codes.then_some(&item.codes);
        for text in item.description.iter().chain(codes) {
            strips.extend(self.lines(indent, self.small(), text, self.width - indent));
        }
        strips.extend(self.spread(indent, plain, &item.price_and_quantity, &item.amount));
        strips.extend(item.notes.iter().flat_map(|note| self.fact(0, note)));
        strips.extend(item.foreign.iter().flat_map(|(price, total)| self.spread(indent, plain, price, total)));
        strips
    }

    fn heading(&self, items: &Items, columns: &Columns) -> Strip {
        let style = Style { size: self.look.small, weight: Weight::Bold, grey: false };
        let [name, price, amount] = &items.headings;
        let mut row = self.at(0, style, name);
        row.put(0, 0, self.at(columns.codes, style, &items.codes_heading).marks);
        row.put(0, 0, self.ending(columns.price, style, price).marks);
        if let (Some(currency), Some(right)) = (&items.currency, columns.foreign) {
            row.put(0, 0, self.ending(right, style, currency).marks);
        }
        row.put(0, 0, self.ending(self.width, style, amount).marks);
        Strip::stacked([self.rule(false), row, self.rule(false)])
    }

    fn wide_item(&self, item: &Item, columns: &Columns) -> Vec<Strip> {
        let (plain, small) = (self.plain(), self.small());
        let name = match &item.service {
            Some(service) => format!("{} {service}", item.name),
            None => item.name.clone(),
        };
        let mut strips = self.lines(0, plain, &name, columns.name);
        strips.extend(item.description.iter().flat_map(|text| self.lines(0, small, text, columns.name)));
        // Beside the first line, on its baseline; what has two lines goes on beside the second.
        let mut beside = Strip::default();
        let lower = (plain.size - small.size) * BASELINE / 100;
        beside.put(0, lower, self.at(columns.codes, small, &item.codes).marks);
        beside.put(0, 0, self.ending(columns.price, plain, &item.price_and_quantity).marks);
        beside.put(0, 0, self.ending(self.width, plain, &item.amount).marks);
        if let (Some((price, total)), Some(right)) = (&item.foreign, columns.foreign) {
            beside.put(0, 0, self.ending(right, plain, total).marks);
            if strips.len() < 2 {
                strips.push(Strip::space(small.size * LINE / 100));
            }
            strips[1].put(0, 0, self.ending(right, small, price).marks);
        }
        strips[0].put(0, 0, beside.marks);
        strips.extend(item.notes.iter().flat_map(|note| self.fact(0, note)));
        strips.push(self.gap(25));
        strips
    }
}

/// Where the columns of the lines stand on a sheet.
struct Columns {
    /// Width of the name.
    name: i32,
    /// Left edge of the codes.
    codes: i32,
    /// Right edge of price and quantity.
    price: i32,
    /// Right edge of the foreign amount.
    foreign: Option<i32>,
}

impl Columns {
    fn of(layout: &Layout<'_>, items: &Items) -> Columns {
        let (plain, small) = (layout.plain(), layout.small());
        let heading = Style { weight: Weight::Bold, ..small };
        let gap = 4 * MM;
        let column = |title: &str, width: &dyn Fn(&Item) -> i32| {
            items.items.iter().map(width).fold(layout.measure(heading, title), i32::max) + gap
        };
        let amount = column(&items.headings[2], &|item| layout.measure(plain, &item.amount));
        let price = column(&items.headings[1], &|item| layout.measure(plain, &item.price_and_quantity));
        let codes = column(&items.codes_heading, &|item| layout.measure(small, &item.codes));
        let mut right = layout.width - amount;
        let foreign = items.currency.as_ref().map(|currency| {
            let at = right;
            right -= column(currency, &|item| {
                let cell = item.foreign.as_ref();
                cell.map_or(0, |(price, total)| layout.measure(plain, total).max(layout.measure(small, price)))
            });
            at
        });
        // The name keeps a fifth of the width whatever the others need.
        let left = (right - price - codes).max(layout.width / 5);
        Columns { name: left - gap, codes: left, price: right, foreign }
    }
}
