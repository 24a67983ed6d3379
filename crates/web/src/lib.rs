//! What people see and touch: pages, their words and their look.
//!
//! Shape: [`lang`] holds the words, [`show`] the view structs with one template each, [`asset`] the
//! files a browser fetches. A page is rendered in two steps: a view gives the inner HTML,
//! [`show::Shell`] wraps it; the same inner HTML serves as a fragment.
//! Invariant: everything a person wrote reaches a page only through askama's escaping; the only
//! unescaped insertion in all templates is the already rendered inside of the shell.

pub mod asset;
pub mod lang;
pub mod show;
