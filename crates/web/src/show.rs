//! What a page shows: one view struct per page, with fields that are finished text.
//!
//! Shape: a handler fills a view from the domain, the view renders one dumb template, [`Shell`]
//! wraps the result. Invariant: views hold no numbers to format and no rules to decide; every view
//! has `sample(lang)`, plainly fictional data that a test renders in both languages.

mod act;
mod ask;
mod book;
pub mod calculator;
mod chart;
mod compete;
mod console;
pub mod contest;
mod counter;
mod docs;
mod error;
pub mod evidence;
mod folio;
mod form;
mod home;
mod icon;
mod join;
pub mod me;
pub mod methodology;
pub mod months;
mod outbox;
pub mod public;
mod record;
mod shell;
mod signin;
mod statement;
mod store;
mod styleguide;
mod table;
mod voucher;
pub mod welcome;
mod why;

pub use act::{
    Act as ActRow, ActSheet, Acts, Appeal, AskConsent, FileForm, Group as ActGroup, MoreProof, Outcome, Proof, Sending,
    Sent, StepsDay, StepsSent,
};
pub use ask::{Ask, Link};
pub use book::{FactorBook, Methodologies, MethodologyPage, Shelf, Version, Volume};
pub use calculator::Calculator;
pub use chart::{Bar as ChartBar, Block, Chart};
pub use compete::{
    Board, BoardDay, Certificate, Compete, CompeteGroup, CompeteRow, Curve, DayPage, Joining as CompeteJoining,
    Live as CompeteLive, NewsPage, NewsRow, Place as CompetePlace, Prize as CompetePrize, Ranks, ResultPage, Scale,
    Spell, Standing as CompeteStanding, Step as PodiumStep, TeamPage, WonPrize, share_image,
};
pub use console::{
    Alarm, Closing, DayDeeds, DayPane, DaysPage, FieldGroup, Frame, Listing, Overview, Pane, ParticipantPage, Picture,
    Queued, RecordPage, Reversal, ReviewDeeds, ReviewFacts, ReviewPage, Room, SecondPerson, Segment, Sketch, Sums,
    TermsPage, TogetherPage, WorkPage,
};
pub use counter::{Counter, Part};
pub use docs::{Body, Docs, Field, Group, Kind, Operation, Reply, Schema, Scheme};
pub use error::ErrorPage;
pub use folio::{Block as FolioBlock, Folio, Section, Side};
pub use form::{Choice, Field as FormField, Form, Input};
pub use home::{Act, Bar, Home, Race, Week};
pub use icon::Icon;
pub use join::{Agree, Choose, Join, consent_title};
pub use me::{Appeals, Consents, Hub, People, Settings, Sheet};
pub use methodology::Paper;
pub use months::taken_back;
pub use outbox::{LetterSheet, Outbox, Piece};
pub use public::ProgrammePage;
pub use record::{Record, RecordDay, Records, State};
pub use shell::{Hat, Page, Person, Shell, Tab, TabWord};
pub use signin::{Login, Signin};
pub use statement::{Kind as StatementKind, Like, Line as StatementLine, Statement};
pub use store::{Deal, Offer, Reward, Store};
pub use styleguide::Styleguide;
pub use table::{Cell, Column, Sort, Table};
pub use voucher::{Qr, Row as VoucherRow, Shelf as VoucherShelf, Voucher, VoucherState, Vouchers};
pub use welcome::{Programme, Welcome};
pub use why::{Appealed, Factor, Method, Refused, Stage, Step, Stop, Why};

use crate::lang::Lang;

/// An amount split for large type: the number and its unit, both finished text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The number as shown, e.g. `65.5` or `1,313`.
    pub value: String,
    /// The unit as shown, e.g. `g` or `克`.
    pub unit: String,
}

impl Amount {
    /// An amount of finished number and unit.
    pub fn new(value: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            unit: unit.into(),
        }
    }
}

/// A name and its value, both finished text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What it amounts to.
    pub value: String,
}

impl Fact {
    /// A fact of finished name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// Sample text in the language of the sample.
fn of(lang: Lang, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
    .to_owned()
}

/// Sample grams in the language of the sample.
fn grams(lang: Lang, number: &str) -> String {
    format!("{number} {}", of(lang, "克", "g"))
}
