//! Programmes: creating them, changing their settings.

use domain::activity::ClaimKey;
use domain::measure::{Carbon, Day, ProgrammeId, Text, Zone};
use domain::programme::{Deed, PointsRule, Programme};
use outside::chance::random_id;
use serde::Deserialize;
use store::Db;

use crate::{App, Caller, Error, Refused};

/// What a programme is made with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProgramme {
    /// Its name in addresses: a-z, 0-9 and -.
    pub slug: String,
    /// Its title.
    pub title: Text,
    /// The IANA name of its time zone.
    pub zone: String,
    /// The region whose factors apply, e.g. `CN-SH`.
    pub region: String,
    /// Acts before this instant, in microseconds since the epoch, are refused.
    pub starts_us: i64,
    /// What a reduction earns.
    pub points: PointsRule,
    /// Whether people may join by themselves.
    #[serde(default)]
    pub joinable: bool,
}

impl App {
    /// Creates a programme.
    pub async fn create_programme(&self, caller: &Caller, new: NewProgramme) -> Result<Programme, Error> {
        let id = ProgrammeId::new(random_id().map_err(Error::outside)?);
        caller.may(Deed::ManageProgramme, id, None)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if new.slug.is_empty() || new.slug.len() > 40 || !new.slug.chars().all(plain) {
            return Err(Refused::invalid("slug", "needs 1 to 40 of a-z, 0-9 and -").into());
        }
        if new.points.milli_per_g < 0 {
            return Err(Refused::invalid("points/milli_per_g", "is negative").into());
        }
        let zone = Zone::named(&new.zone)
            .ok_or_else(|| Refused::invalid("zone", format!("\"{}\" is no known time zone", new.zone)))?;
        let programme = Programme {
            id,
            slug: new.slug,
            title: new.title,
            zone,
            zone_name: new.zone,
            region: new.region,
            starts_us: new.starts_us,
            points: new.points,
            joinable: new.joinable,
            rates: Vec::new(),
        };
        let copy = programme.clone();
        let about = format!("programme {}", programme.slug);
        let note = self.note(caller, id, "programme.create", about, "");
        let added = self
            .0
            .store
            .write(0, async move |db: &mut Db| {
                let added = store::programme::insert(db, &copy).await?;
                if added {
                    note.write(db).await?;
                }
                Ok(added)
            })
            .await?;
        if !added {
            return Err(Refused::Taken(programme.slug).into());
        }
        self.reload_catalogue().await?;
        Ok(programme)
    }
}

/// What may change of a programme. Zone and region stay: what was credited was credited by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its title.
    pub title: Text,
    /// What a point is called.
    pub unit: Text,
    /// Thousandths of a point for a gram, from the day that [`App::rate_day`] says.
    pub milli_per_g: i64,
    /// Whether people may join by themselves.
    pub joinable: bool,
    /// The civil day on which it begins; acts before it are refused.
    pub starts: Day,
}

impl Settings {
    /// Those of a programme, with the rate that was set last, be it in force or not yet.
    pub fn of(programme: &Programme) -> Self {
        Settings {
            title: programme.title.clone(),
            unit: programme.points.unit.clone(),
            milli_per_g: programme
                .rates
                .last()
                .map_or(programme.points.milli_per_g, |(_, rate)| *rate),
            joinable: programme.joinable,
            starts: programme.zone.day_of(programme.starts_us),
        }
    }

    /// A mark of these settings: a form carries that of what it shows, so that nobody overwrites unseen.
    pub fn mark(&self) -> String {
        let key = ClaimKey::of(&[
            self.title.zh.as_bytes(),
            self.title.en.as_bytes(),
            self.unit.zh.as_bytes(),
            self.unit.en.as_bytes(),
            &self.milli_per_g.to_le_bytes(),
            &[u8::from(self.joinable)],
            &self.starts.epoch_days().to_le_bytes(),
        ]);
        key.0
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// What others change, for the log: `rate 1000 → 500`.
    fn changes(&self, new: &Settings) -> String {
        let pairs = [
            ("title_zh", self.title.zh.clone(), new.title.zh.clone()),
            ("title_en", self.title.en.clone(), new.title.en.clone()),
            ("unit_zh", self.unit.zh.clone(), new.unit.zh.clone()),
            ("unit_en", self.unit.en.clone(), new.unit.en.clone()),
            ("milli_per_g", self.milli_per_g.to_string(), new.milli_per_g.to_string()),
            ("joinable", self.joinable.to_string(), new.joinable.to_string()),
            ("starts", self.starts.to_string(), new.starts.to_string()),
        ];
        let changed = pairs.iter().filter(|(_, old, new)| old != new);
        let changed: Vec<String> = changed
            .map(|(name, old, new)| format!("{name} {old} → {new}"))
            .collect();
        changed.join("; ")
    }

    fn check(&self) -> Result<(), Refused> {
        Refused::unless_plain("title_zh", self.title.zh.trim(), 120)?;
        Refused::unless_plain("title_en", self.title.en.trim(), 120)?;
        Refused::unless_plain("unit_zh", self.unit.zh.trim(), 24)?;
        Refused::unless_plain("unit_en", self.unit.en.trim(), 24)?;
        if !(0..=MOST_MILLI_PER_G).contains(&self.milli_per_g) {
            return Err(Refused::invalid("rate", "needs 0 to 1,000,000 points for a gram"));
        }
        Ok(())
    }
}

/// A million points for a gram: more is a slip of the hand.
const MOST_MILLI_PER_G: i64 = 1_000_000_000;

impl App {
    /// The first civil day for which a new rate of points can be set. Acts may come in a little ahead of our clock, and
    /// other processes on the same books learn of the rate a little later: hence an hour of margin before midnight.
    pub fn rate_day(&self, programme: &Programme) -> Day {
        let soon = programme.zone.day_of(self.now_us().saturating_add(3_600_000_000));
        Day::from_epoch_days(soon.epoch_days() + 1)
    }

    /// Changes a programme. `seen` is the mark of the settings that the caller looked at.
    ///
    /// A new rate counts for acts of [`App::rate_day`] and later. The start can move to a later day only while nothing
    /// was credited: what was credited stays creditable.
    pub async fn change_settings(
        &self,
        caller: &Caller,
        programme: &Programme,
        seen: &str,
        settings: Settings,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageProgramme, programme.id, None)?;
        settings.check()?;
        let (id, seen, day) = (programme.id, seen.to_owned(), self.rate_day(programme));
        let about = format!("programme {}", programme.slug);
        let note = self.note(caller, id, "programme.change", about, "");
        self.0
            .store
            .write(0, async move |db: &mut Db| {
                let Some(before) = store::programme::all(db).await?.into_iter().find(|p| p.id == id) else {
                    return Ok(Err(Refused::NotFound("programme")));
                };
                let old = Settings::of(&before);
                if old.mark() != seen {
                    return Ok(Err(Refused::Changed));
                }
                if settings.starts > old.starts && store::ledger::supply(db, id).await?.issued > Carbon::ZERO {
                    let what = format!("cannot be later than {}: acts since then were credited", old.starts);
                    return Ok(Err(Refused::invalid("starts", what)));
                }
                let trimmed = |text: &Text| Text {
                    zh: text.zh.trim().to_owned(),
                    en: text.en.trim().to_owned(),
                };
                let starts_us = if settings.starts == old.starts {
                    before.starts_us
                } else {
                    before.zone.start_of(settings.starts)
                };
                let after = Programme {
                    title: trimmed(&settings.title),
                    starts_us,
                    points: PointsRule {
                        unit: trimmed(&settings.unit),
                        ..before.points
                    },
                    joinable: settings.joinable,
                    ..before
                };
                store::programme::update(db, &after).await?;
                note.with_detail(old.changes(&settings)).write(db).await?;
                if settings.milli_per_g != old.milli_per_g {
                    store::programme::set_rate(db, id, day, settings.milli_per_g).await?;
                }
                Ok(Ok(()))
            })
            .await??;
        self.reload_catalogue().await
    }
}
