//! Lines, paragraphs and tables of styled text. Whatever is put on a page is made printable first, so nothing
//! that came from a file reaches the terminal as a command.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::{Glyphs, Look};
use crate::words::printable;

/// What a piece of text means; the colours follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
    Faint,
    Strong,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}

/// Styled text on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(Vec<(Tone, String)>);

impl Text {
    pub(super) fn tone(tone: Tone, text: &str) -> Self {
        Self::default().and(tone, text)
    }

    #[must_use]
    pub(super) fn and(mut self, tone: Tone, text: &str) -> Self {
        if !text.is_empty() {
            self.0.push((tone, printable(text).into_owned()));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    fn tone_at(&self, at: usize) -> Tone {
        let mut end = 0;
        let piece = self.0.iter().find(|(_, text)| {
            end += text.len();
            at < end
        });
        piece.map_or(Tone::Plain, |(tone, _)| *tone)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::tone(Tone::Plain, text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::tone(Tone::Plain, &text)
    }
}

/// To which side a column keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) align: Align,
    /// Columns with a higher number go first where there is no room for all; 0 never goes.
    pub(super) spare: u8,
}

impl Column {
    pub(super) fn left(head: &'static str) -> Self {
        Self { head, align: Align::Left, spare: 0 }
    }

    pub(super) fn right(head: &'static str) -> Self {
        Self { align: Align::Right, ..Self::left(head) }
    }

    pub(super) fn spare(self, spare: u8) -> Self {
        Self { spare, ..self }
    }
}

/// A row of a table: cells, or a remark across all columns.
#[derive(Debug, Clone)]
pub(super) enum Row {
    Cells(Vec<Text>),
    Remark(Text),
}

/// Text under construction.
pub(super) struct Page<'l> {
    look: &'l Look,
    text: String,
}

impl<'l> Page<'l> {
    pub(super) fn new(look: &'l Look) -> Self {
        Self { look, text: String::new() }
    }

    pub(super) fn look(&self) -> &'l Look {
        self.look
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One of two forms, by what the stream can show.
    pub(super) fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.look.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// A blank line, except at the top.
    pub(super) fn separate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.blank();
        }
    }

    /// That a list goes on.
    pub(super) fn more(&mut self, indent: &str, more: usize) {
        if more > 0 {
            let text = format!("{indent}and {more} more; --verbose lists them");
            self.line(&Text::tone(Tone::Faint, &text));
        }
    }

    /// Labels and what they stand for, in two columns.
    pub(super) fn facts(&mut self, indent: &str, facts: &[(&str, Text)]) {
        let width = facts.iter().map(|(label, _)| label.width()).max().unwrap_or(0) + 2;
        let rest = format!("{indent}{:width$}", "");
        for (label, text) in facts {
            let mut line = Text::tone(Tone::Faint, &format!("{label:width$}"));
            line.0.extend(text.0.iter().cloned());
            self.paragraph(indent, &rest, line);
        }
    }

    /// A line as it is, however long.
    pub(super) fn line(&mut self, text: &Text) {
        self.styled(text);
        self.end_line();
    }

    fn styled(&mut self, text: &Text) {
        for (tone, piece) in &text.0 {
            self.piece(*tone, piece);
        }
    }

    fn piece(&mut self, tone: Tone, piece: &str) {
        let style = tone.style();
        if self.look.colour && style != Style::new() {
            let _ = write!(self.text, "{style}{piece}{style:#}");
        } else {
            self.text.push_str(piece);
        }
    }

    /// Ends a line without the spaces at its end.
    fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    /// Text wrapped to the width, its first line behind `first`, the others behind `rest`. Words are never
    /// broken: file names are there to be copied.
    pub(super) fn paragraph(&mut self, first: &str, rest: &str, text: impl Into<Text>) {
        let text = text.into();
        let plain: String = text.0.iter().map(|(_, piece)| piece.as_str()).collect();
        let width = self.look.width.unwrap_or(usize::MAX);
        let options = textwrap::Options::new(width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let mut at = 0;
        for (number, line) in textwrap::wrap(&plain, options).iter().enumerate() {
            let indent = if number == 0 { first } else { rest };
            self.text.push_str(indent);
            let words = line.strip_prefix(indent).unwrap_or(line);
            // The words stand in the text in order, only the spaces between lines are gone.
            at += plain[at..].find(words).unwrap_or(0);
            let end = at + words.len();
            while at < end {
                let tone = text.tone_at(at);
                let same = words.len() - (end - at);
                let len = words[same..].char_indices().find(|(next, _)| text.tone_at(at + next) != tone);
                let len = len.map_or(end - at, |(next, _)| next);
                self.piece(tone, &words[same..same + len]);
                at += len;
            }
            self.end_line();
        }
    }

    /// Rows under a heading. Columns that no row uses are left out, and spare ones where there is no room;
    /// what does not fit even so continues on a line of its own.
    pub(super) fn table(&mut self, indent: &str, columns: &[Column], rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let mut widths: Vec<usize> = columns.iter().map(|column| column.head.width()).collect();
        let mut used = vec![false; columns.len()];
        for row in rows {
            let Row::Cells(cells) = row else { continue };
            for ((cell, width), used) in cells.iter().zip(&mut widths).zip(&mut used) {
                *width = (*width).max(cell.width());
                *used |= !cell.is_empty();
            }
        }
        let mut shown: Vec<usize> = (0..columns.len()).filter(|at| used[*at]).collect();
        let Some(width) = self.look.width else {
            return self.rows(indent, columns, rows, &shown, &widths);
        };
        // The last column may flow onto a line of its own, and need not fit.
        let total = |shown: &[usize]| {
            let fixed = shown.split_last().map_or(shown, |(_, fixed)| fixed);
            indent.width() + fixed.iter().map(|at| widths[*at] + 2).sum::<usize>()
        };
        let last = |shown: &[usize]| shown.last().map_or(0, |at| widths[*at].min(width / 2));
        while total(&shown) + last(&shown) > width {
            let Some(spare) =
                shown.iter().copied().filter(|at| columns[*at].spare > 0).max_by_key(|at| columns[*at].spare)
            else {
                break;
            };
            shown.retain(|at| *at != spare);
        }
        self.rows(indent, columns, rows, &shown, &widths);
    }

    fn rows(&mut self, indent: &str, columns: &[Column], rows: &[Row], shown: &[usize], widths: &[usize]) {
        let heads: Vec<Text> = columns.iter().map(|column| Text::tone(Tone::Faint, column.head)).collect();
        if columns.iter().any(|column| !column.head.is_empty()) {
            self.row(indent, columns, &heads, shown, widths);
        }
        for row in rows {
            match row {
                Row::Cells(cells) => self.row(indent, columns, cells, shown, widths),
                Row::Remark(remark) => self.paragraph(indent, &format!("{indent}  "), remark.clone()),
            }
        }
    }

    fn row(&mut self, indent: &str, columns: &[Column], cells: &[Text], shown: &[usize], widths: &[usize]) {
        self.text.push_str(indent);
        let mut column = indent.width();
        for (place, at) in shown.iter().enumerate() {
            let cell = &cells[*at];
            let pad = widths[*at].saturating_sub(cell.width());
            let is_last = place + 1 == shown.len();
            let overflows = self.look.width.is_some_and(|width| column + cell.width() > width);
            if is_last && overflows && !cell.is_empty() {
                self.end_line();
                let deeper = format!("{indent}    ");
                return self.paragraph(&deeper, &deeper, cell.clone());
            }
            let (before, after) = match columns[*at].align {
                Align::Left => (0, pad),
                Align::Right => (pad, 0),
            };
            self.text.extend(std::iter::repeat_n(' ', before));
            self.styled(cell);
            self.text.extend(std::iter::repeat_n(' ', after + 2));
            column += widths[*at] + 2;
        }
        self.end_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Look {
        Look { width: Some(width), colour: false, glyphs: Glyphs::Ascii, now: None }
    }

    #[test]
    fn a_wrapped_paragraph_keeps_its_tones() {
        let look = Look { colour: true, ..look(12) };
        let mut page = Page::new(&look);
        page.paragraph("", "  ", Text::tone(Tone::Bad, "error: ").and(Tone::Plain, "something is wrong"));
        assert_eq!(page.into_text(), "\x1b[1m\x1b[31merror:\x1b[0m\n  something\n  is wrong\n");
    }

    #[test]
    fn spare_columns_go_before_anything_is_wrapped() {
        let columns = [
            Column::left("NAME"),
            Column::right("SIZE").spare(1),
            Column::left("EMPTY"),
            Column::left("WHY"),
        ];
        let rows = [Row::Cells(["orders", "12 GB", "", "tx 31..40 are missing"].map(Text::from).to_vec())];
        let render = |width| {
            let look = look(width);
            let mut page = Page::new(&look);
            page.table("", &columns, &rows);
            page.into_text()
        };
        assert_eq!(render(40), "NAME     SIZE  WHY\norders  12 GB  tx 31..40 are missing\n");
        assert_eq!(render(30), "NAME     SIZE  WHY\norders  12 GB\n    tx 31..40 are missing\n");
        assert_eq!(render(20), "NAME    WHY\norders\n    tx 31..40 are\n    missing\n");
    }
}
