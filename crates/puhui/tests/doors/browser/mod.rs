//! The product in a real browser: the driver, the stories, and what every page must hold to.

mod account;
mod axe;
mod compete;
mod contest;
mod driver;
mod keyboard;
mod operator;
mod pictures;
mod queue;
mod review;
mod speed;
mod student;
mod track;

use web::lang::Lang;

/// The language of a word of [`driver::Look`].
fn tongue(lang: &str) -> Lang {
    if lang == "zh" { Lang::Zh } else { Lang::En }
}
