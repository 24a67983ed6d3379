//! A browser as a person has one: opens pages, taps what can be seen, types, waits for words.
//!
//! Every look waits up to [`PATIENCE`] for what it looks for; nothing sleeps for a fixed time. A test that fails leaves
//! a picture and the page's HTML in the folder of the build, and names them. When a browser closes it must have
//! nothing to complain about: no script error and no breach of the content security policy.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Server, runtime, skip};

const PATIENCE: Duration = Duration::from_secs(15);
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the page is looked at with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// 390 × 844, finger.
    Phone,
    /// 360 × 592, finger: a page inside a messenger such as WeChat, whose bars take the rest of a small screen.
    WebView,
    /// 1280 × 900, mouse.
    Desktop,
}

/// How a browser is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) device: Device,
    /// `zh` or `en`
    pub(crate) lang: &'static str,
    pub(crate) dark: bool,
    pub(crate) javascript: bool,
}

impl Look {
    pub(crate) const fn phone(lang: &'static str) -> Self {
        Look {
            device: Device::Phone,
            lang,
            dark: false,
            javascript: true,
        }
    }

    pub(crate) const fn web_view(lang: &'static str) -> Self {
        Look {
            device: Device::WebView,
            ..Self::phone(lang)
        }
    }

    pub(crate) const fn desktop(lang: &'static str) -> Self {
        Look {
            device: Device::Desktop,
            ..Self::phone(lang)
        }
    }

    pub(crate) const fn without_javascript(self) -> Self {
        Look {
            javascript: false,
            ..self
        }
    }
}

/// An open browser with one window.
pub(crate) struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    /// the driver's address of this session
    session: String,
    /// where the product is, as the browser names it
    origin: String,
    lang: &'static str,
    test: String,
}

impl Browser {
    /// Opens a browser; without a driver it says that the test is skipped and returns nothing.
    pub(crate) fn open(test: &str, server: &Server, look: Look) -> Option<Self> {
        Self::open_at(test, &server.address, look)
    }

    /// Opens a browser for a product that somebody else started.
    pub(crate) fn open_at(test: &str, address: &str, look: Look) -> Option<Self> {
        let Ok(driver) = std::env::var("PUHUI_TEST_WEBDRIVER") else {
            skip(test, "PUHUI_TEST_WEBDRIVER is not set");
            return None;
        };
        let languages = if look.lang == "zh" { "zh-CN,zh" } else { "en-GB,en" };
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
            "--force-color-profile=srgb",
            "--window-size=1280,1000",
        ];
        let Value::Object(capabilities) = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": { "intl.accept_languages": languages } },
            "goog:loggingPrefs": { "browser": "ALL" },
        }) else {
            unreachable!()
        };
        let runtime = runtime();
        let connect = async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let client = builder.capabilities(capabilities).connect(&driver).await.unwrap();
            let id = client.session_id().await.unwrap().unwrap();
            (client, id)
        };
        let (client, id) = runtime.block_on(connect);
        let browser = Browser {
            runtime,
            client,
            session: format!("{}/session/{id}", driver.trim_end_matches('/')),
            // a browser keeps a __Host- cookie of plain HTTP only for localhost
            origin: address.replace("127.0.0.1", "localhost"),
            lang: look.lang,
            test: test.to_owned(),
        };
        browser.hold(look.device);
        browser.light(!look.dark);
        if !look.javascript {
            browser.cdp("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
        }
        Some(browser)
    }

    #[track_caller]
    fn run<T>(&self, deed: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.runtime.block_on(deed) {
            Ok(done) => done,
            Err(error) => panic!("{error}"),
        }
    }

    /// A command of the driver that is no part of the standard's first edition.
    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.session))
            .header("content-type", "application/json");
        let body = if method == "GET" {
            String::new()
        } else {
            body.to_string()
        };
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let good = response.status().is_success();
        let text = response
            .body_mut()
            .with_config()
            .limit(1 << 28)
            .read_to_string()
            .unwrap();
        assert!(good, "{path}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()["value"].take()
    }

    /// A command of the `DevTools` protocol.
    pub(crate) fn cdp(&self, method: &str, parameters: &Value) -> Value {
        self.command(
            "POST",
            "goog/cdp/execute",
            &json!({ "cmd": method, "params": parameters }),
        )
    }

    /// Evaluates an expression beside the page, where its content security policy does not reach.
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.cdp("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    // --- the device and the network ------------------------------------------------------------

    /// Takes another device in hand; the page stays.
    pub(crate) fn hold(&self, device: Device) {
        let (width, height, phone) = match device {
            Device::Phone => (390, 844, true),
            Device::WebView => (360, 592, true),
            Device::Desktop => (1280, 900, false),
        };
        self.size(width, height, phone);
        self.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": phone }));
    }

    /// A screen of this many CSS pixels; half of them is what a zoom of 200 % leaves.
    pub(crate) fn size(&self, width: u32, height: u32, mobile: bool) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.cdp("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Pictures get this many pixels for one of CSS, on a screen of the device's size.
    pub(crate) fn sharpness(&self, device: Device, scale: f32) {
        let (width, height) = if device == Device::Phone {
            (390, 844)
        } else {
            (1280, 900)
        };
        let mobile = device == Device::Phone;
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile });
        self.cdp("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Light or dark colours; nothing moves in either.
    pub(crate) fn light(&self, light: bool) {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": if light { "light" } else { "dark" } },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]});
        self.cdp("Emulation.setEmulatedMedia", &features);
    }

    /// Cuts the network, or brings it back.
    pub(crate) fn offline(&self, offline: bool) {
        self.network(offline, 0, -1);
    }

    /// A network with this delay (ms) and this many bytes a second; -1 is as fast as it goes.
    pub(crate) fn network(&self, offline: bool, delay_ms: u32, bytes_per_s: i32) {
        self.cdp("Network.enable", &json!({}));
        let conditions = json!({
            "offline": offline, "latency": delay_ms, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s,
        });
        self.cdp("Network.emulateNetworkConditions", &conditions);
    }

    /// A processor so many times slower.
    pub(crate) fn slow_down(&self, times: u32) {
        self.cdp("Emulation.setCPUThrottlingRate", &json!({ "rate": times }));
    }

    /// Forgets every file of every page, as on the first visit.
    pub(crate) fn forget_files(&self) {
        self.cdp("Network.clearBrowserCache", &json!({}));
    }

    /// Plugs in an authenticator that knows its owner and keeps passkeys; returns its id.
    pub(crate) fn authenticator(&self) -> String {
        let new = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let id = self.command("POST", "webauthn/authenticator", &new);
        id.as_str().unwrap().to_owned()
    }

    /// How many passkeys an authenticator keeps.
    pub(crate) fn passkeys(&self, authenticator: &str) -> usize {
        let path = format!("webauthn/authenticator/{authenticator}/credentials");
        self.command("GET", &path, &Value::Null).as_array().map_or(0, Vec::len)
    }

    // --- what a person does --------------------------------------------------------------------

    /// Opens a page of the product.
    pub(crate) fn goto(&self, path: &str) {
        self.run(self.client.goto(&format!("{}{path}", self.origin)));
    }

    /// Signs in through the form.
    pub(crate) fn sign_in(&self, account: &str) {
        self.sign_in_with(account, PASSWORD);
    }

    /// Signs in through the form.
    pub(crate) fn sign_in_with(&self, account: &str, password: &str) {
        self.goto("/signin");
        self.fill("account", account);
        self.fill("password", password);
        self.tap_css("form[action='/signin'] button:not([type=button])");
        self.until("the page after signing in", || (self.path() != "/signin").then_some(()));
        // the profile has a language of its own
        self.goto(&format!("/?lang={}", self.lang));
    }

    /// Taps what carries these words: a link, button, summary, label or tab; exact words first, then the shortest.
    #[track_caller]
    pub(crate) fn tap(&self, words: &str) {
        let kinds = "a[href],button,summary,label,[role=button],[role=tab],input[type=submit]";
        self.until(&format!("{words} to tap"), || {
            let element = self.find(words, kinds)?;
            self.try_tap(&element)
        });
    }

    /// Taps the first visible element of a selector.
    #[track_caller]
    pub(crate) fn tap_css(&self, css: &str) {
        self.until(&format!("{css} to tap"), || {
            let element = self.find("", css)?;
            self.try_tap(&element)
        });
    }

    // a page that changes under the finger is tapped again, as a person does; what still moves is waited for
    fn try_tap(&self, element: &Element) -> Option<()> {
        let place = || self.runtime.block_on(element.rectangle()).ok();
        let before = place()?;
        std::thread::sleep(Duration::from_millis(40));
        if place()? != before {
            return None;
        }
        self.runtime.block_on(element.click()).ok()
    }

    /// Fills a field by its name: types text, ticks a box, picks an option or a radio of this value.
    #[track_caller]
    pub(crate) fn fill(&self, name: &str, value: &str) {
        let script = "
            const [name, value] = arguments;
            const all = [...document.getElementsByName(name)].filter(e => e.type !== 'hidden' && e.type !== 'file');
            const radio = all.find(e => (e.type === 'radio' || e.type === 'checkbox') && e.value === value);
            const field = radio || all.find(e => e.getClientRects().length) || all[0];
            if (!field) return null;
            field.scrollIntoView({ block: 'center' });
            if (field.type === 'radio' || field.type === 'checkbox') {
                if (field.checked) return true;
                return field.getClientRects().length && getComputedStyle(field).opacity > 0 ? field : field.labels[0];
            }
            if (field.tagName === 'SELECT' || /date|time|month|range/.test(field.type)) {
                field.value = value;
                for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));
                return field.value === value || null;
            }
            field.value = '';
            return field;";
        self.until(&format!("a field {name} that takes {value}"), || {
            let found = self.script(script, vec![json!(name), json!(value)])?;
            if found == json!(true) {
                return Some(());
            }
            let (element, ticked) = (self.element(&found)?, self.ticks(&found));
            let deed = async {
                if ticked {
                    element.click().await
                } else {
                    element.send_keys(value).await
                }
            };
            self.runtime.block_on(deed).ok()
        });
    }

    fn ticks(&self, element: &Value) -> bool {
        let script = "return arguments[0].tagName === 'LABEL' || /radio|checkbox/.test(arguments[0].type)";
        self.script(script, vec![element.clone()]) == Some(json!(true))
    }

    /// Gives a file to a field.
    #[track_caller]
    pub(crate) fn upload(&self, name: &str, file: &Path) {
        let script = "return document.querySelector(`input[type=file][name=\"${arguments[0]}\"]`)";
        self.until(&format!("a field {name} for a file"), || {
            let element = self.element(&self.script(script, vec![json!(name)])?)?;
            self.runtime.block_on(element.send_keys(file.to_str()?)).ok()
        });
        // a preview that comes late moves what is about to be tapped
        let shown = "return [...document.images].every(image => image.hidden || image.complete) || null";
        self.until("the preview", || {
            self.script(shown, Vec::new()).filter(|shown| *shown == json!(true))
        });
    }

    /// Presses a key where the focus is.
    #[track_caller]
    pub(crate) fn press(&self, key: Key) {
        self.type_text(&char::from(key).to_string());
    }

    /// Types where the focus is, key by key: what a file field is given as text would be a path.
    #[track_caller]
    pub(crate) fn type_text(&self, text: &str) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.run(self.client.perform_actions(keys));
    }

    /// Moves the focus by the keyboard alone to the field of this name; the focus must be visible.
    #[track_caller]
    pub(crate) fn tab_to_field(&self, name: &str) {
        self.tab_until(name, "return document.activeElement.name === arguments[0]");
    }

    /// Moves the focus by the keyboard alone to a link or button with these words, or a link to this address.
    #[track_caller]
    pub(crate) fn tab_to(&self, words: &str) {
        let script = "
            const e = document.activeElement;
            const name = (e.getAttribute('aria-label') || '') + e.innerText + (e.getAttribute('href') || '');
            return e !== document.body && name.includes(arguments[0]);";
        self.tab_until(words, script);
    }

    #[track_caller]
    fn tab_until(&self, words: &str, script: &str) {
        let ring = "
            const e = document.activeElement, look = getComputedStyle(e), box = e.getBoundingClientRect();
            return (look.outlineStyle !== 'none' || look.boxShadow !== 'none') && box.bottom > 0 && box.top < innerHeight;";
        for _ in 0..150 {
            self.press(Key::Tab);
            if self.script(script, vec![json!(words)]) == Some(json!(true)) {
                assert_eq!(
                    self.script(ring, Vec::new()),
                    Some(json!(true)),
                    "{words} has the focus and shows it"
                );
                return;
            }
        }
        panic!("Tab never reaches {words} at {}\n{}", self.path(), self.text());
    }

    // --- what a person sees --------------------------------------------------------------------

    /// Waits until these words can be read.
    #[track_caller]
    pub(crate) fn see(&self, words: &str) {
        self.until(&format!("{words} to be read"), || {
            self.text().contains(words).then_some(())
        });
    }

    /// Waits until these words cannot be read.
    #[track_caller]
    pub(crate) fn see_no(&self, words: &str) {
        self.until(&format!("{words} to go"), || {
            (!self.text().contains(words)).then_some(())
        });
    }

    /// Waits until something visible fits a selector.
    #[track_caller]
    pub(crate) fn see_css(&self, css: &str) {
        self.until(&format!("{css} to be seen"), || self.find("", css).map(|_| ()));
    }

    /// The words of the page as they are shown, white space made single.
    pub(crate) fn text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''", Vec::new());
        let text = text
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Path and query of the page.
    pub(crate) fn path(&self) -> String {
        let url = self.run(self.client.current_url());
        url.query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// The screen as PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        self.run(self.client.screenshot())
    }

    /// What a script of ours answers; nothing when the page was just leaving.
    pub(crate) fn script(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        self.runtime.block_on(self.client.execute(script, arguments)).ok()
    }

    fn element(&self, found: &Value) -> Option<Element> {
        let id = found.get(ELEMENT)?.as_str()?;
        Some(Element::from_element_id(
            self.client.clone(),
            ElementRef::from(id.to_owned()),
        ))
    }

    fn find(&self, words: &str, css: &str) -> Option<Element> {
        let script = "
            const [words, css] = arguments;
            const plain = text => (text || '').replace(/\\s+/g, ' ').trim();
            const name = e => plain(e.getAttribute('aria-label') || e.innerText || e.value || e.title);
            const seen = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
            const all = [...document.querySelectorAll(css)].filter(seen);
            const part = all.filter(e => name(e).includes(words) || plain(e.innerText).includes(words));
            const one = words === '' ? all[0] : all.find(e => name(e) === words)
                || part.sort((a, b) => name(a).length - name(b).length)[0];
            if (!one) return null;
            one.scrollIntoView({ block: 'center' });
            return one;";
        self.element(&self.script(script, vec![json!(words), json!(css)])?)
    }

    /// Waits for something to be there.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "the patience of a person is measured in time")]
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "waited {PATIENCE:?} for {what} at {}\n{}",
                self.path(),
                self.text()
            );
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// Script errors and breaches of the policy so far. A refused form answers with 4xx, which is no complaint.
    fn complaints(&self) -> Vec<String> {
        let log = self.command("POST", "se/log", &json!({ "type": "browser" }));
        let lines = log.as_array().cloned().unwrap_or_default();
        let bad = |line: &&Value| line["level"] == "SEVERE" && line["source"] != "network";
        lines
            .iter()
            .filter(bad)
            .map(|line| line["message"].to_string())
            .collect()
    }

    fn keep_evidence(&self) {
        let name: String = self
            .test
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '-' })
            .collect();
        let file = |ending: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{ending}"));
        let (picture, html) = self.runtime.block_on(async {
            (
                self.client.screenshot().await.unwrap_or_default(),
                self.client.source().await.unwrap_or_default(),
            )
        });
        let _ = std::fs::write(file("png"), picture);
        let _ = std::fs::write(file("html"), html);
        eprintln!("the page as it was: {}", file("png").display());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let complaints = if failed {
            self.keep_evidence();
            Vec::new()
        } else {
            self.complaints()
        };
        let _ = self.runtime.block_on(self.client.clone().close());
        assert!(failed || complaints.is_empty(), "{}: {complaints:#?}", self.test);
    }
}
