//! The pages under Me.

use web::asset;
use web::lang::Lang;
use web::show::{Appeals, Consents, Hat, Hub, Page, People, Settings, Sheet, Shell, TabWord};

fn framed(lang: Lang, title: &str, inner: Result<String, askama::Error>) -> Shell {
    let frame = Shell::sample(lang, title, Page::Plain, Some(TabWord::Me), inner.unwrap());
    let more = vec![asset::ME_CSS, asset::PASSKEY];
    Shell { more, ..frame }
}

/// Somebody who is also in charge of a dormitory.
fn with_hats(mut shell: Shell) -> Shell {
    let hat = |value: &str, alias: &str, here| Hat {
        value: value.to_owned(),
        alias: alias.to_owned(),
        words: shell.lang.say("participant-entity"),
        here,
    };
    let hats = vec![hat("1", "Xiaoman", true), hat("2", "Demo dormitory 302", false)];
    if let Some(person) = &mut shell.person {
        person.hats = hats;
    }
    shell
}

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let all = [
        ("me", with_hats(framed(lang, "me", Hub::sample(lang).render()))),
        ("me-consents", framed(lang, "consents", Consents::sample(lang).render())),
        ("me-settings", framed(lang, "settings", Settings::sample(lang).render())),
        ("me-people", framed(lang, "people", People::sample(lang).render())),
        ("me-close", framed(lang, "close", Sheet::sample(lang).render())),
        ("me-appeals", framed(lang, "appeals", Appeals::sample(lang).render())),
        (
            "me-appeals-none",
            framed(lang, "appeals", Appeals::sample_empty(lang).render()),
        ),
    ];
    all.into_iter()
        .map(|(name, shell)| (name, shell.render().unwrap()))
        .collect()
}

#[test]
fn what_others_wrote_is_escaped_under_me() {
    let evil = "<script>alert(1)</script>\"'".to_owned();
    let lang = Lang::En;
    let mut hub = Hub::sample(lang);
    hub.alias.clone_from(&evil);
    let mut settings = Settings::sample(lang);
    settings.passkeys[0].name.clone_from(&evil);
    settings.account.clone_from(&evil);
    let mut people = People::sample(lang);
    people.alias.clone_from(&evil);
    people.people[1].account.clone_from(&evil);
    let mut appeals = Appeals::sample(lang);
    appeals.appeals[0].words.clone_from(&evil);
    let mut shell = with_hats(framed(lang, "me", hub.render()));
    if let Some(person) = &mut shell.person {
        person.hats[1].alias.clone_from(&evil);
    }
    for page in [shell.render(), settings.render(), people.render(), appeals.render()] {
        let page = page.unwrap();
        assert!(
            !page.contains("<script>") && page.contains("&#60;script&#62;"),
            "{page}"
        );
        assert!(!page.contains("(1)</"), "{page}");
    }
}

#[test]
fn a_consent_says_whether_it_is_in_force_and_offers_the_opposite() {
    let page = Consents::sample(Lang::En).render().unwrap();
    let of = |name: &str| {
        let form = page
            .split(&format!("name=\"consent\" value=\"{name}\""))
            .nth(1)
            .unwrap();
        form.split("</form>").next().unwrap().to_owned()
    };
    assert!(of("photos").contains("value=\"0\"") && of("photos").contains("aria-checked=\"true\""));
    assert!(of("device_readings").contains("value=\"1\"") && of("device_readings").contains("aria-checked=\"false\""));
    // taking part is ended by closing the account only
    assert!(!page.contains("name=\"consent\" value=\"programme\""));
    assert!(page.contains("href=\"/me/close\""));
}
