//! Taking along what the books hold of oneself: one archive with everything, for people and for machines.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use domain::measure::{EntryId, ParticipantId};
use domain::methodology::Explained;
use domain::programme::Programme;
use serde::Serialize;
use store::activity::{self, Entry};
use store::{Db, leave, participant, rewards};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::activity::record::recomputed;
use crate::{App, Caller, Catalogue, Error, OrderView, RecordView};

/// Entries read at a time: what an archive takes of memory.
const AT_ONCE: u32 = 200;
const MOST_ORDERS: u32 = 10_000;

/// A record with how it came about.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    record: RecordView,
    /// What was said, the factors in force, the steps.
    working: Option<Explained>,
}

#[derive(Serialize)]
struct Profile<'a> {
    participant: ParticipantId,
    programme: &'a str,
    kind: domain::participant::Kind,
    alias: Option<String>,
    lang: Option<String>,
    joined_at: Option<String>,
    account: Option<&'a str>,
    open: bool,
    reduction_mg: i64,
    points_available_milli: i64,
    points_held_milli: i64,
    points_earned_milli: i64,
    points_gone_milli: i64,
}

#[derive(Serialize)]
struct Consent {
    consent: String,
    given: bool,
    at: String,
}

#[derive(Serialize)]
struct Appeal {
    record: EntryId,
    made_at: String,
    words: String,
    upheld: Option<bool>,
    answer: Option<String>,
}

fn instant(us: i64) -> String {
    jiff::Timestamp::from_microsecond(us).map_or_else(|_| us.to_string(), |at| at.to_string())
}

/// A line of a table that opens in a spreadsheet, where no field runs as a formula.
fn line(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| {
        let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let mut text = format!("\u{feff}{}", line(&head));
    rows.for_each(|row| text.push_str(&line(&row)));
    text
}

/// An archive on its way to disk.
struct Archive(ZipWriter<File>);

impl Archive {
    fn begin(&mut self, name: &str, method: CompressionMethod) -> Result<(), Error> {
        let options = SimpleFileOptions::default().compression_method(method);
        self.0.start_file(name, options).map_err(Error::outside)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.0.write_all(bytes).map_err(Error::outside)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.begin(name, CompressionMethod::Deflated)?;
        self.write(text.as_bytes())
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(Error::outside)?;
        self.text(name, &text)
    }
}

fn told(catalogue: &Catalogue, entry: &Entry, lang: domain::measure::Lang) -> Result<Told, Error> {
    let working = match &entry.act {
        Some(act) => Some(recomputed(catalogue, act)?.explain(lang)),
        None => None,
    };
    let record = RecordView::of_entry(catalogue, entry, None, None)?;
    Ok(Told { record, working })
}

const COLUMNS: [&str; 17] = [
    "record",
    "state",
    "booked_at",
    "behaviour",
    "started_at",
    "ended_at",
    "day",
    "inputs",
    "methodology",
    "factors",
    "gross_mg",
    "grade",
    "weight_thousandths",
    "weighted_mg",
    "credited_mg",
    "points_milli",
    "reason",
];

fn row(told: &Told) -> Vec<String> {
    let (record, act) = (&told.record, told.record.act.as_ref());
    let of = |text: fn(&crate::ActView) -> String| act.map(text).unwrap_or_default();
    let joined = |parts: Vec<String>| parts.join("; ");
    let inputs = told.working.as_ref().map(|working| {
        let inputs = working.inputs.iter();
        joined(inputs.map(|i| format!("{} = {} {}", i.name, i.value, i.unit)).collect())
    });
    let factors = told.working.as_ref().map(|working| {
        let factors = working.factors.iter();
        joined(
            factors
                .map(|f| {
                    format!(
                        "{} = {} {} ({}, {}, {})",
                        f.name, f.value, f.unit, f.region, f.year, f.source
                    )
                })
                .collect(),
        )
    });
    let state = serde_json::to_value(record.state).ok();
    vec![
        record.record.map(|id| id.to_string()).unwrap_or_default(),
        state
            .and_then(|state| state.as_str().map(str::to_owned))
            .unwrap_or_default(),
        instant(record.booked_us),
        of(|act| act.behaviour.clone()),
        of(|act| instant(act.started_us)),
        of(|act| instant(act.ended_us)),
        of(|act| act.day.clone()),
        inputs.unwrap_or_default(),
        of(|act| act.methodology.clone()),
        factors.unwrap_or_default(),
        of(|act| act.gross_mg.to_string()),
        of(|act| act.grade.to_string()),
        of(|act| act.weight_thousandths.to_string()),
        of(|act| act.weighted_mg.to_string()),
        record.mg.to_string(),
        record.points_milli.to_string(),
        record.reason.clone().unwrap_or_default(),
    ]
}

impl App {
    /// Everything that the books hold of a participant, as a ZIP archive: a file without a name, read from its
    /// start. `readme` explains the archive to its owner.
    pub async fn export(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        lang: domain::measure::Lang,
        readme: &str,
    ) -> Result<File, Error> {
        // staff may read a participant, and yet take nothing along
        caller.may(domain::programme::Deed::ManagePeople, programme.id, Some(id))?;
        let view = self.participant(caller, programme, id).await?;
        let balances = self.balances(caller, programme, id).await?;
        let file = outside::scratch::file().map_err(Error::outside)?;
        let mut archive = Archive(ZipWriter::new(file));
        archive.text("README.txt", readme)?;
        let joined = self
            .0
            .store
            .read(async move |db: &mut Db| participant::profile(db, id).await)
            .await?;
        let account = match &caller.who {
            crate::Who::Person { account, .. } => Some(account.as_str()),
            _ => None,
        };
        let profile = Profile {
            participant: id,
            programme: &programme.slug,
            kind: view.kind,
            alias: view.alias,
            lang: view.lang,
            joined_at: joined.map(|profile| instant(profile.joined_us)),
            account,
            open: view.open,
            reduction_mg: balances.reduction_mg,
            points_available_milli: balances.points_available_milli,
            points_held_milli: balances.points_held_milli,
            points_earned_milli: balances.points_earned_milli,
            points_gone_milli: balances.points_gone_milli,
        };
        archive.json("profile.json", &profile)?;
        self.export_consents(caller, programme, id, &mut archive).await?;
        self.export_records(id, lang, &mut archive).await?;
        self.export_orders(id, lang, &mut archive).await?;
        let appeals = self.appeals(caller, programme, id).await?;
        let appeals = appeals.into_iter().map(|appeal| Appeal {
            record: appeal.record,
            made_at: instant(appeal.made_us),
            words: appeal.words,
            upheld: appeal.upheld,
            answer: appeal.answer,
        });
        archive.json("appeals.json", &appeals.collect::<Vec<_>>())?;
        self.export_photos(id, &mut archive).await?;
        let mut file = archive.0.finish().map_err(Error::outside)?;
        file.rewind().map_err(Error::outside)?;
        Ok(file)
    }

    async fn export_consents(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        archive: &mut Archive,
    ) -> Result<(), Error> {
        let log = self.consent_log(caller, programme, id).await?;
        let log: Vec<Consent> = log
            .into_iter()
            .map(|change| Consent {
                consent: change.consent.words(),
                given: change.given,
                at: instant(change.at_us),
            })
            .collect();
        archive.json("consents.json", &log)?;
        let rows = log
            .iter()
            .map(|change| vec![change.consent.clone(), change.given.to_string(), change.at.clone()]);
        archive.text("consents.csv", &table(&["consent", "given", "at"], rows))
    }

    /// The journal twice over: a ZIP archive takes one file after the other, and the journal may be long.
    async fn export_records(
        &self,
        id: ParticipantId,
        lang: domain::measure::Lang,
        archive: &mut Archive,
    ) -> Result<(), Error> {
        archive.begin("records.json", CompressionMethod::Deflated)?;
        archive.write(b"[")?;
        let mut first = true;
        self.each_record(id, lang, |told| {
            archive.write(if first { b"\n" } else { b",\n" })?;
            first = false;
            archive.write(&serde_json::to_vec(told).map_err(Error::outside)?)
        })
        .await?;
        archive.write(b"\n]\n")?;
        archive.text("records.csv", &table(&COLUMNS, std::iter::empty()))?;
        self.each_record(id, lang, |told| archive.write(line(&row(told)).as_bytes()))
            .await
    }

    async fn each_record(
        &self,
        id: ParticipantId,
        lang: domain::measure::Lang,
        mut write: impl FnMut(&Told) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let mut before = None;
        loop {
            let entries = self
                .0
                .store
                .read(async move |db: &mut Db| activity::entries(db, id, before, AT_ONCE).await)
                .await?;
            for entry in &entries {
                write(&told(&catalogue, entry, lang)?)?;
            }
            let Some(last) = entries.last() else { return Ok(()) };
            before = Some(last.id);
        }
    }

    async fn export_orders(
        &self,
        id: ParticipantId,
        lang: domain::measure::Lang,
        archive: &mut Archive,
    ) -> Result<(), Error> {
        let orders: Vec<OrderView> = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut views = Vec::new();
                for found in rewards::orders(db, id, MOST_ORDERS).await? {
                    let Some(stored) = rewards::get(db, found.order.reward).await? else {
                        continue;
                    };
                    let voucher = rewards::voucher_of(db, found.order.id).await?;
                    views.push(crate::rewards::order_view(&found.order, &stored.reward, voucher));
                }
                Ok(views)
            })
            .await?;
        archive.json("orders.json", &orders)?;
        let rows = orders.iter().map(|order| {
            let state = serde_json::to_value(order.state).ok();
            vec![
                order.id.to_string(),
                order.title.in_lang(lang).to_owned(),
                order.price_milli.to_string(),
                state
                    .and_then(|state| state.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                instant(order.made_us),
                order
                    .voucher
                    .as_ref()
                    .map(|voucher| voucher.code.clone())
                    .unwrap_or_default(),
            ]
        });
        let head = ["order", "title", "price_milli", "state", "made_at", "voucher"];
        archive.text("orders.csv", &table(&head, rows))
    }

    async fn export_photos(&self, id: ParticipantId, archive: &mut Archive) -> Result<(), Error> {
        let photos = self
            .0
            .store
            .read(async move |db: &mut Db| leave::photos(db, id).await)
            .await?;
        for (submission, blob) in photos {
            let Ok(name) = blob.parse() else { continue };
            // a photo whose time is over is not there any more
            let Ok(photo) = self.heavy(move |app| app.0.blobs.get(&name)).await? else {
                continue;
            };
            archive.begin(&format!("photos/{submission}.jpg"), CompressionMethod::Stored)?;
            archive.write(&photo)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_of_a_table_runs_as_a_formula_or_leaves_its_cell() {
        let fields = ["=1+1", "-2", "say \"hi\", you", "two\nlines"].map(str::to_owned);
        assert_eq!(
            line(&fields),
            "\"'=1+1\",\"'-2\",\"say \"\"hi\"\", you\",\"two\nlines\"\r\n"
        );
    }
}
