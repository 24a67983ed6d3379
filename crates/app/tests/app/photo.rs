//! Photos, from the upload to the credit.

use std::io::Cursor;

use app::{RecordView, Refused, Report, Standing, Submitted};
use domain::evidence::Grade;
use domain::measure::{EntryId, ParticipantId};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use store::testing::each_engine;

use crate::world::{HOUR_US, Told, World, refused};

/// A picture that no other number gives.
pub fn picture(number: u32) -> DynamicImage {
    // each field by itself: a picture that is another one moved would rightly be called alike
    let pixel = |x: u32, y: u32| {
        let mut mixed = (x / 8 + 16 * (y / 8) + 1000 * number).wrapping_mul(0x9E37_79B9);
        mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B);
        mixed ^= mixed >> 13;
        let [a, b, c, _] = mixed.to_le_bytes();
        // a slope in each field, which JPEG never keeps to the bit
        let slope = u8::try_from(x % 8 * 7 + y % 8 * 5).unwrap();
        Rgb([a.wrapping_add(slope), b.wrapping_sub(slope), c])
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(96, 64, pixel))
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

impl World {
    pub async fn submit_photo(
        &self,
        who: ParticipantId,
        report: Report<'_>,
        photo: &[u8],
    ) -> Result<Submitted, Refused> {
        let caller = self.person(who);
        let sent = self.app.submit_photo(&caller, &self.programme, report, photo.to_vec());
        refused(sent.await)
    }

    pub async fn shown(&self, who: ParticipantId, id: EntryId) -> RecordView {
        let caller = self.person(who);
        self.app.record(&caller, &self.programme, who, id).await.unwrap()
    }
}

pub fn trip(who: ParticipantId, event: &str, hours_ago: i64, world: &World) -> Report<'static> {
    let start = world.clock.now_us() - hours_ago * HOUR_US;
    Told::new(who, event, "metro-trip", start).lasting(20).report()
}

#[tokio::test]
async fn a_photo_earns_200_g_once_whoever_sends_it_in_whatever_form() {
    each_engine("a photo", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        let sent = world.submit_photo(li, trip(li, "one", 3, &world), &jpeg).await.unwrap();
        let before = world.shown(li, sent.submission).await;
        assert_eq!((before.state, before.record), (Standing::Submitted, None));
        assert_eq!(world.available(li).await, 0);

        // the same key with the same photo, before and after it was decided on, is the same submission
        let again = world.submit_photo(li, trip(li, "one", 3, &world), &jpeg).await.unwrap();
        assert_eq!(again.submission, sent.submission);
        world.work().await;
        let again = world.submit_photo(li, trip(li, "one", 3, &world), &jpeg).await.unwrap();
        assert_eq!(again.submission, sent.submission);
        world.work().await;
        let credited = world.shown(li, sent.submission).await;
        assert_eq!((credited.state, credited.mg), (Standing::Credited, 200_000));
        assert_eq!(credited.act.unwrap().grade, Grade::E1);
        assert_eq!(world.available(li).await, 200_000);

        // the same key with another photo
        let other = encoded(&picture(2), ImageFormat::Jpeg);
        let reused = world.submit_photo(li, trip(li, "one", 3, &world), &other).await;
        assert_eq!(reused.unwrap_err().code(), "key.reused");

        // the pixels of the upload in another file, turned round; and our own copy sent back
        let pixels = image::load_from_memory(&jpeg).unwrap();
        let png = encoded(&pixels.fliph(), ImageFormat::Png);
        for (who, event, bytes) in [
            (li, "two", &jpeg),
            (li, "three", &png),
            (wang, "four", &jpeg),
            (wang, "five", &png),
        ] {
            let sent = world
                .submit_photo(who, trip(who, event, 1, &world), bytes)
                .await
                .unwrap();
            world.work().await;
            let shown = world.shown(who, sent.submission).await;
            assert_eq!(shown.state, Standing::Refused, "{event}");
            assert_eq!(shown.reason.as_deref(), Some("claim.duplicate"), "{event}");
            assert_eq!(
                shown.detail,
                credited.record.map(|record| record.to_string()),
                "{event}"
            );
        }
        assert_eq!((world.available(li).await, world.available(wang).await), (200_000, 0));
        let checked = world.verified().await;
        // one credit makes its key and two prints, four refusals make a key each
        assert_eq!((checked.entries, checked.claims), (5, 7));
    })
    .await;
}

#[tokio::test]
async fn a_judge_that_dies_before_it_notes_the_outcome_changes_nothing_when_it_comes_back() {
    each_engine("a judge that dies", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let jpeg = encoded(&picture(3), ImageFormat::Jpeg);
        let sent = world.submit_photo(li, trip(li, "one", 3, &world), &jpeg).await.unwrap();
        world.sql("CREATE TABLE job_before AS SELECT * FROM job").await.unwrap();
        world.work().await;
        let credited = world.shown(li, sent.submission).await;
        assert_eq!(credited.mg, 200_000);
        // as if the process had died between the post and the note, and the job came back
        world
            .sql("UPDATE submission SET entry = NULL, state = 3; INSERT INTO job SELECT * FROM job_before")
            .await
            .unwrap();
        assert_eq!(world.shown(li, sent.submission).await.state, Standing::Submitted);
        world.work().await;
        let again = world.shown(li, sent.submission).await;
        assert_eq!((again.state, again.record), (Standing::Credited, credited.record));
        // and as if it had died after the note
        world.sql("INSERT INTO job SELECT * FROM job_before").await.unwrap();
        world.work().await;
        assert_eq!(world.available(li).await, 200_000);
        assert_eq!(world.verified().await.entries, 1);
    })
    .await;
}

#[tokio::test]
async fn what_came_in_since_decides_on_a_photo_that_waits() {
    each_engine("a photo that waits", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let jpeg = encoded(&picture(4), ImageFormat::Jpeg);
        let sent = world.submit_photo(li, trip(li, "one", 3, &world), &jpeg).await.unwrap();
        let (consent, caller) = (domain::participant::Consent::Photos, world.person(li));
        world
            .app
            .set_consent(&caller, &world.programme, li, consent, false)
            .await
            .unwrap();
        world.work().await;
        let shown = world.shown(li, sent.submission).await;
        assert_eq!(
            (shown.state, shown.reason.as_deref()),
            (Standing::Refused, Some("consent.missing"))
        );
        assert_eq!(world.verified().await.entries, 0);
    })
    .await;
}

#[tokio::test]
async fn a_partner_and_a_participant_may_call_two_photos_the_same() {
    each_engine("two photos of one name", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let (one, two) = (
            encoded(&picture(5), ImageFormat::Jpeg),
            encoded(&picture(6), ImageFormat::Jpeg),
        );
        let own = world.submit_photo(li, trip(li, "one", 3, &world), &one).await.unwrap();
        let sent = world
            .app
            .submit_photo(&world.partner, &world.programme, trip(li, "one", 2, &world), two)
            .await
            .unwrap();
        world.work().await;
        for submission in [own.submission, sent.submission] {
            let shown = world.shown(li, submission).await;
            assert_eq!((shown.state, shown.mg), (Standing::Credited, 200_000), "{shown:?}");
        }
        world.verified().await;
    })
    .await;
}

/// Real photos of the wild, where they are.
#[tokio::test]
async fn photos_of_telephones_are_credited_once() {
    let Ok(data) = std::env::var("PUHUI_DATA") else {
        println!("skipped: photos of telephones: PUHUI_DATA is not set");
        return;
    };
    let folder = std::path::Path::new(&data).join("photos/exif_orientation");
    let mut small = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let jpeg = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jpg"));
        if jpeg && let Ok(picture) = image::open(&path) {
            small.push((
                path,
                encoded(&picture.thumbnail(400, 400).to_rgb8().into(), ImageFormat::Jpeg),
            ));
        }
        if small.len() == 3 {
            break;
        }
    }
    if small.is_empty() {
        println!("skipped: photos of telephones: no {}", folder.display());
        return;
    }
    each_engine("photos of telephones", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        for (hour, (path, bytes)) in small.iter().enumerate() {
            let event = path.display().to_string();
            let hours_ago = i64::try_from(hour).unwrap() + 1;
            let event = &event[event.len().saturating_sub(100)..];
            let sent = world
                .submit_photo(li, trip(li, event, hours_ago, &world), bytes)
                .await
                .unwrap();
            world.work().await;
            assert_eq!(world.shown(li, sent.submission).await.mg, 200_000, "{event}");
        }
        world.verified().await;
    })
    .await;
}
