//! Figures of evidence in words: the same on the public page, in the console and in files.

use app::{Count, EvidenceMonth, Letter, TakenBack};
use domain::measure::{Carbon, Decimal};

use super::{Cell, Column, Table};
use crate::lang::Lang;

/// Counts below this could tell of a person.
const FEW: i64 = 5;
/// Months that the public page shows.
const SHOWN: usize = 6;

/// How often, as everybody may know it.
fn often(count: Count, lang: Lang) -> String {
    match count.count {
        0 => "0".to_owned(),
        1..FEW => lang.say("policy-few"),
        many => Decimal::new(many, 0).grouped(),
    }
}

/// About how much; nothing where so few happened that it could tell of one.
fn mass(count: Count, lang: Lang) -> String {
    if count.count < FEW {
        String::new()
    } else {
        Carbon::from_mg(count.mg).show(lang.into())
    }
}

/// How often out of all, in per cent; nothing where it happened rarely.
fn share(part: Count, all: Count) -> String {
    if part.count < FEW {
        return String::new();
    }
    let tenths = i128::from(part.count) * 1000 / i128::from(all.count);
    format!("{} %", Decimal::new(i64::try_from(tenths).unwrap_or(1000), 1))
}

/// A time between two events: seconds, minutes or hours, rounded down.
fn lasting(us: Option<i64>, lang: Lang) -> String {
    let Some(seconds) = us.map(|us| us / 1_000_000) else {
        return String::new();
    };
    let (key, count) = match seconds {
        ..120 => ("policy-seconds", seconds),
        120..7_200 => ("policy-minutes", seconds / 60),
        _ => ("policy-hours", seconds / 3_600),
    };
    lang.say_with(key, &[("count", count.to_string().as_str())])
}

/// A figure with what makes it concrete, if anything does.
fn two(text: String, below: String) -> Cell {
    if below.is_empty() {
        Cell::Text(text)
    } else {
        Cell::Two { text, below }
    }
}

/// How many of those drawn by lot were bad, and which share that is.
fn bad(month: &EvidenceMonth, lang: Lang) -> String {
    if month.sampled.count == 0 {
        return String::new();
    }
    let count = often(month.sampled_bad, lang);
    let share = share(month.sampled_bad, month.sampled);
    lang.say_with(
        "policy-of-these-bad",
        &[("count", count.as_str()), ("share", share.as_str())],
    )
}

/// `2026-11`
fn month_name(month: &EvidenceMonth) -> String {
    month.first.to_string().chars().take(7).collect()
}

/// What happened month by month, newest first.
pub fn months_table(months: &[EvidenceMonth], csv: Option<String>, lang: Lang) -> Table {
    let word = |key: &str| lang.say(&format!("policy-{key}"));
    let rows = months.iter().take(SHOWN).map(|month| {
        vec![
            Cell::text(month_name(month)),
            Cell::text(often(month.judged, lang)),
            two(often(month.at_once, lang), share(month.at_once, month.judged)),
            Cell::text(often(month.asked, lang)),
            two(often(month.refused, lang), share(month.refused, month.judged)),
            Cell::text(often(month.upheld, lang)),
            two(often(month.clawed_back, lang), mass(month.clawed_back, lang)),
            Cell::text(lasting(month.median_us, lang)),
            two(often(month.sampled, lang), bad(month, lang)),
        ]
    });
    let columns = [
        "judged", "at-once", "asked", "refused", "upheld", "clawed", "median", "sampled",
    ];
    let mut heads = vec![Column::text(word("month-name"))];
    heads.extend(columns.map(|key| Column::number(word(key))));
    Table {
        caption: word("months"),
        columns: heads,
        rows: rows.collect(),
        empty: word("months-none"),
        csv,
        ..Table::default()
    }
}

/// Why evidence was refused in the newest month: the sign in words, how often.
pub fn reasons(months: &[EvidenceMonth], lang: Lang) -> Vec<super::Fact> {
    let Some(month) = months.first() else {
        return Vec::new();
    };
    let fact = |(code, count): &(String, Count)| super::Fact::new(sign_words(code, lang), often(*count, lang));
    month.reasons.iter().map(fact).collect()
}

/// The letter that tells of a credit that was taken back, in the participant's language.
pub fn taken_back(told: &TakenBack) -> Letter {
    let lang = if told.lang == "en" { Lang::En } else { Lang::Zh };
    let title = told.title.in_lang(lang.into());
    let (day, mass) = (told.day.to_string(), Carbon::from_mg(told.mg).show(lang.into()));
    Letter {
        subject: lang.say_with("policy-letter-subject", &[("title", title)]),
        body: lang.say_with(
            "policy-letter-body",
            &[
                ("programme", told.programme.in_lang(lang.into())),
                ("mass", &mass),
                ("title", title),
                ("day", &day),
                ("why", &told.why),
            ],
        ),
    }
}

/// A sign in a few words.
pub fn sign_words(code: &str, lang: Lang) -> String {
    lang.say(&format!("policy-sign-{}", code.replace('.', "-")))
}

/// The head of the file of all figures.
pub const CSV_HEAD: [&str; 4] = ["month", "what", "count", "mg"];

/// All figures, a row each; small counts are shown as few and without a mass.
pub fn csv_rows(months: &[EvidenceMonth], lang: Lang) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for month in months {
        let plain = [
            ("judged", month.judged),
            ("credited at once", month.at_once),
            ("credited", month.credited),
            ("asked a person", month.asked),
            ("refused", month.refused),
            ("not credited for another reason", month.unbooked),
            ("drawn by lot", month.sampled),
            ("drawn by lot and refused", month.sampled_bad),
            ("appeals", month.appeals),
            ("appeals upheld", month.upheld),
            ("taken back", month.clawed_back),
        ];
        let named = plain.map(|(what, count)| (what.to_owned(), count));
        let reasons = month.reasons.iter();
        let reasons = reasons.map(|(code, count)| (format!("refused for {code}"), *count));
        for (what, count) in named.into_iter().chain(reasons) {
            let few = (1..FEW).contains(&count.count);
            let mg = if few { String::new() } else { count.mg.to_string() };
            let shown = if few {
                lang.say("policy-few")
            } else {
                count.count.to_string()
            };
            rows.push(vec![month_name(month), what, shown, mg]);
        }
        if let Some(us) = month.median_us {
            let seconds = (us / 1_000_000).to_string();
            rows.push(vec![
                month_name(month),
                "median seconds to the decision".to_owned(),
                seconds,
                String::new(),
            ]);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_told_as_few_and_without_a_mass() {
        let count = |count| Count {
            count,
            mg: count * 1_000_000,
        };
        let shown = [0, 1, 4, 5, 1234].map(|many| often(count(many), Lang::En));
        assert_eq!(shown, ["0", "<5", "<5", "5", "1,234"]);
        assert_eq!(mass(count(4), Lang::En), "");
        assert_eq!(mass(count(5), Lang::En), "5 kg");
        assert_eq!(share(count(2), count(100)), "");
        assert_eq!(share(count(25), count(100)), "25 %");
        assert_eq!(lasting(Some(90_000_000), Lang::En), "90 s");
        assert_eq!(lasting(Some(600_000_000), Lang::En), "10 min");
    }

    #[test]
    fn every_sign_and_limit_has_words_in_both_languages() {
        let policy = domain::evidence::Policy::shipped();
        for lang in [Lang::Zh, Lang::En] {
            let messages = crate::lang::Messages::of(lang);
            for sign in domain::evidence::SIGNS {
                assert!(
                    messages.has(&format!("policy-sign-{}", sign.replace('.', "-"))),
                    "{sign}"
                );
            }
            for limit in policy.limits_by_name().keys() {
                assert!(
                    messages.has(&format!("policy-limit-{}", limit.replace('_', "-"))),
                    "{limit}"
                );
            }
        }
    }
}
