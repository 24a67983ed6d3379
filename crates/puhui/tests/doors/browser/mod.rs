//! The product in a real browser: the driver, the stories, and what every page must hold to.

mod axe;
mod driver;
mod student;
