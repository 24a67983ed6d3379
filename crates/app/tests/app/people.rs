//! Small entities and those in charge of them; alias, password and consents of one's own.

use app::{Caller, Key, Letter, NewEntity, Refused, Who};
use domain::measure::ParticipantId;
use domain::participant::{Consent, Kind};
use store::testing::each_engine;

use crate::world::{DAY_US, PASSWORD, World, refused};

fn entity(alias: &str) -> NewEntity {
    NewEntity {
        alias: alias.to_owned(),
        lang: "zh".to_owned(),
        consents: vec![Consent::Programme],
    }
}

fn login(caller: &Caller) -> i64 {
    match caller.who {
        Who::Person { login, .. } => login,
        _ => panic!("nobody who signs in"),
    }
}

async fn made(world: &World, caller: &Caller, alias: &str) -> Result<ParticipantId, Refused> {
    let key = Key::new(caller, "create_entity", alias, alias.as_bytes());
    refused(
        world
            .app
            .create_entity(caller, &world.programme, entity(alias), Some(key))
            .await,
    )
}

#[tokio::test]
async fn an_invitation_puts_one_more_in_charge_once_and_the_last_one_stays() {
    each_engine("people", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let (li, _) = world.signed_in("li@demo.example", &[li]).await;
        let (wang, token) = world.signed_in("wang@demo.example", &[wang]).await;
        let (app, programme) = (&world.app, &world.programme);
        let dorm = made(&world, &li, "dormitory").await.unwrap();
        assert_eq!(
            made(&world, &li, "dormitory").await,
            Ok(dorm),
            "pressing twice makes one"
        );
        let (li, _) = world.comes_in("li@demo.example").await;
        let own = app.own(&li).await.unwrap();
        assert_eq!(
            own.iter().map(|own| own.kind).collect::<Vec<_>>(),
            [Kind::Person, Kind::SmallEntity]
        );
        assert_eq!(
            li.participants()[0].1,
            own[0].participant,
            "one looks at pages as oneself first"
        );

        // nobody else may look, invite, or act as it
        let looked = app.people(&wang, programme, dorm).await;
        assert_eq!(refused(looked).unwrap_err().code(), "auth.not_allowed");
        let invited = app.invite_person(&wang, programme, dorm).await;
        assert_eq!(refused(invited).unwrap_err().code(), "auth.not_allowed");
        let acted = app.act_as(&wang, &token, dorm).await;
        assert_eq!(refused(acted).unwrap_err().code(), "not_found");
        // a person is nobody else's to share
        let person = li.participants()[0].1;
        let shared = app.invite_person(&li, programme, person).await;
        assert_eq!(refused(shared).unwrap_err().code(), "not_found");

        let late = app.invite_person(&li, programme, dorm).await.unwrap();
        world.clock.advance(7 * DAY_US + 1);
        let too_late = app.accept_invitation(&wang, &late).await;
        assert_eq!(refused(too_late).unwrap_err().code(), "not_found");

        let secret = app.invite_person(&li, programme, dorm).await.unwrap();
        assert_eq!(app.invitation(&secret).await.unwrap().alias, "dormitory");
        let nobody = app.accept_invitation(&Caller::anonymous(), &secret).await;
        assert_eq!(refused(nobody), Err(Refused::SignIn));
        assert_eq!(app.accept_invitation(&wang, &secret).await.unwrap(), dorm);
        let twice = app.accept_invitation(&li, &secret).await;
        assert_eq!(refused(twice).unwrap_err().code(), "not_found");

        app.act_as(&wang, &token, dorm).await.unwrap();
        let wang = app.caller(&token).await.unwrap();
        assert_eq!(wang.participant_in(programme.id), Some(dorm));
        let people = app.people(&wang, programme, dorm).await.unwrap();
        let shown: Vec<_> = people.iter().map(|one| (one.account.as_str(), one.me)).collect();
        assert_eq!(shown, [("l…@demo.example", false), ("wang@demo.example", true)]);

        app.remove_person(&wang, programme, dorm, login(&li)).await.unwrap();
        let last = app.remove_person(&wang, programme, dorm, login(&wang)).await;
        assert_eq!(refused(last).unwrap_err().code(), "settled");
        let (li, _) = world.comes_in("li@demo.example").await;
        assert_eq!(li.participants().len(), 1);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_is_in_charge_of_a_street_of_small_entities() {
    each_engine("entities", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let (li, _) = world.signed_in("li@demo.example", &[li]).await;
        for number in 0..5 {
            made(&world, &li, &format!("shop {number}")).await.unwrap();
        }
        assert_eq!(made(&world, &li, "one more").await.unwrap_err().code(), "settled");
        let empty = made(&world, &li, " ").await.unwrap_err();
        assert_eq!(empty.pointer().as_deref(), Some("/alias"));
        let mut mute = entity("mute");
        mute.consents.clear();
        let mute = world.app.create_entity(&li, &world.programme, mute, None).await;
        assert_eq!(refused(mute).unwrap_err().pointer().as_deref(), Some("/consents"));
    })
    .await;
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    each_engine("password", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let (caller, here) = world.signed_in("li@demo.example", &[li]).await;
        let (_, elsewhere) = world.comes_in("li@demo.example").await;
        let app = &world.app;
        let told = || Letter {
            subject: "Changed".to_owned(),
            body: "Was it you?".to_owned(),
        };
        let change = async |old: &str, new: &str| app.change_password(&caller, &here, (old, new), told()).await;
        let guessed = change("a guess", "a new password").await;
        assert_eq!(refused(guessed), Err(Refused::Credentials));
        let weak = change(PASSWORD, "short").await;
        assert_eq!(refused(weak).unwrap_err().pointer().as_deref(), Some("/new"));
        assert!(app.caller(&elsewhere).await.is_ok());
        assert!(app.outbox(&Caller::console()).await.unwrap().is_empty());
        change(PASSWORD, "a new password").await.unwrap();
        let letters = app.outbox(&Caller::console()).await.unwrap();
        let to: Vec<&str> = letters.iter().map(|letter| letter.recipient.as_str()).collect();
        assert_eq!(to, ["li@demo.example"], "the owner hears of it");
        assert!(app.caller(&here).await.is_ok());
        assert!(app.caller(&elsewhere).await.is_err());
        assert!(app.sign_in("li@demo.example", PASSWORD, None).await.is_err());
        assert!(app.sign_in("li@demo.example", "a new password", None).await.is_ok());

        app.change_profile(&caller, &world.programme, li, " 小李 ", "en")
            .await
            .unwrap();
        let view = app.participant(&caller, &world.programme, li).await.unwrap();
        assert_eq!(
            (view.alias.as_deref(), view.lang.as_deref()),
            (Some("小李"), Some("en"))
        );
        let stranger = world.enrol("wang").await;
        let foreign = app.change_profile(&caller, &world.programme, stranger, "x", "zh").await;
        assert_eq!(refused(foreign).unwrap_err().code(), "auth.not_allowed");
    })
    .await;
}
