//! Programmes: creating them.

use domain::measure::{ProgrammeId, Text, Zone};
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
