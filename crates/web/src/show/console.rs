//! The frame of the operator's console, and its pages.

mod contest;
mod listing;
mod overview;
mod people;
mod records;
mod review;
mod work;

use askama::Template;

pub use contest::{DayDeeds, DayPane, DaysPage, FieldGroup, TermsPage};
pub use listing::{Listing, Segment};
pub use overview::{Alarm, Overview, Sums};
pub use people::{Closing, ParticipantPage};
pub use records::{RecordPage, Reversal, SecondPerson};
pub use review::{Deeds as ReviewDeeds, Facts as ReviewFacts, Pane, Picture, Queued, ReviewPage, Sketch, TogetherPage};
pub use work::WorkPage;

use super::Person;
use crate::asset;
use crate::lang::Lang;

/// A page of the console in its frame.
#[derive(Clone, Debug, Template)]
#[template(path = "console/frame.html")]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// The title of the page.
    pub title: String,
    /// The programme that is worked on.
    pub programme: String,
    /// Its name in addresses.
    pub slug: String,
    /// Other programmes of this person: name and address.
    pub others: Vec<(String, String)>,
    /// Who works, with the token of the sign-out form.
    pub person: Person,
    /// The roles, in words.
    pub roles: String,
    /// Where one can go.
    pub rooms: Vec<Room>,
    /// Path and query of the page: switching the language keeps them.
    pub address: String,
    /// The rendered inside; not escaped.
    pub inner: String,
}

/// A room of the console.
#[derive(Clone, Debug)]
pub struct Room {
    /// The symbol without `i-`.
    pub icon: &'static str,
    /// The key of its name.
    pub message: &'static str,
    /// Where it is; none while it does not exist.
    pub href: Option<String>,
    /// Whether this is it.
    pub here: bool,
    /// How much waits there.
    pub waiting: Option<String>,
}

impl Frame {
    /// The whole page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Ok(super::icon::with_symbols(&Template::render(self)?))
    }

    fn tongue(&self) -> String {
        super::shell::in_language(&self.address, self.lang.other())
    }

    /// The frame of somebody who works in the sample programme, in the room of this address below the console's.
    pub fn sample(lang: Lang, title: &str, room: &str, inner: String) -> Self {
        let rooms = [
            ("overview", "console-overview", ""),
            ("work", "console-work", "/work"),
            ("check", "console-review", "/review"),
            ("people", "console-participants", "/participants"),
            ("list", "console-records", "/records"),
            ("book", "console-methodologies", "/methodologies"),
            ("store", "console-rewards", "/rewards"),
            ("order", "console-orders", "/orders"),
            ("compete", "console-competitions", "/competitions"),
            ("partner", "console-partners", "/partners"),
            ("settings", "console-settings", "/settings"),
            ("audit", "console-audit", "/audit"),
        ];
        Frame {
            lang,
            title: title.to_owned(),
            programme: super::of(lang, "示范校园碳普惠", "Demo Campus"),
            slug: "demo".to_owned(),
            others: vec![(
                super::of(lang, "示范街道碳普惠", "Demo Street"),
                "/console/street".to_owned(),
            )],
            person: Person {
                alias: "support@demo.example".to_owned(),
                hats: Vec::new(),
                csrf: "sample".to_owned(),
            },
            roles: lang.say("console-role-support"),
            rooms: rooms
                .into_iter()
                .map(|(icon, message, path)| Room {
                    icon,
                    message,
                    href: (path != "-").then(|| format!("/console/demo{path}")),
                    here: path == room,
                    waiting: (path == "/work").then(|| "7".to_owned()),
                })
                .collect(),
            address: format!("/console/demo{room}"),
            inner,
        }
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn sheets(&self) -> [String; 2] {
        [asset::CSS.href(), asset::CONSOLE_CSS.href()]
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn script(&self) -> String {
        asset::SCRIPT.href()
    }
}
