//! puhui
fn main() {}
