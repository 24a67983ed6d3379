//! How soon a phone shows something. A measure, no test: times depend on the machine, so nothing is asserted.

use serde_json::json;

use super::driver::{Browser, Look};
use crate::world::{PASSWORD, World};

const RUNS: usize = 9;

/// Milliseconds from asking for the page to its first text or picture.
fn first_paint_ms(phone: &Browser, path: &str) -> f64 {
    phone.forget_files();
    phone.goto("/healthz");
    phone.goto(path);
    let entry =
        "return performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0] ?? null";
    phone.until("the first paint", || {
        phone.script(entry, vec![]).as_ref().and_then(serde_json::Value::as_f64)
    })
}

#[test]
#[ignore = "measures; run it alone on a quiet machine"]
fn first_paint_on_a_slow_phone() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.live(&world);
    let Some(phone) = Browser::open("first paint", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in_with("student", PASSWORD);
    phone.slow_down(6);
    // what a fast 3G or slow 4G network gives: 1.6 Mbit/s, 150 ms there and back
    for (network, delay_ms, bytes_per_s) in [("local network", 0, -1), ("slow 4G", 150, 200_000)] {
        phone.network(false, delay_ms, bytes_per_s);
        for path in ["/", "/store"] {
            let mut times: Vec<f64> = (0..RUNS).map(|_| first_paint_ms(&phone, path)).collect();
            times.sort_by(f64::total_cmp);
            let (least, median, most) = (times[0], times[RUNS / 2], times[RUNS - 1]);
            println!(
                "{path:10} {network:14} 6x slower CPU: median {median:.0} ms ({least:.0} to {most:.0}, {RUNS} runs)"
            );
        }
    }
    println!(
        "{}",
        json!({ "build": if cfg!(debug_assertions) { "debug" } else { "release" } })
    );
}
