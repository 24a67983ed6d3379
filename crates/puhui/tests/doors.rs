//! The product from outside: the real binary, real HTTP, real files, a real browser.

#[path = "doors/bad_input.rs"]
mod bad_input;
#[path = "doors/browser.rs"]
mod browser;
#[path = "doors/openapi.rs"]
mod openapi;
#[path = "doors/story.rs"]
mod story;
#[path = "doors/world.rs"]
mod world;
