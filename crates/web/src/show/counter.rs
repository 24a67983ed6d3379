//! The console's pages about rewards and orders: a head, and cards with facts, a form or a table.

use super::form::{Choice, Field, Form, Input};
use super::{Cell, Column, Fact, Table, of};
use crate::lang::Lang;
use askama::Template;

/// A page of cards.
#[derive(Clone, Debug, Template)]
#[template(path = "console/counter.html")]
pub struct Counter {
    /// The language of the page.
    pub lang: Lang,
    /// Where one came from, with its name.
    pub back: Option<(String, String)>,
    /// The heading.
    pub title: String,
    /// The state of what it is about: tone and words.
    pub chip: Option<(&'static str, String)>,
    /// Where one can go from here: address and words.
    pub acts: Vec<(String, String)>,
    /// What was just done.
    pub done: Option<String>,
    /// Why what was asked for could not be done.
    pub error: Option<String>,
    /// The cards.
    pub parts: Vec<Part>,
}

/// A card.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its id, unique in the page.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// A sentence below the heading.
    pub words: String,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Where one can go from here: address and words.
    pub links: Vec<(String, String)>,
    /// A table.
    pub table: Option<Table>,
    /// Forms.
    pub forms: Vec<Form>,
    /// Whether it takes the whole width.
    pub wide: bool,
    /// Whether it is so long that the others stand beside it.
    pub tall: bool,
}

impl Counter {
    /// A page without cards.
    pub fn new(lang: Lang, title: impl Into<String>) -> Self {
        Counter {
            lang,
            back: None,
            title: title.into(),
            chip: None,
            acts: Vec::new(),
            done: None,
            error: None,
            parts: Vec::new(),
        }
    }

    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The rewards of the demo campus.
    pub fn sample_list(lang: Lang) -> Self {
        let columns = vec![
            Column::text(of(lang, "奖励", "Reward")),
            Column::number(of(lang, "价格", "Price")),
            Column::number(of(lang, "库存", "Stock")),
            Column::text(of(lang, "状态", "State")),
        ];
        let row = |title: String, price: &str, stock: &str, state: (&'static str, String)| {
            vec![
                Cell::link("/console/campus/rewards/0", title),
                Cell::text(price),
                Cell::text(stock),
                Cell::chip(state.0, state.1),
            ]
        };
        let table = Table {
            caption: of(lang, "奖励", "Rewards"),
            columns,
            rows: vec![
                row(
                    of(lang, "可乐 12 罐", "12 cans of cola"),
                    "500",
                    "40",
                    ("", of(lang, "在售", "On sale")),
                ),
                row(
                    of(lang, "USB 数据线", "USB cable"),
                    "1,200",
                    "0",
                    ("calm", of(lang, "已下架", "Off sale")),
                ),
            ],
            csv: Some("/console/campus/rewards.csv".to_owned()),
            ..Table::default()
        };
        Counter {
            acts: vec![(
                "/console/campus/rewards/new".to_owned(),
                of(lang, "新增奖励", "New reward"),
            )],
            parts: vec![Part {
                id: "list",
                title: of(lang, "全部奖励", "All rewards"),
                table: Some(table),
                wide: true,
                ..Part::default()
            }],
            ..Self::new(lang, of(lang, "商店", "Store"))
        }
    }

    /// One reward, with what can be done to it; a list of codes was just refused.
    pub fn sample_reward(lang: Lang) -> Self {
        let codes = Form {
            error: Some(of(
                lang,
                "第 3 行：这个券码已经有了。",
                "Line 3: this code is known already.",
            )),
            ..Form::new("/console/campus/rewards/0/codes", "sample", of(lang, "导入", "Import"))
        };
        let codes = codes
            .with(Field::new("codes", of(lang, "券码", "Codes"), Input::Area).optional())
            .with(
                Field::new(
                    "file",
                    of(lang, "或选择文件", "Or a file"),
                    Input::File { accept: ".csv,.txt" },
                )
                .optional(),
            );
        let title = Field::line("title_zh", of(lang, "中文名称", "Title in Chinese")).value("可乐 12 罐");
        let on_sale = Field::new("on_sale", of(lang, "在售", "On sale"), Input::Check).value("1");
        let icon = vec![Choice::new("drink", of(lang, "饮料", "Drink"), true)];
        let edit = Form::new("/console/campus/rewards/0", "sample", of(lang, "保存", "Save"))
            .with(title)
            .with(Field::new("icon", of(lang, "图标", "Picture"), Input::Select(icon)))
            .with(on_sale);
        Counter {
            back: Some(("/console/campus/rewards".to_owned(), of(lang, "商店", "Store"))),
            chip: Some(("", of(lang, "在售", "On sale"))),
            done: Some(of(lang, "已保存。", "Saved.")),
            parts: vec![
                Part {
                    id: "facts",
                    title: of(lang, "库存", "Stock"),
                    facts: vec![
                        Fact::new(of(lang, "可兑换", "In stock"), "40"),
                        Fact::new(of(lang, "待发放", "Reserved"), "3"),
                    ],
                    ..Part::default()
                },
                Part {
                    id: "edit",
                    title: of(lang, "修改", "Edit"),
                    forms: vec![edit],
                    tall: true,
                    ..Part::default()
                },
                Part {
                    id: "import",
                    title: of(lang, "导入券码", "Import codes"),
                    words: of(lang, "每行一个。", "One a line."),
                    forms: vec![codes],
                    ..Part::default()
                },
            ],
            ..Self::new(lang, of(lang, "可乐 12 罐", "12 cans of cola"))
        }
    }

    /// One order that waits.
    pub fn sample_order(lang: Lang) -> Self {
        let cancel = Form {
            danger: true,
            ..Form::new("/console/campus/orders/0/cancel", "sample", of(lang, "取消", "Cancel"))
        };
        Counter {
            back: Some(("/console/campus/orders".to_owned(), of(lang, "兑换单", "Orders"))),
            chip: Some(("wait", of(lang, "待发放", "Waiting"))),
            parts: vec![
                Part {
                    id: "facts",
                    title: of(lang, "兑换单", "Order"),
                    facts: vec![Fact::new(
                        of(lang, "参与者", "Participant"),
                        of(lang, "小满", "Xiaoman"),
                    )],
                    ..Part::default()
                },
                Part {
                    id: "deeds",
                    title: of(lang, "处理", "Decide"),
                    forms: vec![
                        Form::new(
                            "/console/campus/orders/0/fulfil",
                            "sample",
                            of(lang, "发放", "Hand over"),
                        ),
                        cancel,
                    ],
                    ..Part::default()
                },
            ],
            ..Self::new(lang, of(lang, "可乐 12 罐", "12 cans of cola"))
        }
    }
}
