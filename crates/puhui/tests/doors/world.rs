//! A programme on fresh books, and the binary that serves it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use app::{App, Caller, Membership, NewParticipant, NewProgramme, NewReward, Parts};
use domain::measure::{ParticipantId, Text};
use domain::methodology::catalogue;
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Programme, Role, Scope};
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::password::Passwords;
use serde_json::json;
use store::testing::{FreshUrl, fresh_postgres_url, fresh_sqlite_url};
use store::{Options, Store};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_puhui");
pub(crate) const PASSWORD: &str = "a test password";

/// Books with a programme `campus`, people in every role, a partner and cola in the store.
///
/// Two people take part: `student` and `other`, who has nothing to do with the student.
pub(crate) struct World {
    pub(crate) url: FreshUrl,
    pub(crate) dir: PathBuf,
    pub(crate) student: ParticipantId,
    pub(crate) other: ParticipantId,
    /// A competition of steps with teams, open since today.
    pub(crate) race: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) cola: String,
    pub(crate) partner: String,
    pub(crate) editor: i64,
    /// One that nobody opened.
    pub(crate) draft: String,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Who works in the programme, each with an account of that name.
pub(crate) const STAFF: [(&str, Role); 8] = [
    ("admin", Role::Admin),
    ("editor", Role::Editor),
    ("support", Role::Support),
    ("finance", Role::Finance),
    ("reviewer", Role::Reviewer),
    ("merchant", Role::Merchant),
    ("verifier", Role::Verifier),
    ("regulator", Role::Regulator),
];

/// What the student has left in the books: the addresses of their pages.
pub(crate) struct Traces {
    /// A credited metro trip.
    pub(crate) record: String,
    /// A metro trip that was refused, since its photo had been sent before.
    pub(crate) refused: String,
    /// The submission of the refused trip.
    pub(crate) submission: String,
    /// Cola, handed over.
    pub(crate) order: String,
    /// Its voucher.
    pub(crate) code: String,
    /// The secret of the student's team.
    pub(crate) invitation: String,
}

impl Traces {
    /// Ids of the same make that nothing has.
    pub(crate) fn made_up(&self) -> Traces {
        let other = |id: &str| {
            let mut id: Vec<char> = id.chars().collect();
            id[3] = if id[3] == '0' { '1' } else { '0' };
            id.into_iter().collect()
        };
        Traces {
            record: other(&self.record),
            refused: other(&self.refused),
            submission: other(&self.submission),
            order: other(&self.order),
            code: other(&self.code),
            invitation: other(&self.invitation),
        }
    }

    /// Puts ids where an address says `$record`, `$refused`, `$submission`, `$order`, `$code`, `$reward`, `$student`,
    /// `$partner`, `$editor`, `$draft`, `$race`, `$day`, `$invitation`.
    pub(crate) fn fill(&self, address: &str, world: &World) -> String {
        let (student, editor) = (world.student.to_string(), world.editor.to_string());
        let now = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap();
        let day = now.date().to_string();
        let words = [
            ("$record", &self.record),
            ("$refused", &self.refused),
            ("$submission", &self.submission),
            ("$order", &self.order),
            ("$code", &self.code),
            ("$reward", &world.cola),
            ("$student", &student),
            ("$partner", &world.partner),
            ("$editor", &editor),
            ("$competition", &world.race),
            ("$draft", &world.draft),
            ("$race", &world.race),
            ("$day", &day),
            ("$invitation", &self.invitation),
        ];
        words
            .iter()
            .fold(address.to_owned(), |address, (word, id)| address.replace(word, id))
    }
}

/// A photo that nobody has seen before: coloured stripes.
pub(crate) fn photo(number: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let band = ((x / 20 + y / 30 * u32::from(number)) % 250) as u8;
        let (red, green) = (band.wrapping_mul(number), band.wrapping_add(40 * number));
        let colours = [red, green, 200 - band / 2];
        // the third one is that of the lights that are off
        image::Rgb(colours.map(|c| if number == 3 { c / 3 } else { c }))
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// The engines of this run; one that is missing is reported as skipped by name.
pub(crate) fn engines(test: &str) -> Vec<FreshUrl> {
    let mut urls = vec![fresh_sqlite_url()];
    match fresh_postgres_url() {
        Some(url) => urls.push(url),
        None => skip(&format!("{test} on PostgreSQL"), "PUHUI_TEST_POSTGRES is not set"),
    }
    urls
}

pub(crate) fn skip(test: &str, why: &str) {
    eprintln!("skipped {test}: {why}");
    if let Ok(path) = std::env::var("PUHUI_TEST_SKIPS") {
        use std::io::Write;
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path) {
            let _ = writeln!(file, "{test}: {why}");
        }
    }
}

/// A file of the real data, or nothing and a word about it.
pub(crate) fn data(test: &str, path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("PUHUI_DATA").map_or(beside, PathBuf::from);
    let file = folder.join(path);
    if file.exists() {
        return Some(file);
    }
    skip(test, &format!("{path} is not in the folder of real data"));
    None
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

impl World {
    pub(crate) fn new(url: FreshUrl) -> Self {
        runtime().block_on(Self::build(url))
    }

    async fn build(url: FreshUrl) -> Self {
        let dir = std::env::temp_dir().join(format!("puhui-doors-{}", app::form_key().unwrap()));
        std::fs::create_dir_all(&dir).unwrap();
        let parts = Parts {
            store: Store::open(&url, Options::default()).await.unwrap(),
            blobs: Blobs::open(dir.join("blobs")).unwrap(),
            clock: Clock::System,
            passwords: Passwords::with_cost(8, 1, 1).unwrap(),
            photos: outside::photo::Limits::default(),
            models: None,
            mailer: None,
        };
        let app = App::open(parts).await.unwrap();
        let console = Caller::console();
        let new = NewProgramme {
            slug: "campus".into(),
            title: Text {
                zh: "示范校园".into(),
                en: "Demo Campus".into(),
            },
            zone: "Asia/Shanghai".into(),
            region: "CN-SH".into(),
            starts_us: 1_400_000_000_000_000,
            points: PointsRule {
                milli_per_g: 1000,
                unit: Text {
                    zh: "克".into(),
                    en: "g".into(),
                },
            },
            joinable: true,
        };
        let programme = Arc::new(app.create_programme(&console, new).await.unwrap());
        for id in [
            "metro-trip",
            "cycling-for-driving",
            "lights-off",
            "no-tableware",
            "walking-by-steps",
            "low-carbon-trip",
        ] {
            let file = format!("{id}.toml");
            let (_, text) = catalogue::FILES.iter().find(|(name, _)| *name == file).unwrap();
            app.publish_methodology(&console, &programme, text).await.unwrap();
        }
        // a lot would ask a person about one clean proof in fifty
        app.set_policy(&console, &programme, "[limits]\naudit_permille = 0\n", "tests")
            .await
            .unwrap();
        let mut people = Vec::new();
        for alias in ["小满", "阿禾"] {
            let new = NewParticipant {
                kind: Kind::Person,
                alias: alias.into(),
                lang: "zh".into(),
                reference: None,
                consents: vec![Consent::Programme, Consent::Photos],
            };
            let person = app.register_participant(&console, &programme, new, None).await.unwrap();
            people.push(person.id);
        }
        let (student, other) = (people[0], people[1]);
        let staff = STAFF.into_iter().map(|(account, role)| (account, role, None));
        let takers = [("student", student), ("other", other)];
        let takers = takers.map(|(account, id)| (account, Role::Participant, Some(id)));
        let mut editor = 0;
        for (account, role, participant) in takers.into_iter().chain(staff) {
            let membership = Membership {
                programme: programme.id,
                role,
                participant,
            };
            let login = app.create_login(&console, account, PASSWORD, "zh", vec![membership]);
            let login = login.await.unwrap();
            if role == Role::Editor {
                editor = login;
            }
        }
        // a reviewer who takes part as well
        let both = [Role::Participant, Role::Reviewer].map(|role| Membership {
            programme: programme.id,
            role,
            participant: (role == Role::Participant).then_some(student),
        });
        app.create_login(&console, "judge", PASSWORD, "zh", both.to_vec())
            .await
            .unwrap();
        let partner = app
            .create_partner(&console, &programme, "metro", &Scope::ALL, None)
            .await
            .unwrap();
        let cola = NewReward {
            title: Text {
                zh: "12 罐可乐".into(),
                en: "12 cans of cola".into(),
            },
            sponsor: "Demo Drinks".into(),
            cost_minor: None,
            currency: None,
            price: "500".into(),
            stock: 10,
            per_person: None,
            hold_days: None,
            voucher_days: None,
            at_once: false,
            icon: String::new(),
        };
        let cola = app
            .create_reward(&console, &programme, cola, None)
            .await
            .unwrap()
            .id
            .to_string();
        let race = crate::race::found(&app, &programme).await;
        let draft = crate::race::draft(&app, &programme).await;
        self::close(app, &programme).await;
        World {
            url,
            dir,
            student,
            other,
            race,
            client_id: partner.client_id,
            client_secret: partner.client_secret,
            cola,
            partner: partner.id.to_string(),
            editor,
            draft,
        }
    }

    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Serves with more arguments.
    pub(crate) fn serve_with(&self, more: &[&str]) -> Server {
        let mut child = self
            .command("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("http://"), "the address, not {line:?}");
        Server {
            child,
            address: line.trim().to_owned(),
        }
    }

    /// A command of the binary on these books.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(BINARY);
        command
            .arg(name)
            .args(["--database", &self.url, "--data-dir"])
            .arg(&self.dir);
        command
    }

    /// The books must be what the rules make of them.
    pub(crate) fn verify(&self) -> serde_json::Value {
        let output = self.command("verify").arg("--json").output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "verify: {words}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("/api/v1/programmes/campus/participants/{}{path}", self.student)
    }
}

async fn close(app: App, _: &Arc<Programme>) {
    app.close().await;
}

/// The binary, serving.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }
}

impl World {
    /// What the student has to spend, in thousandths of a point.
    pub(crate) fn points_milli(&self, server: &Server) -> i64 {
        let balances = server.get(&self.at("/balances"), &server.sign_in("student")).json();
        balances["points_available_milli"].as_i64().unwrap()
    }

    /// A file with a photo that nobody has seen before.
    pub(crate) fn photo_file(&self, number: u8) -> PathBuf {
        let path = self.dir.join(format!("photo-{number}.jpg"));
        std::fs::write(&path, photo(number)).unwrap();
        path
    }
}

impl Server {
    /// SIGTERM: what was accepted is finished.
    pub(crate) fn stop(&mut self) {
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        assert!(asked.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    /// SIGKILL: no chance to finish anything.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // as a browser does
        if method != "GET" && headers.iter().all(|(name, _)| *name != "origin") {
            request = request.header("origin", &self.address);
        }
        let mut response = agent.run(request.body(body).unwrap())?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string()?;
        Ok(Answer { status, text })
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        self.call("GET", path, &[("authorization", &format!("Bearer {token}"))], b"")
            .unwrap()
    }

    pub(crate) fn post(&self, path: &str, token: &str, body: &serde_json::Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.call("POST", path, &headers, body.to_string().as_bytes()).unwrap()
    }

    /// Posts under a key that nobody used before.
    pub(crate) fn post_once(&self, path: &str, token: &str, body: &serde_json::Value) -> Answer {
        let (bearer, key) = (format!("Bearer {token}"), app::form_key().unwrap());
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        self.call("POST", path, &headers, body.to_string().as_bytes()).unwrap()
    }

    pub(crate) fn sign_in(&self, account: &str) -> String {
        let body = serde_json::json!({ "account": account, "password": PASSWORD });
        let answer = self.call(
            "POST",
            "/api/v1/session",
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        );
        answer.unwrap().json()["token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn partner(&self, world: &World) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            world.client_id, world.client_secret
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.call("POST", "/oauth/token", &headers, form.as_bytes()).unwrap();
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a photo with an act.
    pub(crate) fn photo(&self, token: &str, record: &serde_json::Value, photo: &[u8]) -> Answer {
        let mut body = Vec::new();
        let part = |name: &str, more: &str| {
            format!("--puhui\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n")
        };
        body.extend_from_slice(part("record", "").as_bytes());
        body.extend_from_slice(record.to_string().as_bytes());
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(part("photo", "; filename=\"photo.jpg\"\r\ncontent-type: image/jpeg").as_bytes());
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n--puhui--\r\n");
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "multipart/form-data; boundary=puhui"),
        ];
        self.call("POST", "/api/v1/programmes/campus/records/photo", &headers, &body)
            .unwrap()
    }

    /// The student earns 513 g from four photos.
    pub(crate) fn earn(&self, world: &World) {
        let student = self.sign_in("student");
        let acts = ["metro-trip", "metro-trip", "lights-off", "no-tableware"];
        for ((behaviour, hour), number) in acts.into_iter().zip(9..).zip(1..) {
            let decided = self.decided(world, &student, &self.send(&student, behaviour, hour, number));
            assert_eq!(decided["state"], "credited", "{decided}");
        }
    }

    fn send(&self, student: &str, behaviour: &str, hour: usize, number: u8) -> Answer {
        let started = format!("2026-11-20T{hour:02}:00:00+08:00");
        let record = json!({ "event": format!("t{hour}"), "behaviour": behaviour, "started_at": started });
        self.photo(student, &record, &photo(number))
    }

    /// The student's story by the API: 513 g, one photo refused, 500 g spent on cola.
    pub(crate) fn live(&self, world: &World) -> Traces {
        self.earn(world);
        let student = self.sign_in("student");
        let sent = self.send(&student, "metro-trip", 15, 1);
        let refused = self.decided(world, &student, &sent);
        assert_eq!(refused["state"], "refused", "{refused}");
        let statement = self.get(&world.at("/statement?limit=200"), &student).json();
        let metro = statement["entries"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["mg"] == 200_000);
        let order = self.order_cola(world);
        let handed = self.hand_over(world, &order);
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        Traces {
            record: word(&metro.unwrap()["record"]),
            refused: word(&refused["record"]),
            submission: word(&sent.json()["submission"]),
            order,
            code: word(&handed["voucher"]["code"]),
            invitation: self.race(world),
        }
    }

    /// The student orders cola; the order's id.
    pub(crate) fn order_cola(&self, world: &World) -> String {
        let body = json!({ "reward": world.cola });
        let order = self.post_once(&world.at("/orders"), &self.sign_in("student"), &body);
        order.json()["id"].as_str().unwrap().to_owned()
    }

    /// The canteen hands an order of the student over.
    pub(crate) fn hand_over(&self, world: &World, order: &str) -> serde_json::Value {
        let path = world.at(&format!("/orders/{order}/fulfil"));
        self.post(&path, &self.sign_in("merchant"), &json!({})).json()
    }

    /// Waits until a submission was decided on.
    pub(crate) fn decided(&self, world: &World, token: &str, submitted: &Answer) -> serde_json::Value {
        assert_eq!(submitted.status, 202, "{}", submitted.text);
        let id = submitted.json()["submission"].as_str().unwrap().to_owned();
        for _ in 0..400 {
            let record = self.get(&world.at(&format!("/records/{id}")), token).json();
            if record["state"] != "submitted" {
                return record;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("nobody decided on {id}");
    }
}
