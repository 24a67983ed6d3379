//! The design system at one glance: tokens, components, symbols, in both themes and both languages.

use askama::Template;

use super::{Cell, Chart, ChartBar, Choice, Column, FormField, Input, Sort, Tab, TabWord, Table};
use crate::asset::{GROUNDS, Theme, contrast};
use crate::lang::Lang;

/// The guide.
#[derive(Clone, Debug, Template)]
#[template(path = "public/styleguide.html")]
pub struct Styleguide {
    /// The language of the page around the panels.
    pub lang: Lang,
    /// Each theme in one of the languages.
    pub panels: Vec<Panel>,
}

/// Everything in one theme and language.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The language.
    pub lang: Lang,
    /// `light` or `dark`; names the ids of the panel too.
    pub theme: &'static str,
    /// Colours: name and digits.
    pub colours: Vec<(&'static str, &'static str)>,
    /// Texts on grounds with their contrast.
    pub grounds: Vec<(String, String)>,
    /// Steps of space, in pixels.
    pub spaces: [u8; 8],
    /// The tab bar.
    pub tabs: Vec<Tab>,
    /// One field of each kind.
    pub fields: Vec<FormField>,
    /// A table.
    pub table: Table,
    /// A table without rows.
    pub nothing: Table,
    /// A chart.
    pub chart: Chart,
    /// The names of all symbols.
    pub symbols: Vec<&'static str>,
}

impl Styleguide {
    /// The guide around both themes, the light one in the language of the page.
    pub fn of(lang: Lang) -> Self {
        Self {
            lang,
            panels: vec![Panel::of(Theme::Light, lang), Panel::of(Theme::Dark, lang.other())],
        }
    }

    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }
}

impl Panel {
    fn of(theme: Theme, lang: Lang) -> Self {
        let colours = theme.colours();
        let colour = |name: &str| {
            let found = colours.iter().find(|(known, _)| *known == name);
            found.map_or("000", |(_, digits)| digits)
        };
        let grounds = GROUNDS.map(|(text, ground)| {
            let ratio = contrast(colour(text), colour(ground));
            (format!("{text} / {ground}"), format!("{ratio:.1} : 1"))
        });
        Self {
            lang,
            theme: theme.name(),
            grounds: grounds.to_vec(),
            colours,
            spaces: [4, 8, 12, 14, 16, 20, 24, 28],
            tabs: Tab::four(
                &[(TabWord::Home, "#main"), (TabWord::Store, "#main")],
                Some(TabWord::Home),
            ),
            fields: fields(theme.name(), lang),
            table: table(lang),
            nothing: Table {
                caption: lang.say("paper-nothing"),
                empty: lang.say("paper-nothing"),
                ..Table::default()
            },
            chart: chart(theme.name(), lang),
            symbols: symbols(),
        }
    }
}

fn fields(theme: &str, lang: Lang) -> Vec<FormField> {
    let name = |field: &str| format!("{field}-{theme}");
    let choices = || {
        vec![
            Choice::new("a", lang.say("shell-tab-home"), true),
            Choice::new("b", lang.say("shell-tab-store"), false),
        ]
    };
    vec![
        FormField::line(name("line"), lang.say("shell-account"))
            .value("xiaoman@demo.example")
            .hint(lang.say("shell-signin-words")),
        FormField::line(name("wrong"), lang.say("potential-people"))
            .value("-1")
            .error(Some(lang.say("potential-bad-population"))),
        FormField::new(
            name("select"),
            lang.say("paper-heading-scope"),
            Input::Select(choices()),
        ),
        FormField::new(name("area"), lang.say("activity-note"), Input::Area).optional(),
        FormField::new(
            name("file"),
            lang.say("paper-claim-photo"),
            Input::File {
                accept: "image/jpeg,image/png,image/webp",
            },
        ),
        FormField::new(name("checks"), lang.say("activity-kind"), Input::Checks(choices())),
        FormField::new(name("check"), lang.say("paper-exclusive"), Input::Check).value("1"),
    ]
}

fn table(lang: Lang) -> Table {
    let sort = |now| {
        Some(Sort {
            href: "#main".to_owned(),
            now,
        })
    };
    let row = |title: &str, year: &str, tone, state: &str| {
        vec![
            Cell::Two {
                text: title.to_owned(),
                below: "metro-trip@1.0.0".to_owned(),
            },
            Cell::text(year),
            Cell::chip(tone, state),
        ]
    };
    Table {
        caption: lang.say("shell-methodologies"),
        columns: vec![
            Column {
                sort: sort("ascending"),
                ..Column::text(lang.say("activity-method"))
            },
            Column {
                sort: sort("none"),
                ..Column::number(lang.say("activity-year"))
            },
            Column::text(lang.say("activity-kind")),
        ],
        rows: vec![
            row(&lang.say("paper-category-travel"), "2026", "", &lang.say("paper-right")),
            row(
                &lang.say("paper-category-food"),
                "2025",
                "wait",
                &lang.say("activity-checking"),
            ),
            row(
                &lang.say("paper-category-home"),
                "2024",
                "no",
                &lang.say("activity-refused"),
            ),
        ],
        next: Some("#main".to_owned()),
        ..Table::default()
    }
}

fn chart(theme: &str, lang: Lang) -> Chart {
    let names = ["clothing", "food", "home", "travel", "goods", "office", "digital"];
    let bar = |month: i64| ChartBar {
        label: format!("2026-{month:02}"),
        parts: (1..=7).map(|part| (part * month, (part * month).to_string())).collect(),
    };
    Chart {
        id: format!("chart-{theme}"),
        words: lang.say("programme-months"),
        series: names.map(|name| lang.say(&format!("paper-category-{name}"))).to_vec(),
        bars: (1..=12).map(bar).collect(),
        axis: lang.say("programme-month"),
        top: "336".to_owned(),
    }
}

/// The names of the symbols in `icons.html`, in their order.
fn symbols() -> Vec<&'static str> {
    let drawings = include_str!("../../templates/icons.html").split("id=\"i-").skip(1);
    drawings.filter_map(|after| after.split('"').next()).collect()
}
