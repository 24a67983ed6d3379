//! A photo taken where there is no network.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::driver::{Browser, Look};
use super::tongue;
use crate::world::{Server, World};

fn credited(world: &World, server: &Server) -> usize {
    let statement = server
        .get(&world.at("/statement?limit=200"), &server.sign_in("student"))
        .json();
    statement["entries"].as_array().unwrap().len()
}

/// Waits until nothing waits on the phone.
fn empties(phone: &Browser) {
    phone.until("an empty queue", || {
        phone
            .script("return document.querySelector('[data-queue] li')", vec![])
            .filter(serde_json::Value::is_null)
    });
}

#[test]
fn a_photo_waits_for_the_network_and_counts_once() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a photo without network", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    phone.see_css("img.preview");
    phone.offline(true);
    phone.tap_css("button[name=proof][value=photo]");
    phone.see_css("[data-queue] li");
    assert_eq!(credited(&world, &server), 0);
    phone.offline(false);
    phone.until("the credit", || (credited(&world, &server) == 1).then_some(()));
    empties(&phone);
    phone.goto("/");
    phone.see("200");
    assert_eq!(world.points_milli(&server), 200_000);
    world.verify();
}

#[test]
fn a_photo_survives_closing_the_page() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a photo that outlives its page", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    phone.offline(true);
    phone.tap_css("button[name=proof][value=photo]");
    phone.see_css("[data-queue] li");
    phone.offline(false);
    phone.goto("/store");
    phone.goto("/");
    phone.until("the credit", || (credited(&world, &server) == 1).then_some(()));
    world.verify();
}

/// A line to the server that can lose every answer to an act: the server gets it, the browser never hears.
struct Line {
    address: String,
    deaf: Arc<AtomicBool>,
    /// acts whose answer was lost
    lost: Arc<AtomicUsize>,
}

impl Line {
    fn to(server: &Server) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let upstream = server.address.trim_start_matches("http://").to_owned();
        let (deaf, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let line = Line {
            address,
            deaf: Arc::clone(&deaf),
            lost: Arc::clone(&lost),
        };
        std::thread::spawn(move || {
            for browser in listener.incoming().map_while(Result::ok) {
                let Ok(there) = TcpStream::connect(&upstream) else {
                    return;
                };
                let (deaf, lost) = (Arc::clone(&deaf), Arc::clone(&lost));
                let posts = Arc::new(AtomicBool::new(false));
                let (mut from, mut to) = (browser.try_clone().unwrap(), there.try_clone().unwrap());
                let noted = Arc::clone(&posts);
                std::thread::spawn(move || {
                    let mut piece = [0; 1 << 12];
                    while let Ok(length @ 1..) = from.read(&mut piece) {
                        if deaf.load(SeqCst) && piece.starts_with(b"POST /act/") {
                            noted.store(true, SeqCst);
                        }
                        if to.write_all(&piece[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                });
                let (mut from, mut to) = (there, browser);
                std::thread::spawn(move || {
                    let mut piece = [0; 1 << 12];
                    while let Ok(length @ 1..) = from.read(&mut piece) {
                        if posts.load(SeqCst) {
                            lost.fetch_add(1, SeqCst);
                            break;
                        }
                        if to.write_all(&piece[..length]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        });
        line
    }
}

/// The server books the act, and the way back breaks: whoever asks again must not earn twice.
#[test]
fn an_answer_that_is_lost_costs_nothing_and_earns_nothing() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let line = Line::to(&server);
    let look = Look::phone("zh");
    let Some(phone) = Browser::open_at("a lost answer", &line.address, look) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    line.deaf.store(true, SeqCst);
    phone.tap_css("button[name=proof][value=photo]");
    phone.until("an answer that nobody hears", || {
        (line.lost.load(SeqCst) > 0).then_some(())
    });
    phone.see(&tongue(look.lang).say("home-queue-waiting"));
    phone.until("the booking", || (credited(&world, &server) == 1).then_some(()));
    line.deaf.store(false, SeqCst);
    phone.tap_css("[data-send-now]");
    empties(&phone);
    phone.goto("/");
    phone.see("200");
    assert_eq!(world.points_milli(&server), 200_000);
    assert_eq!(credited(&world, &server), 1);
    world.verify();
}
