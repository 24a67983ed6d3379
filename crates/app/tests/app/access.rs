//! Coming in: joining, guessing, forgetting, letters.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::{App, Caller, Health, Joined, Letter, LetterView, NewAccount, NewProgramme, Refused, Session, Who, form_key};
use domain::participant::Consent;
use domain::programme::{PointsRule, Programme, Role};
use outside::mail::Mailer;
use store::Db;
use store::testing::each_engine;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::world::{BEGAN_US, DAY_US, HOUR_US, MINUTE_US, World, refused, text};

const PASSWORD: &str = "a long enough one";

fn xiaoman() -> NewAccount {
    NewAccount {
        account: "Xiaoman@Demo.Example".to_owned(),
        password: PASSWORD.to_owned(),
        alias: "小满".to_owned(),
        lang: "zh".to_owned(),
        consents: vec![Consent::Programme, Consent::Photos],
    }
}

fn client(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn join(world: &World, caller: &Caller, new: NewAccount, key: &str) -> Result<Joined, Refused> {
    refused(world.app.join(caller, &world.programme, new, None, key).await)
}

/// The number of rows of a table.
async fn rows(world: &World, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    let count = world
        .store
        .read(async move |db: &mut Db| db.row(&sql, &[]).await?.unwrap().int(0));
    count.await.unwrap()
}

async fn another_programme(world: &World, joinable: bool) -> Arc<Programme> {
    let new = NewProgramme {
        slug: "city".to_owned(),
        title: text("City"),
        zone: "Asia/Shanghai".to_owned(),
        region: "CN-SH".to_owned(),
        starts_us: BEGAN_US,
        points: PointsRule {
            milli_per_g: 1000,
            unit: text("g"),
        },
        joinable,
    };
    Arc::new(world.app.create_programme(&Caller::console(), new).await.unwrap())
}

#[tokio::test]
async fn somebody_joins_once_however_often_the_button_is_pressed() {
    each_engine("joining", async |store| {
        let world = World::new(&store).await;
        let (nobody, key) = (Caller::anonymous(), form_key().unwrap());
        let first = join(&world, &nobody, xiaoman(), &key).await.unwrap();
        let again = join(&world, &nobody, xiaoman(), &key).await.unwrap();
        assert_eq!(first.participant, again.participant);
        for (table, count) in [("login", 1), ("participant", 1), ("membership", 1), ("consent", 2)] {
            assert_eq!(rows(&world, table).await, count, "{table}");
        }
        // at the same moment as well
        let other = NewAccount {
            account: "138 0000 0000".to_owned(),
            ..xiaoman()
        };
        let key = form_key().unwrap();
        let (one, two) = tokio::join!(
            join(&world, &nobody, other.clone(), &key),
            join(&world, &nobody, other, &key)
        );
        assert_eq!(one.unwrap().participant, two.unwrap().participant);

        let session = first.session.unwrap();
        assert_eq!(session.lang, "zh");
        let caller = world.app.caller(&session.token).await.unwrap();
        let Who::Person { account, .. } = &caller.who else {
            panic!("{caller:?}");
        };
        assert_eq!(account, "xiaoman@demo.example");
        assert_eq!(caller.participants(), [(world.programme.id, first.participant)]);
        let shown = world
            .app
            .participant(&caller, &world.programme, first.participant)
            .await
            .unwrap();
        assert_eq!(shown.alias.as_deref(), Some("小满"));
        assert_eq!(shown.consents, [Consent::Programme, Consent::Photos]);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_sent_again_opens_nothing_without_the_password() {
    each_engine("the key of a form", async |store| {
        let world = World::new(&store).await;
        let (nobody, key) = (Caller::anonymous(), form_key().unwrap());
        join(&world, &nobody, xiaoman(), &key).await.unwrap();
        let stranger = NewAccount {
            password: "not the password".to_owned(),
            ..xiaoman()
        };
        let answer = join(&world, &nobody, stranger, &key).await;
        assert_eq!(answer.unwrap_err(), Refused::Credentials);
        let other = NewAccount {
            alias: "大满".to_owned(),
            ..xiaoman()
        };
        assert_eq!(
            join(&world, &nobody, other, &key).await.unwrap_err(),
            Refused::KeyReused
        );
        assert_eq!(rows(&world, "login").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_is_kept() {
    each_engine("refused joins", async |store| {
        let world = World::new(&store).await;
        let nobody = Caller::anonymous();
        join(&world, &nobody, xiaoman(), "").await.unwrap();
        let taken = join(&world, &nobody, xiaoman(), "").await.unwrap_err();
        assert_eq!(taken, Refused::Taken("xiaoman@demo.example".to_owned()));
        let change = |change: fn(&mut NewAccount)| {
            let mut new = NewAccount {
                account: "damai@demo.example".to_owned(),
                ..xiaoman()
            };
            change(&mut new);
            new
        };
        for (new, field) in [
            (change(|new| new.account = "damai".to_owned()), "/account"),
            (change(|new| new.password = "7 signs".to_owned()), "/password"),
            (change(|new| new.alias = "  ".to_owned()), "/alias"),
            (change(|new| new.alias = "步".repeat(41)), "/alias"),
            (change(|new| new.lang = "fr".to_owned()), "/lang"),
            (change(|new| new.consents = vec![Consent::Photos]), "/consents"),
        ] {
            let answer = join(&world, &nobody, new, "").await.unwrap_err();
            assert_eq!(answer.pointer().as_deref(), Some(field), "{answer}");
        }
        let closed = another_programme(&world, false).await;
        let new = change(|_| {});
        let answer = refused(world.app.join(&nobody, &closed, new, None, "").await);
        assert!(matches!(answer, Err(Refused::NotFound(_))), "{answer:?}");
        let partner = join(&world, &world.partner, change(|_| {}), "").await;
        assert!(matches!(partner, Err(Refused::NotAllowed(_))), "{partner:?}");
        assert_eq!(rows(&world, "login").await, 1);
        assert_eq!(rows(&world, "participant").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_joins_a_second_programme_and_none_twice() {
    each_engine("a second programme", async |store| {
        let world = World::new(&store).await;
        let joined = join(&world, &Caller::anonymous(), xiaoman(), "").await.unwrap();
        let token = joined.session.unwrap().token;
        let caller = world.app.caller(&token).await.unwrap();
        let city = another_programme(&world, true).await;
        let alias = NewAccount {
            account: String::new(),
            password: String::new(),
            alias: "满".to_owned(),
            ..xiaoman()
        };
        let second = world.app.join(&caller, &city, alias.clone(), None, "").await.unwrap();
        assert!(second.session.is_none());
        let caller = world.app.caller(&token).await.unwrap();
        assert_eq!(caller.participant_in(city.id), Some(second.participant));
        assert_eq!(caller.participant_in(world.programme.id), Some(joined.participant));
        let twice = refused(world.app.join(&caller, &city, alias, None, "").await);
        assert!(matches!(twice, Err(Refused::Settled(_))), "{twice:?}");
        assert_eq!(rows(&world, "login").await, 1);
        world.verified().await;
    })
    .await;
}

async fn sign_in(world: &World, account: &str, password: &str, from: Option<IpAddr>) -> Result<Session, Refused> {
    refused(world.app.sign_in(account, password, from).await)
}

#[tokio::test]
async fn whoever_guesses_has_to_wait() {
    each_engine("guessing", async |store| {
        let world = World::new(&store).await;
        join(&world, &Caller::anonymous(), xiaoman(), "").await.unwrap();
        let account = "xiaoman@demo.example";
        for _ in 0..5 {
            let wrong = sign_in(&world, account, "wrong password", None).await;
            assert_eq!(wrong.unwrap_err(), Refused::Credentials);
        }
        for password in ["wrong password", PASSWORD] {
            let answer = sign_in(&world, " XIAOMAN@demo.example", password, None).await;
            assert_eq!(answer.unwrap_err(), Refused::TooMany { seconds: 901 });
        }
        world.clock.advance(15 * MINUTE_US);
        sign_in(&world, account, PASSWORD, None).await.unwrap();
        // the right one starts the count afresh, and one account's guesses are not another's
        for _ in 0..4 {
            sign_in(&world, account, "wrong password", None).await.unwrap_err();
        }
        sign_in(&world, account, PASSWORD, None).await.unwrap();

        let here = Some(client("192.0.2.7"));
        for i in 0..50 {
            let answer = sign_in(&world, &format!("nobody-{i}@demo.example"), "wrong password", here).await;
            assert_eq!(answer.unwrap_err(), Refused::Credentials);
        }
        let answer = sign_in(&world, account, PASSWORD, here).await;
        assert_eq!(answer.unwrap_err(), Refused::TooMany { seconds: 901 });
        let other = NewAccount {
            account: "damai@demo.example".to_owned(),
            ..xiaoman()
        };
        let nobody = Caller::anonymous();
        let probing = world.app.join(&nobody, &world.programme, other, here, "").await;
        assert!(matches!(refused(probing), Err(Refused::TooMany { .. })));
        sign_in(&world, account, PASSWORD, Some(client("192.0.2.8")))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_crowd_of_guesses_is_counted_as_well() {
    each_engine("guessing at once", async |store| {
        let world = World::new(&store).await;
        join(&world, &Caller::anonymous(), xiaoman(), "").await.unwrap();
        let mut guesses = tokio::task::JoinSet::new();
        for i in 0..40 {
            let app = world.app.clone();
            guesses.spawn(async move {
                let guess = format!("guess number {i}");
                refused(app.sign_in("xiaoman@demo.example", &guess, None).await).unwrap_err()
            });
        }
        let answers = guesses.join_all().await;
        let looked_at = answers.iter().filter(|answer| **answer == Refused::Credentials).count();
        // two run at once, so one may slip in beside the fifth
        assert!((5..=6).contains(&looked_at), "{looked_at}");
    })
    .await;
}

/// Asks for a link; gives its secret, if a letter was written.
async fn forget(world: &World, account: &str) -> Option<String> {
    let before = rows(world, "message").await;
    let letter = |token: &str| Letter {
        subject: "link".to_owned(),
        body: token.to_owned(),
    };
    world.app.forgot(account, None, letter).await.unwrap();
    let letters = world.app.outbox(&Caller::console()).await.unwrap();
    (rows(world, "message").await > before).then(|| letters[0].body.clone())
}

fn told() -> Letter {
    Letter {
        subject: "Changed".to_owned(),
        body: "Was it you?".to_owned(),
    }
}

#[tokio::test]
async fn a_link_lets_one_choose_a_password_once_and_ends_every_session() {
    each_engine("resets", async |store| {
        let world = World::new(&store).await;
        let joined = join(&world, &Caller::anonymous(), xiaoman(), "").await.unwrap();
        let session = joined.session.unwrap().token;
        let old = forget(&world, "xiaoman@demo.example").await.unwrap();
        assert_eq!(
            rows(&world, "job").await,
            1,
            "the letter and the wish to send it are one"
        );
        let link = forget(&world, "Xiaoman@demo.example").await.unwrap();
        assert!(!world.app.may_reset(&old).await.unwrap(), "the newest link is the one");
        assert!(world.app.may_reset(&link).await.unwrap());

        let short = refused(world.app.reset(&link, "short", None, told()).await).unwrap_err();
        assert_eq!(short.pointer().as_deref(), Some("/password"));
        for _ in 0..5 {
            sign_in(&world, "xiaoman@demo.example", "wrong password", None)
                .await
                .unwrap_err();
        }
        world.app.reset(&link, "another long one", None, told()).await.unwrap();
        let letters = world.app.outbox(&Caller::console()).await.unwrap();
        let last = letters.first().unwrap();
        assert_eq!(
            (last.recipient.as_str(), last.subject.as_str()),
            ("xiaoman@demo.example", "Changed"),
            "the owner hears of it"
        );
        let again = refused(world.app.reset(&link, "yet another one", None, told()).await);
        assert!(matches!(again, Err(Refused::NotFound(_))), "{again:?}");
        assert_eq!(refused(world.app.caller(&session).await), Err(Refused::SignIn));
        let before = sign_in(&world, "xiaoman@demo.example", PASSWORD, None).await;
        assert_eq!(before.unwrap_err(), Refused::Credentials);
        sign_in(&world, "xiaoman@demo.example", "another long one", None)
            .await
            .unwrap();

        // letters are not a way to fill somebody's box
        assert!(forget(&world, "xiaoman@demo.example").await.is_some());
        assert!(forget(&world, "xiaoman@demo.example").await.is_none());
        world.clock.advance(HOUR_US);
        let late = forget(&world, "xiaoman@demo.example").await.unwrap();
        world.clock.advance(HOUR_US);
        assert!(!world.app.may_reset(&late).await.unwrap());
        assert!(world.app.reset(&late, "too late for this", None, told()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_and_no_letter_goes_to_strangers() {
    each_engine("unknown accounts", async |store| {
        let world = World::new(&store).await;
        for account in ["nobody@demo.example", "13800000000", "", "\0"] {
            assert_eq!(forget(&world, account).await, None, "{account}");
        }
        for table in ["message", "job", "password_reset"] {
            assert_eq!(rows(&world, table).await, 0, "{table}");
        }
        let letter = |_: &str| Letter {
            subject: String::new(),
            body: String::new(),
        };
        for _ in 0..50 {
            let asked = world.app.forgot("x@demo.example", Some(client("192.0.2.7")), letter);
            asked.await.unwrap();
        }
        let asked = world
            .app
            .forgot("y@demo.example", Some(client("192.0.2.7")), letter)
            .await;
        assert!(matches!(refused(asked), Err(Refused::TooMany { .. })));
        let person = world.staff(1, &[Role::Admin]);
        assert!(world.app.outbox(&person).await.is_err(), "letters hold links");
    })
    .await;
}

/// A server of letters that says `answer` to the recipient and takes everything else; how many letters it took.
async fn letter_server(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 test\r\n").await.unwrap();
            let (mut line, mut data) = (String::new(), false);
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let said = match line.trim_end() {
                    "." => "250 taken",
                    _ if data => "",
                    "DATA" => "354 go on",
                    other if other.starts_with("RCPT") => answer,
                    _ => "250 ok",
                };
                count.fetch_add(usize::from(said == "250 taken"), Ordering::SeqCst);
                data = (data || line.starts_with("DATA")) && said != "250 taken";
                if !said.is_empty() {
                    stream.write_all(format!("{said}\r\n").as_bytes()).await.unwrap();
                }
                line.clear();
            }
        }
    });
    (format!("smtp://{address}"), taken)
}

/// Works until a job is done or was put off.
async fn deliver(world: &World, app: &App, settled: impl Fn(&LetterView, Health) -> bool) -> LetterView {
    for _ in 0..500 {
        app.run_due_jobs().await.unwrap();
        let letter = app.outbox(&Caller::console()).await.unwrap().remove(0);
        if settled(&letter, app.health().await.unwrap()) {
            return letter;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no letter went: {} jobs", rows(world, "job").await);
}

#[tokio::test]
async fn a_letter_is_sent_once_and_its_words_are_wiped() {
    each_engine("letters", async |store| {
        let world = World::new(&store).await;
        join(&world, &Caller::anonymous(), xiaoman(), "").await.unwrap();
        forget(&world, "xiaoman@demo.example").await.unwrap();
        // a server that is away is tried again
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let away = Mailer::new(&format!("smtp://{closed}"), "puhui@demo.example").unwrap();
        let letter = deliver(&world, &world.postman(away).await, |_, health| health.jobs_failing == 1).await;
        assert!(letter.sent_us.is_none() && !letter.body.is_empty());
        let (address, taken) = letter_server("250 ok").await;
        world.clock.advance(HOUR_US);
        let app = world
            .postman(Mailer::new(&address, "puhui@demo.example").unwrap())
            .await;
        let letter = deliver(&world, &app, |letter, health| {
            letter.sent_us.is_some() && health.jobs_waiting == 0
        })
        .await;
        assert_eq!(letter.body, "");
        world.clock.advance(DAY_US);
        app.run_due_jobs().await.unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), 1);

        // somebody whom no letter can reach is not tried for ever
        forget(&world, "xiaoman@demo.example").await.unwrap();
        let (address, taken) = letter_server("550 nobody of that name").await;
        let app = world
            .postman(Mailer::new(&address, "puhui@demo.example").unwrap())
            .await;
        deliver(&world, &app, |letter, health| {
            letter.body.is_empty() && health.jobs_waiting == 0
        })
        .await;
        world.clock.advance(DAY_US);
        app.run_due_jobs().await.unwrap();
        assert_eq!((rows(&world, "job").await, taken.load(Ordering::SeqCst)), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn what_is_out_of_force_is_forgotten() {
    each_engine("forgetting", async |store| {
        let world = World::new(&store).await;
        let (nobody, key) = (Caller::anonymous(), form_key().unwrap());
        join(&world, &nobody, xiaoman(), &key).await.unwrap();
        forget(&world, "xiaoman@demo.example").await.unwrap();
        let tokens = rows(&world, "token").await;
        world.app.purge().await.unwrap();
        for (table, count) in [("token", tokens), ("password_reset", 1), ("message", 1), ("answer", 1)] {
            assert_eq!(rows(&world, table).await, count, "{table} too early");
        }
        world.clock.advance(7 * DAY_US);
        world.app.purge().await.unwrap();
        assert_eq!(rows(&world, "password_reset").await, 0);
        assert_eq!(rows(&world, "answer").await, 1, "a week is not over before its end");
        world.clock.advance(8 * DAY_US);
        world.app.purge().await.unwrap();
        for table in ["token", "message", "answer"] {
            assert_eq!(rows(&world, table).await, 0, "{table}");
        }
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_programme_asks_in_its_own_words() {
    each_engine("consent texts", async |store| {
        let world = World::new(&store).await;
        let (app, programme) = (&world.app, &world.programme);
        let texts = app.consent_texts(programme).await.unwrap();
        assert_eq!(texts.iter().map(|one| one.consent).collect::<Vec<_>>(), Consent::ALL);
        assert!(texts.iter().all(|one| one.text.is_none()));
        let admin = world.staff(1, &[Role::Admin]);
        for words in ["first", "second", "second"] {
            let set = app.set_consent_text(&admin, programme, Consent::Photos, text(words));
            set.await.unwrap();
        }
        let texts = app.consent_texts(programme).await.unwrap();
        assert_eq!(texts[3].text, Some(text("second")));
        assert!(texts[2].text.is_none());
        assert_eq!(rows(&world, "consent_text").await, 2, "what was asked before is kept");
        let support = world.staff(2, &[Role::Support]);
        let refused_set = app.set_consent_text(&support, programme, Consent::Photos, text("mine"));
        assert!(matches!(refused(refused_set.await), Err(Refused::NotAllowed(_))));
    })
    .await;
}
