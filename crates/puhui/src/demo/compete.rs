//! Walk & Win in the demo: a week that is over and paid out, and a month in which one is in the middle.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{App, Caller, NewCompetition, NewDayReading};
use domain::competition::{Metric, Prize, Scoring, Template, Terms, To, What};
use domain::measure::{Day, Id, ParticipantId, Points};
use domain::programme::Programme;
use outside::clock::Clock;

use super::stories::People;
use super::{DAY_US, enrol, text};
use crate::Stop;
use crate::simulate::walks::Walks;

/// Days that are walked: a week that is over, and so much of the month.
const DAYS: i32 = 21;
const WEEK: i32 = 7;
const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Minutes between two tellings.
const QUARTER: i64 = 15;
/// Members of a team.
const TEAM: usize = 6;

/// Who walks, and for whom.
struct Walkers<'a> {
    app: &'a App,
    programme: &'a Arc<Programme>,
    people: Vec<ParticipantId>,
}

impl Walkers<'_> {
    async fn open(&self, operator: &Caller, new: NewCompetition) -> Result<Id, Stop> {
        let id = self
            .app
            .create_competition(operator, self.programme, new, None)
            .await?
            .id;
        self.app.open_competition(operator, self.programme, id).await?;
        Ok(id)
    }

    /// Everybody enters, in teams if there are any.
    async fn enter(&self, competition: Id, teams: bool) -> Result<(), Stop> {
        let console = Caller::console();
        let names = [
            "白鹭 Egrets",
            "山雀 Tits",
            "雨燕 Swifts",
            "喜鹊 Magpies",
            "翠鸟 Kingfishers",
            "戴胜 Hoopoes",
        ];
        let mut invitation: Option<String> = None;
        for (place, who) in self.people.iter().enumerate() {
            let first = place % TEAM == 0;
            let secret = invitation.as_deref().filter(|_| teams && !first);
            self.app
                .enter_competition(&console, self.programme, competition, *who, secret)
                .await?;
            if teams && first {
                let name = names[(place / TEAM) % names.len()];
                let team = self
                    .app
                    .form_team(&console, self.programme, competition, *who, name, None)
                    .await?;
                invitation = Some(team.invitation);
            }
        }
        Ok(())
    }
}

/// The terms of the week that is over: points for the best, and a lot for all who walked enough.
fn week(first: Day) -> NewCompetition {
    let terms = Terms {
        first,
        last: first.plus(WEEK - 1),
        metric: Metric::Steps,
        behaviours: Vec::new(),
        scoring: Scoring::Total,
        day_ceiling: Some(45_000),
        handicap: None,
        teams: None,
        leagues: None,
        cut_off_min: 720,
        audit_days: 0,
        prizes: vec![
            Prize {
                to: To::Rank { first: 1, last: 3 },
                what: What::Points { milli: 300_000 },
                title: text("三百分", "Three hundred points"),
            },
            Prize {
                to: To::Draw {
                    winners: 2,
                    at_least: 40_000,
                },
                what: What::Goods,
                title: text("露营帐篷", "A tent"),
            },
        ],
    };
    NewCompetition {
        title: text("热身周", "Warm-up week"),
        terms,
    }
}

/// Replays three weeks of walking up to this moment, through the verbs and jobs that real days use.
pub(super) async fn walk_and_win(
    app: &App,
    (past, clock): (&App, &Clock),
    programme: &Arc<Programme>,
    people: &People,
    (student, commuter): (ParticipantId, ParticipantId),
    seed: u64,
) -> Result<(), Stop> {
    let now_us = app.now_us();
    let today = programme.zone.day_of(now_us);
    let begin = today.plus(1 - DAYS);
    let begin_us = programme.zone.start_of(begin);
    clock.set(begin_us - DAY_US / 2);
    let operator = people.caller("operator")?;
    let walks = Walks::made_up(seed, begin, DAYS);
    let mut who = vec![student, commuter];
    for number in 3..=walks.people().len() {
        who.push(
            enrol(
                past,
                programme,
                &format!("走者 {number:02}"),
                Some(format!("walker-{number:02}")),
            )
            .await?,
        );
    }
    let walkers = Walkers {
        app: past,
        programme,
        people: who,
    };
    past.fund_prizes(
        people.caller("finance")?,
        programme,
        Points::from_milli(2_000_000),
        None,
    )
    .await?;
    let warm_up = walkers.open(operator, week(begin)).await?;
    walkers.enter(warm_up, false).await?;
    let mut month = Template::WalkAndWin.terms(begin.plus(WEEK));
    month.last = begin.plus(WEEK + 29);
    let month = NewCompetition {
        title: text("走路赢假期", "Walk & Win"),
        terms: month,
    };
    let month = walkers.open(operator, month).await?;
    walkers.enter(month, true).await?;

    // phones tell every quarter of an hour what was walked by then
    let mut quarters: BTreeMap<i64, BTreeMap<(usize, Day), u32>> = BTreeMap::new();
    for (minute, told) in walks.minutes() {
        let quarter = quarters.entry(minute.div_euclid(QUARTER) + 1).or_default();
        quarter.extend(told.iter().map(|one| ((one.person, one.day), one.steps)));
    }
    let mut hour = 0;
    for (quarter, told) in quarters {
        let at_us = begin_us + quarter * QUARTER * MINUTE_US - 1;
        if at_us >= now_us {
            break;
        }
        while begin_us + (hour + 1) * HOUR_US <= at_us {
            hour += 1;
            clock.set(begin_us + hour * HOUR_US);
            past.beat().await?;
            while past.run_due_jobs().await? > 0 {}
        }
        clock.set(at_us);
        let readings: Vec<NewDayReading<'_>> = told
            .into_iter()
            .map(|((person, day), steps)| NewDayReading {
                participant: Some(walkers.people[person]),
                reference: None,
                day: Some(day.to_string().into()),
                measured_at: None,
                source: "wristband".into(),
                steps: i64::from(steps),
            })
            .collect();
        for outcome in past.take_readings(&Caller::console(), programme, &readings).await? {
            outcome?;
        }
    }
    clock.set(now_us);
    past.beat().await?;
    while past.run_due_jobs().await? > 0 {}
    past.close_competition(operator, programme, warm_up).await?;
    while past.run_due_jobs().await? > 0 {}
    let board = app
        .see_board(people.caller("student")?, programme, month, Some(student))
        .await?;
    let rank = board.me.map_or(0, |me| me.rank);
    println!(
        "走路赢假期:{} 人,小满第 {rank} 名 · Walk & Win: {} people, Xiaoman is number {rank}",
        board.entrants, board.entrants
    );
    Ok(())
}
