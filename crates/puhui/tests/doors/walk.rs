//! The month of real steps as a competition, replayed through the API, against sums that are taken here from the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::world::{BINARY, engines, skip};

/// Steps by person and day, and by person, day and hour.
#[derive(Default)]
struct Month {
    days: BTreeMap<(String, String), i64>,
    hours: BTreeMap<(String, String), [i64; 24]>,
}

/// `4/9/2016` as `2016-04-09`.
fn day(text: &str) -> String {
    let parts: Vec<u32> = text.split('/').map(|part| part.parse().unwrap()).collect();
    format!("{:04}-{:02}-{:02}", parts[2], parts[0], parts[1])
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').map(|field| field.trim().to_owned()).collect())
        .collect()
}

impl Month {
    fn read(folder: &Path) -> Self {
        let mut month = Month::default();
        for row in rows(&folder.join("fitbit_hourlySteps_merged.csv")) {
            let hour: usize = row[2].split(':').next().unwrap().parse().unwrap();
            let hours = month.hours.entry((row[0].clone(), day(&row[1]))).or_default();
            hours[hour] += row[3].parse::<i64>().unwrap();
        }
        for row in rows(&folder.join("fitbit_dailySteps_merged.csv")) {
            month
                .days
                .insert((row[0].clone(), day(&row[1])), row[2].parse().unwrap());
        }
        // whatever says more of a day: a source can only raise it
        for (key, hours) in &month.hours {
            let sum = month.days.entry(key.clone()).or_default();
            *sum = (*sum).max(hours.iter().sum());
        }
        month
    }

    fn totals(&self) -> Vec<(String, i64)> {
        let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
        for ((who, _), steps) in &self.days {
            *totals.entry(who).or_default() += steps;
        }
        let mut totals: Vec<(String, i64)> = totals.into_iter().map(|(who, sum)| (who.to_owned(), sum)).collect();
        totals.sort_by_key(|(_, sum)| -sum);
        totals
    }

    fn champions(&self) -> BTreeMap<String, i64> {
        let mut champions: BTreeMap<String, i64> = BTreeMap::new();
        for ((_, day), steps) in &self.days {
            let most = champions.entry(day.clone()).or_default();
            *most = (*most).max(*steps);
        }
        champions.retain(|_, steps| *steps > 0);
        champions
    }

    /// How a day stood after so many hours: by steps, the most first.
    fn after(&self, on: &str, hours: usize) -> Vec<(String, i64)> {
        let mut board: Vec<(String, i64)> = self
            .hours
            .iter()
            .filter(|((_, day), _)| day == on)
            .map(|((who, _), steps)| (who.clone(), steps[..hours].iter().sum()))
            .filter(|(_, steps)| *steps > 0)
            .collect();
        board.sort_by_key(|(_, steps)| -steps);
        board
    }

    /// A day on which somebody else leads at midnight than at eleven, by hours alone and without ties at the top.
    fn turned(&self) -> Option<String> {
        let mut days: Vec<&str> = self.hours.keys().map(|(_, day)| day.as_str()).collect();
        days.dedup();
        days.sort_unstable();
        days.dedup();
        let turned = |day: &&str| {
            let (before, after) = (self.after(day, 23), self.after(day, 24));
            let places = |board: &[(String, i64)]| board.iter().map(|(who, _)| who.clone()).collect::<Vec<_>>();
            let ties = |board: &[(String, i64)]| board.windows(2).any(|two| two[0].1 == two[1].1);
            !ties(&before) && !ties(&after) && places(&before) != places(&after)
        };
        days.into_iter().find(turned).map(str::to_owned)
    }
}

fn placed(board: &Value) -> Vec<(String, i64)> {
    let rows = board.as_array().unwrap().iter();
    rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row["score"].as_i64().unwrap()))
        .collect()
}

#[test]
fn a_month_of_real_steps_ends_as_an_independent_sum_says() {
    let test = "walk::a_month_of_real_steps_ends_as_an_independent_sum_says";
    let folder = std::env::var("PUHUI_DATA").map(|data| PathBuf::from(data).join("steps"));
    let Some(folder) = folder.ok().filter(|folder| folder.is_dir()) else {
        skip(test, "PUHUI_DATA has no steps");
        return;
    };
    let month = Month::read(&folder);
    let turned = month
        .turned()
        .expect("a day on which ranks change after eleven at night");
    let midnight = {
        let day = domain::measure::Day::parse(&turned).unwrap();
        day.plus(1).to_string()
    };
    for url in engines(test) {
        let dir = std::env::temp_dir().join(format!(
            "puhui_walk_{}_{}",
            std::process::id(),
            url.starts_with("sqlite")
        ));
        let answered = Command::new(BINARY)
            .arg("simulate")
            .args(["fitbit_hourlySteps_merged.csv", "fitbit_dailySteps_merged.csv"].map(|file| folder.join(file)))
            .args(["--speed", "0", "--json", "--listen", "127.0.0.1:0"])
            .args(["--at", &format!("{turned}T23:00"), "--at", &format!("{midnight}T00:00")])
            .args(["--database", &url])
            .arg("--data-dir")
            .arg(&dir)
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&answered.stderr);
        assert!(answered.status.success(), "{problem}");
        let results: Value = serde_json::from_slice(&answered.stdout).unwrap();
        drop(std::fs::remove_dir_all(&dir));

        let board = placed(&results["board"]);
        let totals = month.totals();
        assert_eq!(board.len(), 33);
        assert_eq!(board, totals);
        let best: Vec<i64> = board.iter().take(3).map(|(_, steps)| *steps).collect();
        assert_eq!(best, [497_241, 457_662, 375_619]);

        let champions: BTreeMap<String, i64> = results["champions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row[0].as_str().unwrap().to_owned(), row[2].as_i64().unwrap()))
            .collect();
        assert_eq!(champions, month.champions());

        let moments = results["moments"].as_array().unwrap();
        assert_eq!(
            placed(&moments[0]["board"]),
            month.after(&turned, 23),
            "{turned} at eleven"
        );
        assert_eq!(
            placed(&moments[1]["board"]),
            month.after(&turned, 24),
            "{turned} at midnight"
        );

        // teams of six in the order of the files, the last of three
        let mut people: Vec<String> = Vec::new();
        for row in rows(&folder.join("fitbit_hourlySteps_merged.csv")) {
            if !people.contains(&row[0]) {
                people.push(row[0].clone());
            }
        }
        let sums: BTreeMap<String, i64> = totals.into_iter().collect();
        let teams = results["teams"].as_array().unwrap();
        assert_eq!(teams.len(), people.len().div_ceil(6));
        let mut means: Vec<f64> = Vec::new();
        for team in teams {
            let number: usize = team["name"].as_str().unwrap().parse().unwrap();
            let members = people.chunks(6).nth(number - 1).unwrap();
            let sum: i64 = members.iter().map(|who| sums[who]).sum();
            assert_eq!(team["sum"].as_i64(), Some(sum));
            assert_eq!(team["members"].as_u64(), Some(members.len() as u64));
            means.push(sum as f64 / members.len() as f64);
        }
        assert!(means.windows(2).all(|two| two[0] >= two[1]), "{means:?}");

        // a day of leave for the three best, goods for every member of the best team, for nobody else
        let awards: Vec<Vec<&str>> = results["awards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|award| {
                award
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|word| word.as_str().unwrap())
                    .collect()
            })
            .collect();
        let winners = |prize: &str| {
            let of_prize = awards.iter().filter(|award| award[0] == prize);
            of_prize.map(|award| award[1].to_owned()).collect::<Vec<_>>()
        };
        let podium: Vec<String> = board.iter().take(3).map(|(who, _)| who.clone()).collect();
        assert_eq!(winners("A day of paid leave"), podium);
        let best: usize = teams[0]["name"].as_str().unwrap().parse().unwrap();
        let mut members = people.chunks(6).nth(best - 1).unwrap().to_vec();
        let mut souvenirs = winners("Souvenirs for the winning team");
        members.sort();
        souvenirs.sort();
        assert_eq!(souvenirs, members);
        assert_eq!(awards.len(), 3 + members.len());
    }
}
