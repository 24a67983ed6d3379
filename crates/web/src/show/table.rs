//! Tables of the console and the public pages: filter, sort, page, export.

use super::form::Field;

/// A page of rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it lists, for those who cannot see it.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// What narrows it down; sent with GET.
    pub filters: Vec<Field>,
    /// Whether anything is narrowed down now.
    pub filtered: bool,
    /// Where the unfiltered table is.
    pub here: String,
    /// Where the first page is, if this is none.
    pub first: Option<String>,
    /// Where the next page is.
    pub next: Option<String>,
    /// Where the whole can be had as CSV.
    pub csv: Option<String>,
    /// What stands there instead of no rows.
    pub empty: String,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether its cells are numbers, which stand at the right.
    pub number: bool,
    /// Where the table is sorted by it.
    pub sort: Option<Sort>,
}

/// How a column sorts the table.
#[derive(Clone, Debug)]
pub struct Sort {
    /// Where it is sorted (the other way round, if it is already).
    pub href: String,
    /// `ascending`, `descending` or `none`, as ARIA says it.
    pub now: &'static str,
}

impl Column {
    /// A column of texts.
    pub fn text(name: impl Into<String>) -> Self {
        Column {
            name: name.into(),
            number: false,
            sort: None,
        }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Column {
            number: true,
            ..Self::text(name)
        }
    }
}

/// What stands in a row under a column.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Finished text; an empty one is shown as a dash.
    Text(String),
    /// Text that leads somewhere.
    Link {
        /// Where it leads.
        href: String,
        /// What it says.
        text: String,
    },
    /// Text with a smaller line below.
    Two {
        /// The text.
        text: String,
        /// The line below.
        below: String,
    },
    /// A state.
    Chip {
        /// `""`, `wait`, `no` or `calm`.
        tone: &'static str,
        /// What it says.
        text: String,
    },
    /// An id or code.
    Code(String),
}

impl Cell {
    /// Finished text.
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    /// Text that leads somewhere.
    pub fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Cell::Link {
            href: href.into(),
            text: text.into(),
        }
    }

    /// Whether it is better read in one line, as dates are.
    pub fn is_short(&self) -> bool {
        let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        matches!(self, Cell::Text(text) if width(text) <= 16)
    }

    /// What it says, without what it looks like.
    pub fn plain(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Link { text, .. } | Cell::Chip { text, .. } | Cell::Code(text) => text.clone(),
            Cell::Two { text, below } if below.is_empty() => text.clone(),
            Cell::Two { text, below } => format!("{text} ({below})"),
        }
    }

    /// A state.
    pub fn chip(tone: &'static str, text: impl Into<String>) -> Self {
        Cell::Chip {
            tone,
            text: text.into(),
        }
    }
}
