//! The console's pages about people and records.

use web::lang::Lang;

/// Each page with its name, in its frame.
pub(crate) fn pages(_lang: Lang) -> Vec<(&'static str, String)> {
    Vec::new()
}
