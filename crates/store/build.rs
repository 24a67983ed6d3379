//! The migrations are read by a macro, which Cargo cannot see: a new file alone would not rebuild the crate.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
