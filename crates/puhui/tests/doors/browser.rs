//! The student at a real browser, in both languages.

use fantoccini::{ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::world::{PASSWORD, World, runtime, skip};

#[test]
fn the_student_signs_in_and_sees_why_this_number() {
    let Ok(driver) = std::env::var("PUHUI_TEST_WEBDRIVER") else {
        return skip("the student at a browser", "PUHUI_TEST_WEBDRIVER is not set");
    };
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let (student, partner) = (server.sign_in("student"), server.partner(&world));
    let bearer = format!("Bearer {student}");
    server
        .call(
            "PUT",
            &world.at("/consents/partner_events"),
            &[("authorization", &bearer)],
            b"",
        )
        .unwrap();
    let act = json!({ "event": "m", "participant": world.student.to_string(), "behaviour": "cycling-for-driving",
                      "started_at": "2026-11-20T08:00:00+08:00", "inputs": { "distance": 3.2 } });
    assert_eq!(
        server.post("/api/v1/programmes/campus/records", &partner, &act).status,
        200
    );
    runtime().block_on(async {
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let serde_json::Value::Object(capabilities) = json!({ "goog:chromeOptions": { "args": arguments } }) else {
            unreachable!()
        };
        let browser = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver)
            .await
            .unwrap();
        // localhost, since a browser keeps a __Host- cookie of plain HTTP only there
        let address = server.address.replace("127.0.0.1", "localhost");
        let text = async |css: &str| browser.find(Locator::Css(css)).await.unwrap().text().await.unwrap();
        browser.set_window_size(1280, 1000).await.unwrap();
        browser.goto(&format!("{address}/signin?lang=en")).await.unwrap();
        browser
            .find(Locator::Css("input[name=account]"))
            .await
            .unwrap()
            .send_keys("student")
            .await
            .unwrap();
        let password = browser.find(Locator::Css("input[name=password]")).await.unwrap();
        password.send_keys(PASSWORD).await.unwrap();
        browser
            .find(Locator::Css("main form button, form button[type=submit]"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        browser
            .wait()
            .for_element(Locator::Css("a[href^='/why/']"))
            .await
            .unwrap();
        assert!(text("body").await.contains("800"), "{}", text("body").await);
        browser
            .find(Locator::Css("a[href^='/why/']"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        browser
            .wait()
            .for_element(Locator::XPath("//*[contains(text(),'Why this number')]"))
            .await
            .unwrap();
        let page = text("body").await;
        for words in ["800", "3.2 km", "China Daily", "250", "1.0.0", "rounded down"] {
            assert!(page.contains(words), "{words} in {page}");
        }
        let here = browser.current_url().await.unwrap();
        browser
            .goto(&format!("{}?lang=zh", here.as_str().split('?').next().unwrap()))
            .await
            .unwrap();
        let page = text("body").await;
        for words in ["怎么算的", "骑行代替开车", "800"] {
            assert!(page.contains(words), "{words} in {page}");
        }
        browser.close().await.unwrap();
    });
}
