//! A page of the console that is made of sections: a heading, what can be done, and blocks one below the other.
//!
//! Methodologies, partners and settings are such pages: their handlers say what stands where, one template draws it.

use askama::Template;

use super::{Cell, Chart, Choice, Column, Fact, Form, FormField as Field, Input, Segment, Step, Table, of};
use crate::lang::Lang;

/// A page of sections.
#[derive(Clone, Debug, Template)]
#[template(path = "console/folio.html")]
pub struct Folio {
    /// The language of the page.
    pub lang: Lang,
    /// Where "back" leads, and what stands there.
    pub back: Option<(String, String)>,
    /// The heading.
    pub title: String,
    /// States beside the heading: tone and text.
    pub chips: Vec<(&'static str, String)>,
    /// A line below the heading.
    pub words: String,
    /// Other pages about the same.
    pub tabs: Vec<Segment>,
    /// What can be done: address, text, and whether it is the main thing.
    pub acts: Vec<(String, String, bool)>,
    /// What was done, or went wrong: `true` if it went wrong.
    pub said: Option<(bool, String)>,
    /// The sections.
    pub sections: Vec<Section>,
}

/// A section of a page.
#[derive(Clone, Debug)]
pub struct Section {
    /// Unique in the page.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// A line below it; may be empty.
    pub words: String,
    /// Whether it takes the whole width.
    pub wide: bool,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// What stands in a section.
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph.
    Words(String),
    /// Names and values side by side.
    Facts(Vec<Fact>),
    /// Names with longer texts below.
    Prose(Vec<Fact>),
    /// Names and formulas.
    Formulas(Vec<Fact>),
    /// Large figures.
    Figures(Vec<Fact>),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A table, folded: what stands on the fold, and the table.
    Fold(String, Table),
    /// A chart.
    Chart(Chart),
    /// A form that changes something.
    Form(Form),
    /// A form that only asks: address, fields, words of the button.
    Ask(String, Vec<Field>, String),
    /// A calculation, step by step.
    Working(Vec<Step>),
    /// What differs: about, old, new.
    Sides {
        /// The heads of old and new.
        heads: (String, String),
        /// Each difference.
        rows: Vec<Side>,
    },
    /// A file as text, folded: what stands on the fold, and the text.
    File(String, String),
    /// How far something is, in hundredths, in words.
    Progress(u32, String),
    /// What is shown only once: names and values to be copied.
    Secrets(Vec<Fact>),
    /// A notice: `true` if it warns.
    Say(bool, String),
    /// Links.
    Links(Vec<(String, String)>),
}

/// A difference.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is about.
    pub name: String,
    /// What the old one says; empty if nothing.
    pub old: String,
    /// What the new one says; empty if nothing.
    pub new: String,
}

impl Section {
    /// A section with nothing in it yet.
    pub fn new(id: &'static str, title: impl Into<String>) -> Self {
        Section {
            id,
            title: title.into(),
            words: String::new(),
            wide: false,
            blocks: Vec::new(),
        }
    }

    /// With a line below its heading.
    #[must_use]
    pub fn words(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }

    /// With one more block.
    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Over the whole width.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

impl Folio {
    /// A page without sections.
    pub fn new(lang: Lang, title: impl Into<String>) -> Self {
        Folio {
            lang,
            back: None,
            title: title.into(),
            chips: Vec::new(),
            words: String::new(),
            tabs: Vec::new(),
            acts: Vec::new(),
            said: None,
            sections: Vec::new(),
        }
    }

    /// With a way back.
    #[must_use]
    pub fn back(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.back = Some((href.into(), text.into()));
        self
    }

    /// With one more section.
    #[must_use]
    pub fn with(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A methodology with its calculation tried; nothing in it is real.
    pub fn sample(lang: Lang) -> Self {
        let word = |zh, en| of(lang, zh, en);
        let factors = Table {
            caption: word("排放因子", "Emission factors"),
            columns: vec![
                Column::text(word("因子", "Factor")),
                Column::number(word("数值", "Value")),
                Column::text(word("状态", "State")),
            ],
            rows: vec![
                vec![
                    Cell::Two {
                        text: word("示例因子", "Example factor"),
                        below: "example_factor".to_owned(),
                    },
                    Cell::text("0.5 kg CO₂e/km"),
                    Cell::chip("", word("有效", "In force")),
                ],
                vec![
                    Cell::text(word("示例因子", "Example factor")),
                    Cell::text("0.6 kg CO₂e/km"),
                    Cell::chip("no", word("已过期", "Expired")),
                ],
            ],
            ..Table::default()
        };
        let step = |sign: &str, words: String, symbols: &str, value: &str, sum| Step {
            sign: sign.to_owned(),
            words,
            symbols: Some(symbols.to_owned()).filter(|s| !s.is_empty()),
            numbers: None,
            value: value.to_owned(),
            sum,
        };
        let working = vec![
            step(
                "",
                word("基准线排放", "Baseline emissions"),
                "distance × example_factor",
                "1,600 g",
                false,
            ),
            step("−", word("项目排放", "Project emissions"), "0", "0 g", false),
            step("=", word("计入", "Credited"), "", "1,600 g", true),
        ];
        Folio {
            chips: vec![("", word("执行中", "In force"))],
            words: "example-ride@1.0.0".to_owned(),
            acts: vec![("#try".to_owned(), word("试算", "Try inputs"), true)],
            ..Folio::new(lang, word("示例骑行方法学", "An example ride"))
        }
        .back("/console/demo/methodologies", word("方法学", "Methodologies"))
        .with(
            Section::new("sum", word("公式", "Formula")).with(Block::Formulas(vec![Fact::new(
                word("基准线排放", "Baseline"),
                "distance × example_factor",
            )])),
        )
        .with(Section::new("try", word("试算", "Try")).with(Block::Working(working)))
        .with(
            Section::new("factors", word("排放因子", "Factors"))
                .wide()
                .with(Block::Table(factors)),
        )
        .with(
            Section::new("headings", word("十二项", "Twelve headings"))
                .wide()
                .with(Block::Prose(vec![Fact::new(
                    word("适用范围", "Scope"),
                    word("示例文字。", "Example words."),
                )]))
                .with(Block::File(
                    word("文件原文", "The file"),
                    "id = \"example-ride\"\n".to_owned(),
                )),
        )
    }

    /// A draft beside last month; nothing in it is real.
    pub fn sample_draft(lang: Lang) -> Self {
        let word = |zh, en| of(lang, zh, en);
        let form = Form {
            danger: false,
            ..Form::new(
                "/console/demo/methodologies/draft/0/publish",
                "token",
                word("发布", "Publish"),
            )
        }
        .with(Field::new(
            "confirm",
            word("我已核对", "I have checked it"),
            Input::Check,
        ));
        let side = |name: String, old: &str, new: &str| Side {
            name,
            old: old.to_owned(),
            new: new.to_owned(),
        };
        Folio {
            chips: vec![("wait", word("草稿", "Draft"))],
            words: "example-ride@1.1.0".to_owned(),
            said: Some((true, word("示例提示", "An example notice"))),
            ..Folio::new(lang, word("示例骑行方法学", "An example ride"))
        }
        .with(
            Section::new("month", word("上月对比", "Last month"))
                .wide()
                .with(Block::Progress(40, word("已读 40%", "40% read")))
                .with(Block::Figures(vec![
                    Fact::new(word("记录", "Records"), "1,200"),
                    Fact::new(word("原计入", "Credited"), "240 kg"),
                ])),
        )
        .with(
            Section::new("diff", word("差异", "Differences"))
                .wide()
                .with(Block::Sides {
                    heads: ("1.0.0".to_owned(), "1.1.0".to_owned()),
                    rows: vec![
                        side(word("因子 example", "Factor example"), "0.5", "0.4"),
                        side(word("上限", "Cap"), "", "5"),
                    ],
                }),
        )
        .with(Section::new("faults", word("错误", "Faults")).with(Block::List(vec!["line 3: example".to_owned()])))
        .with(Section::new("publish", word("发布", "Publish")).with(Block::Form(form)))
    }

    /// A partner whose secret is shown, with its log; nothing in it is real.
    pub fn sample_partner(lang: Lang) -> Self {
        let word = |zh, en| of(lang, zh, en);
        let scopes = vec![Choice::new("records", word("报送记录", "Report records"), true)];
        let form = Form::new("/console/demo/partners/1/scopes", "token", word("保存", "Save")).with(Field::new(
            "scopes",
            word("权限", "Scopes"),
            Input::Checks(scopes),
        ));
        Folio::new(lang, word("示例公交", "Example Buses"))
            .back("/console/demo/partners", word("合作方", "Partners"))
            .with(
                Section::new("secret", word("凭据", "Credentials"))
                    .wide()
                    .with(Block::Say(true, word("只显示一次", "Shown only once")))
                    .with(Block::Secrets(vec![Fact::new("client_secret", "pk_example")])),
            )
            .with(
                Section::new("hours", word("按小时", "By hour"))
                    .wide()
                    .with(Block::Fold(
                        word("按小时查看", "By hour"),
                        Table {
                            caption: word("按小时", "By hour"),
                            columns: vec![
                                Column::text(word("小时", "Hour")),
                                Column::number(word("已计入", "Credited")),
                            ],
                            rows: vec![vec![Cell::text("2026-11-24 08:00"), Cell::text("120")]],
                            ..Table::default()
                        },
                    )),
            )
            .with(Section::new("scopes-section", word("权限", "Scopes")).with(Block::Form(form)))
            .with(
                Section::new("find", word("查找事件", "Find an event"))
                    .with(Block::Ask(
                        "/console/demo/partners/1".to_owned(),
                        vec![Field::line("event", word("事件编号", "Event"))],
                        word("查找", "Find"),
                    ))
                    .with(Block::Facts(vec![Fact::new(
                        word("状态", "State"),
                        word("已计入", "Credited"),
                    )]))
                    .with(Block::Words(word("示例文字。", "Example words.")))
                    .with(Block::Links(vec![("/".to_owned(), word("打开", "Open"))])),
            )
    }
}
