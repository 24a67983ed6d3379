//! The pages under Me as a browser without scripts uses them.

use crate::world::{Answer, PASSWORD, Server, World, engines};

struct Browser<'a> {
    server: &'a Server,
    cookie: String,
}

impl Browser<'_> {
    fn get(&self, path: &str) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("accept-language", "en")];
        self.server.call("GET", path, &headers, b"").unwrap()
    }

    /// Sends a form; `csrf` is what its page holds.
    fn send(&self, path: &str, csrf: &str, fields: &str) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("accept-language", "en"),
            ("origin", self.server.address.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("csrf={csrf}&{fields}");
        self.server.call("POST", path, &headers, body.as_bytes()).unwrap()
    }
}

/// The value of the first hidden field of this name.
fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let after = page.text.split(&start).nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn every_page_under_me_works_by_forms_alone_until_the_account_is_closed() {
    for url in engines("me") {
        let world = World::new(url);
        let server = world.serve();
        let cookie = format!("__Host-puhui={}", server.sign_in("student"));
        let me = Browser {
            server: &server,
            cookie,
        };
        let hub = me.get("/me");
        assert_eq!(hub.status, 200, "{}", hub.text);
        let csrf = hidden(&hub, "csrf");
        for path in [
            "/me/consents",
            "/me/settings",
            "/me/appeals",
            "/me/export",
            "/me/close",
            "/me/entities/new",
        ] {
            let page = me.get(path);
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains("<h1"), "{path}");
        }
        // a person is nobody else's to share
        assert_eq!(me.get("/me/people").status, 404);

        // only a page of this session sends its forms
        let forged = me.send("/me/consents", "0123", "consent=photos&give=0");
        assert_eq!(forged.status, 404);
        let on = "value=\"0\" role=\"switch\" aria-checked=\"true\" aria-labelledby=\"c-photos\"";
        assert!(me.get("/me/consents").text.contains(on));
        me.send("/me/consents", &csrf, "consent=photos&give=0");
        assert!(!me.get("/me/consents").text.contains(on));
        let basic = me.send("/me/consents", &csrf, "consent=programme&give=0");
        assert_eq!(basic.status, 404, "taking part ends by closing the account");

        let unnamed = me.send("/me/settings/profile", &csrf, "alias=+&lang=en");
        assert_eq!(unnamed.status, 422);
        assert!(unnamed.text.contains("id=\"alias-error\""));
        me.send("/me/settings/profile", &csrf, "alias=Renamed&lang=en");
        assert!(me.get("/me").text.contains("Renamed"));
        let guessed = me.send("/me/settings/password", &csrf, "old=guess-guess&new=another-secret");
        assert_eq!(guessed.status, 401);
        assert!(guessed.text.contains("id=\"old-error\""));

        let form = me.get("/me/entities/new");
        let key = hidden(&form, "key");
        let bare = me.send("/me/entities/new", &csrf, &format!("key={key}&alias=Dormitory"));
        assert_eq!(bare.status, 422);
        assert!(bare.text.contains("value=\"Dormitory\""), "what was typed stays");
        let key = hidden(&bare, "key");
        me.send(
            "/me/entities/new",
            &csrf,
            &format!("key={key}&alias=Dormitory&consents=programme&consents=photos"),
        );
        let hub = me.get("/me");
        assert!(hub.text.contains("<h1 id=\"alias\">Dormitory</h1>"), "{}", hub.text);
        let invited = me.send("/me/people/invite", &csrf, "");
        assert_eq!(invited.status, 200);
        let link = invited.text.split("/invitation/").nth(1).unwrap();
        let secret = link.split('"').next().unwrap();
        let guest = Browser {
            server: &server,
            cookie: String::new(),
        };
        let page = guest.get(&format!("/invitation/{secret}"));
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Dormitory") && page.text.contains("/signin?next="));
        assert_eq!(guest.get("/invitation/unheard-of").status, 404);
        assert_eq!(me.send("/me/switch", &csrf, "participant=1").status, 404);

        // the small entity first, then the person, with what hangs on it
        let unsure = me.send("/me/close", &csrf, &format!("password={PASSWORD}"));
        assert!(unsure.text.contains("id=\"sure-error\""));
        let wrong = me.send("/me/close", &csrf, "sure=1&password=wrong-wrong");
        assert_eq!(wrong.status, 401);
        let closed = me.send("/me/close", &csrf, &format!("sure=1&password={PASSWORD}"));
        assert_eq!(closed.status, 200, "{}", closed.text);
        assert!(me.get("/me").text.contains("<h1 id=\"alias\">Renamed</h1>"));
        me.send("/me/close", &csrf, &format!("sure=1&password={PASSWORD}"));
        assert!(!me.get("/me").text.contains("Renamed"));
        world.verify();
    }
}
