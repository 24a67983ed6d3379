//! Partners that must sign what they send.

use app::signature::{Headers, Secret, sign};
use app::{Caller, Key, Refused, SetSigning, Who};
use domain::measure::PartnerId;
use domain::programme::Role;
use store::testing::each_engine;

use crate::world::{DAY_US, MINUTE_US, World, refused};

const BODY: &[u8] = br#"{"event":"gate-1"}"#;

impl World {
    fn partner_id(&self) -> PartnerId {
        match &self.partner.who {
            Who::Partner { id, .. } => *id,
            other => panic!("{other:?}"),
        }
    }

    async fn set_signing(&self, to: SetSigning, key: Option<Key>) -> Result<Option<Secret>, Refused> {
        let admin = self.staff(100, &[Role::Admin]);
        let set = self
            .app
            .set_signing(&admin, &self.programme, self.partner_id(), to, key);
        refused(set.await).map(|secret| secret.map(|secret| Secret::parse(&secret).unwrap()))
    }

    /// The partner as its next request finds it.
    fn signing(&self, signs: bool) -> Caller {
        let mut caller = self.partner.clone();
        if let Who::Partner { signs: now, .. } = &mut caller.who {
            *now = signs;
        }
        caller
    }

    /// Sends a body with an id, signed so many minutes ago. Gives the code of what was refused, or nothing.
    async fn signed(&self, secret: &Secret, id: &str, minutes_ago: i64, body: &[u8]) -> Option<&'static str> {
        let sent_s = (self.clock.now_us() - minutes_ago * MINUTE_US) / 1_000_000;
        let (timestamp, signature) = (sent_s.to_string(), sign(secret, id, sent_s, body).unwrap());
        let headers = Headers {
            id: Some(id),
            timestamp: Some(&timestamp),
            signature: Some(&signature),
        };
        self.checked(headers, body).await
    }

    async fn checked(&self, headers: Headers<'_>, body: &[u8]) -> Option<&'static str> {
        let caller = self.signing(true);
        let checked = self.app.check_signature(&caller, headers, body).await;
        refused(checked).err().map(|why| why.code())
    }
}

#[tokio::test]
async fn signing_is_asked_of_a_partner_with_a_key_only() {
    each_engine("signing on and off", async |store| {
        let world = World::new(&store).await;
        let unsigned = async |caller: &Caller| {
            let checked = world.app.check_signature(caller, Headers::default(), BODY).await;
            refused(checked).err().map(|why| why.code())
        };
        assert_eq!(unsigned(&world.partner).await, None);
        assert_eq!(unsigned(&Caller::console()).await, None);

        let secret = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        let id = world.partner_id();
        let console = Caller::console();
        assert!(world.app.partner(&console, &world.programme, id).await.unwrap().signs);
        assert_eq!(unsigned(&world.signing(true)).await, Some("signature.missing"));
        assert_eq!(world.signed(&secret, "m1", 0, BODY).await, None);
        let again = world.set_signing(SetSigning::On, None).await;
        assert_eq!(again.unwrap_err().code(), "settled", "the key stays as it is");
        assert_eq!(world.signed(&secret, "m2", 0, BODY).await, None);

        assert_eq!(world.set_signing(SetSigning::Off, None).await, Ok(None));
        assert_eq!(world.set_signing(SetSigning::Off, None).await, Ok(None));
        assert!(!world.app.partner(&console, &world.programme, id).await.unwrap().signs);
        assert_eq!(unsigned(&world.signing(true)).await, None, "turned off under way");
        let renewed = world.set_signing(SetSigning::Renew, None).await;
        assert_eq!(renewed.unwrap_err().code(), "settled");
    })
    .await;
}

#[tokio::test]
async fn a_signature_that_does_not_fit_or_is_not_fresh_is_refused() {
    each_engine("wrong signatures", async |store| {
        let world = World::new(&store).await;
        let secret = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        let other = Secret::random().unwrap();
        assert_eq!(world.signed(&other, "m1", 0, BODY).await, Some("signature.wrong"));
        assert_eq!(world.signed(&secret, "m1", 6, BODY).await, Some("signature.old"));
        assert_eq!(world.signed(&secret, "m1", -6, BODY).await, Some("signature.future"));
        let garbled = Headers {
            id: Some("m1"),
            timestamp: Some("now"),
            signature: Some("v1,AAAA"),
        };
        assert_eq!(world.checked(garbled, BODY).await, Some("signature.malformed"));
        // what was refused takes no id
        assert_eq!(world.signed(&secret, "m1", 4, BODY).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_message_comes_again_only_as_it_was() {
    each_engine("a message again", async |store| {
        let world = World::new(&store).await;
        let secret = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        assert_eq!(world.signed(&secret, "m1", 0, BODY).await, None);
        assert_eq!(world.signed(&secret, "m1", 1, BODY).await, None, "signed anew");
        let changed = br#"{"event":"gate-2"}"#;
        assert_eq!(world.signed(&secret, "m1", 0, changed).await, Some("key.reused"));
        assert_eq!(world.signed(&secret, "m2", 0, changed).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_renewed_secret_leaves_the_old_one_a_day() {
    each_engine("a renewed secret", async |store| {
        let world = World::new(&store).await;
        let first = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        let second = world.set_signing(SetSigning::Renew, None).await.unwrap().unwrap();
        world.clock.advance(DAY_US - MINUTE_US);
        assert_eq!(world.signed(&first, "m1", 0, BODY).await, None);
        assert_eq!(world.signed(&second, "m2", 0, BODY).await, None);
        world.clock.advance(2 * MINUTE_US);
        assert_eq!(world.signed(&first, "m3", 0, BODY).await, Some("signature.wrong"));
        assert_eq!(world.signed(&second, "m3", 0, BODY).await, None);
        world.app.purge().await.unwrap();
        assert_eq!(world.signed(&second, "m4", 0, BODY).await, None);

        // a secret that leaked ends at once by turning it off and on
        world.set_signing(SetSigning::Off, None).await.unwrap();
        let third = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        assert_eq!(world.signed(&second, "m5", 0, BODY).await, Some("signature.wrong"));
        assert_eq!(world.signed(&third, "m5", 0, BODY).await, None);
    })
    .await;
}

#[tokio::test]
async fn pressing_renew_twice_renews_once_and_no_note_tells_a_secret() {
    each_engine("renew twice", async |store| {
        let world = World::new(&store).await;
        let first = world.set_signing(SetSigning::On, None).await.unwrap().unwrap();
        let admin = world.staff(100, &[Role::Admin]);
        let key = Key::new(&admin, "partner.signing", "k", b"renew");
        let second = world.set_signing(SetSigning::Renew, Some(key)).await.unwrap().unwrap();
        let again = world.set_signing(SetSigning::Renew, Some(key)).await;
        assert_eq!(again.unwrap_err().code(), "settled");
        assert_eq!(world.signed(&first, "m1", 0, BODY).await, None);
        assert_eq!(world.signed(&second, "m2", 0, BODY).await, None);

        let support = world.staff(101, &[Role::Support]);
        let set = world
            .app
            .set_signing(&support, &world.programme, world.partner_id(), SetSigning::Off, None);
        assert_eq!(refused(set.await).unwrap_err().code(), "auth.not_allowed");
        let all = app::AuditFilter::default();
        let notes = world.app.audit(&admin, &world.programme, all, 100).await.unwrap();
        let notes = format!("{notes:?}");
        assert!(notes.contains("partner.sign_renew"), "{notes}");
        assert!(!notes.contains(second.reveal().trim_start_matches("whsec_")));
    })
    .await;
}
