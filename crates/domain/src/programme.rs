//! Programmes, roles, and who may do what.

use serde::{Deserialize, Serialize};

use crate::measure::{Carbon, Day, Points, ProgrammeId, Text, Zone};

/// One carbon-inclusion scheme on the platform.
#[derive(Debug, Clone)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// Its name in addresses, e.g. `campus`.
    pub slug: String,
    /// Its title.
    pub title: Text,
    /// The zone whose civil days count.
    pub zone: Zone,
    /// The zone's IANA name.
    pub zone_name: String,
    /// The region whose factors apply, e.g. `CN-SH`.
    pub region: String,
    /// Acts before this instant (microseconds since the epoch) are refused.
    pub starts_us: i64,
    /// What a reduction earns.
    pub points: PointsRule,
    /// Whether people may join by themselves.
    pub joinable: bool,
    /// Other rates of points: thousandths for a gram, each for acts of its day and later, by day.
    pub rates: Vec<(Day, i64)>,
}

impl Programme {
    /// Thousandths of a point that a gram earns on a civil day. The day of the act decides, so that a credit is
    /// verified by the same rate for ever.
    pub fn milli_per_g_on(&self, day: Day) -> i64 {
        let later = self.rates.iter().rev().find(|(since, _)| *since <= day);
        later.map_or(self.points.milli_per_g, |(_, rate)| *rate)
    }

    /// The points that a credited reduction of a day earns, rounded down; `None` beyond the range.
    pub fn earned(&self, credited: Carbon, day: Day) -> Option<Points> {
        let milli = i128::from(credited.mg()) * i128::from(self.milli_per_g_on(day)) / 1000;
        i64::try_from(milli).ok().map(Points::from_milli)
    }
}

/// How points follow from a credited reduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsRule {
    /// Thousandths of a point for one gram; 1000 is one point a gram.
    pub milli_per_g: i64,
    /// What a point is called, e.g. 克 / g where points are grams.
    pub unit: Text,
}

/// Who somebody is to a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nobody known.
    Anonymous,
    /// 参与者
    Participant,
    /// 合作方: a system that reports acts.
    Partner,
    /// Hands rewards over.
    Merchant,
    /// 审核员: decides on evidence.
    Reviewer,
    /// Writes methodologies.
    Editor,
    /// 运营方: helps participants, keeps the store.
    Support,
    /// 运营方: keeps money and limits.
    Finance,
    /// 核查机构: third party, reads everything.
    Verifier,
    /// 主管部门: reads everything.
    Regulator,
    /// Keeps staff, partners and settings.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 11] = [
        Role::Anonymous,
        Role::Participant,
        Role::Partner,
        Role::Merchant,
        Role::Reviewer,
        Role::Editor,
        Role::Support,
        Role::Finance,
        Role::Verifier,
        Role::Regulator,
        Role::Admin,
    ];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Anonymous => "anonymous",
            Role::Participant => "participant",
            Role::Partner => "partner",
            Role::Merchant => "merchant",
            Role::Reviewer => "reviewer",
            Role::Editor => "editor",
            Role::Support => "support",
            Role::Finance => "finance",
            Role::Verifier => "verifier",
            Role::Regulator => "regulator",
            Role::Admin => "admin",
        }
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a partner was let in for: a scope of OAuth 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To enrol participants.
    Participants,
    /// To report acts.
    Records,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 2] = [Scope::Participants, Scope::Records];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Participants => "participants",
            Scope::Records => "records",
        }
    }

    /// Scopes from a text with spaces between them, each once; the word that is none, if there is one.
    pub fn list(text: &str) -> Result<Vec<Scope>, &str> {
        let mut scopes = Vec::new();
        for word in text.split_ascii_whitespace() {
            let scope = Self::ALL.into_iter().find(|scope| scope.name() == word).ok_or(word)?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.sort_unstable();
        Ok(scopes)
    }

    /// Scopes as a text with spaces between them.
    pub fn words(scopes: &[Scope]) -> String {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        names.join(" ")
    }

    /// Whether a partner with these scopes may do a deed that is open to partners.
    pub fn allow(scopes: &[Scope], deed: Deed) -> bool {
        match deed {
            Deed::RegisterParticipant => scopes.contains(&Scope::Participants),
            Deed::SubmitActivity => scopes.contains(&Scope::Records),
            _ => true,
        }
    }
}

/// Something that one can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Read what is public: programmes, methodologies, rewards.
    ReadPublic,
    /// Enrol a participant in a programme.
    RegisterParticipant,
    /// Read a participant's balances, records, orders.
    ReadParticipant,
    /// See a photo that a participant sent.
    ReadEvidence,
    /// Give or withdraw a participant's consent.
    ChangeConsent,
    /// Report a participant's act.
    SubmitActivity,
    /// Ask for a refused record to be looked at again.
    Appeal,
    /// Decide on an appeal.
    DecideAppeal,
    /// Ask for a credited record to be reversed.
    RequestReversal,
    /// Agree to a reversal that somebody else asked for.
    ApproveReversal,
    /// Spend a participant's points.
    Redeem,
    /// Call an order off.
    CancelOrder,
    /// Hand an order over.
    FulfilOrder,
    /// Take a voucher in.
    UseVoucher,
    /// Offer and change rewards.
    ManageRewards,
    /// Put money into a reward budget.
    FundRewards,
    /// Publish a methodology version.
    PublishMethodology,
    /// Create programmes and change their settings.
    ManageProgramme,
    /// Give credentials to partners and staff.
    ManageAccess,
    /// Become a participant of a programme that is open to everybody.
    Join,
    /// Close one's account.
    Leave,
    /// Say who else is in charge of a small entity.
    ManagePeople,
    /// See the programme's figures and the work that waits.
    ReadConsole,
    /// Stop a participant's account, and let it go on.
    FreezeParticipant,
    /// See who ordered what.
    ReadOrders,
    /// See partners and what they sent.
    ReadPartners,
    /// See settings and staff.
    ReadSettings,
    /// Read what staff did.
    ReadAudit,
    /// Decide whether proof that the rules did not decide on is enough.
    JudgeEvidence,
    /// Say what counts as proof, and from where on something is odd.
    ManagePolicy,
    /// Enter a competition, join a team, leave.
    Compete,
    /// Write competitions, open, watch and close them, hand out prizes.
    ManageCompetition,
    /// Ask for a change of results that are final.
    CorrectResult,
    /// Agree to one that somebody else asked for.
    ApproveCorrection,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Deed; 34] = [
        Deed::ReadPublic,
        Deed::RegisterParticipant,
        Deed::ReadParticipant,
        Deed::ReadEvidence,
        Deed::ChangeConsent,
        Deed::SubmitActivity,
        Deed::Appeal,
        Deed::DecideAppeal,
        Deed::RequestReversal,
        Deed::ApproveReversal,
        Deed::Redeem,
        Deed::CancelOrder,
        Deed::FulfilOrder,
        Deed::UseVoucher,
        Deed::ManageRewards,
        Deed::FundRewards,
        Deed::PublishMethodology,
        Deed::ManageProgramme,
        Deed::ManageAccess,
        Deed::Join,
        Deed::Leave,
        Deed::ManagePeople,
        Deed::ReadConsole,
        Deed::FreezeParticipant,
        Deed::ReadOrders,
        Deed::ReadPartners,
        Deed::ReadSettings,
        Deed::ReadAudit,
        Deed::JudgeEvidence,
        Deed::ManagePolicy,
        Deed::Compete,
        Deed::ManageCompetition,
        Deed::CorrectResult,
        Deed::ApproveCorrection,
    ];
}

/// How the one who acts stands to the one it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same, or in charge of the small entity.
    Own,
    /// In the same programme, where one works.
    Programme,
    /// Anything else.
    Stranger,
}

/// The role may not do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} may not do this", .role.name())]
pub struct NotAllowed {
    /// Who asked.
    pub role: Role,
    /// What for.
    pub deed: Deed,
}

/// Whether a role may do a deed to something it stands in a relation to. Closed unless opened here.
pub fn may(role: Role, deed: Deed, relation: Relation) -> Result<(), NotAllowed> {
    use Role as R;
    let within = relation != Relation::Stranger;
    let own = relation == Relation::Own;
    let allowed = match deed {
        Deed::ReadPublic => true,
        Deed::RegisterParticipant => within && matches!(role, R::Partner | R::Support | R::Admin),
        Deed::ReadParticipant => {
            own && role == R::Participant
                || within && matches!(role, R::Reviewer | R::Support | R::Finance | R::Verifier | R::Regulator)
        }
        // money needs no pictures
        Deed::ReadEvidence => {
            own && role == R::Participant
                || within && matches!(role, R::Reviewer | R::Support | R::Verifier | R::Regulator)
        }
        // a partner passes on the consents given on enrolling; afterwards they are the participant's alone
        Deed::ChangeConsent => own && role == R::Participant,
        Deed::SubmitActivity => own && role == R::Participant || within && role == R::Partner,
        Deed::Appeal | Deed::Redeem => own && role == R::Participant,
        Deed::DecideAppeal => within && role == R::Reviewer,
        Deed::RequestReversal => within && role == R::Support,
        Deed::ApproveReversal | Deed::FundRewards => within && role == R::Finance,
        Deed::CancelOrder => own && role == R::Participant || within && role == R::Support,
        Deed::FulfilOrder | Deed::UseVoucher => within && matches!(role, R::Merchant | R::Support),
        Deed::ManageRewards => within && role == R::Support,
        Deed::PublishMethodology => within && role == R::Editor,
        Deed::ManageProgramme | Deed::ManageAccess => within && role == R::Admin,
        Deed::Join => true,
        Deed::Leave | Deed::ManagePeople => own && role == R::Participant,
        Deed::ReadConsole => within && !matches!(role, R::Anonymous | R::Participant | R::Partner),
        Deed::FreezeParticipant => within && matches!(role, R::Support | R::Admin),
        Deed::ReadOrders => {
            within && matches!(role, R::Merchant | R::Support | R::Finance | R::Verifier | R::Regulator)
        }
        Deed::ReadPartners => within && matches!(role, R::Support | R::Verifier | R::Regulator | R::Admin),
        Deed::ReadSettings => within && matches!(role, R::Support | R::Finance | R::Verifier | R::Regulator | R::Admin),
        Deed::JudgeEvidence => within && role == R::Reviewer,
        Deed::ManagePolicy | Deed::CorrectResult => within && role == R::Admin,
        Deed::Compete => own && role == R::Participant,
        Deed::ManageCompetition => within && matches!(role, R::Support | R::Admin),
        Deed::ApproveCorrection => within && role == R::Support,
        Deed::ReadAudit => within && matches!(role, R::Verifier | R::Regulator | R::Admin),
    };
    if allowed {
        Ok(())
    } else {
        Err(NotAllowed { role, deed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are deeds, columns are roles in the order of `Role::ALL`; `o` own, `p` within the programme, `*` always.
    const MATRIX: &str = "
        ReadPublic          * * * * * * * * * * *
        RegisterParticipant - - p - - - p - - - p
        ReadParticipant     - o - - p - p p p p -
        ReadEvidence        - o - - p - p - p p -
        ChangeConsent       - o - - - - - - - - -
        SubmitActivity      - o p - - - - - - - -
        Appeal              - o - - - - - - - - -
        DecideAppeal        - - - - p - - - - - -
        RequestReversal     - - - - - - p - - - -
        ApproveReversal     - - - - - - - p - - -
        Redeem              - o - - - - - - - - -
        CancelOrder         - o - - - - p - - - -
        FulfilOrder         - - - p - - p - - - -
        UseVoucher          - - - p - - p - - - -
        ManageRewards       - - - - - - p - - - -
        FundRewards         - - - - - - - p - - -
        PublishMethodology  - - - - - p - - - - -
        ManageProgramme     - - - - - - - - - - p
        ManageAccess        - - - - - - - - - - p
        Join                * * * * * * * * * * *
        Leave               - o - - - - - - - - -
        ManagePeople        - o - - - - - - - - -
        ReadConsole         - - - p p p p p p p p
        FreezeParticipant   - - - - - - p - - - p
        ReadOrders          - - - p - - p p p p -
        ReadPartners        - - - - - - p - p p p
        ReadSettings        - - - - - - p p p p p
        ReadAudit           - - - - - - - - p p p
        JudgeEvidence       - - - - p - - - - - -
        ManagePolicy        - - - - - - - - - - p
        Compete             - o - - - - - - - - -
        ManageCompetition   - - - - - - p - - - p
        CorrectResult       - - - - - - - - - - p
        ApproveCorrection   - - - - - - p - - - -
    ";

    #[test]
    fn the_rights_are_those_of_the_matrix_and_no_others() {
        let rows: Vec<Vec<&str>> = MATRIX
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|r| !r.is_empty())
            .collect();
        assert_eq!(rows.len(), Deed::ALL.len());
        for (row, deed) in rows.iter().zip(Deed::ALL) {
            assert_eq!(row[0], format!("{deed:?}"));
            for (cell, role) in row[1..].iter().zip(Role::ALL) {
                for relation in [Relation::Own, Relation::Programme, Relation::Stranger] {
                    let expected = match *cell {
                        "*" => true,
                        "p" => relation != Relation::Stranger,
                        "o" => relation == Relation::Own,
                        _ => false,
                    };
                    assert_eq!(
                        may(role, deed, relation).is_ok(),
                        expected,
                        "{role:?} {deed:?} {relation:?}"
                    );
                }
            }
        }
    }

    fn programme(rates: Vec<(Day, i64)>) -> Programme {
        let text = |word: &str| Text {
            zh: word.to_owned(),
            en: word.to_owned(),
        };
        Programme {
            id: ProgrammeId::new(1),
            slug: "campus".to_owned(),
            title: text("campus"),
            zone: Zone::named("Asia/Shanghai").unwrap(),
            zone_name: "Asia/Shanghai".to_owned(),
            region: "CN-SH".to_owned(),
            starts_us: 0,
            points: PointsRule {
                milli_per_g: 100,
                unit: text("pt"),
            },
            joinable: false,
            rates,
        }
    }

    #[test]
    fn points_are_rounded_down() {
        let programme = programme(Vec::new());
        let day = Day::from_epoch_days(20_000);
        assert_eq!(
            programme.earned(Carbon::from_mg(65_519), day),
            Some(Points::from_milli(6_551))
        );
        assert_eq!(
            programme.earned(Carbon::from_mg(i64::MAX), day),
            Some(Points::from_milli(i64::MAX / 10))
        );
    }

    #[test]
    fn the_day_of_the_act_decides_its_rate() {
        let [before, first, second] = [19_999, 20_000, 20_005].map(Day::from_epoch_days);
        let programme = programme(vec![(first, 200), (second, 50)]);
        let rates = [before, first, Day::from_epoch_days(20_004), second].map(|day| programme.milli_per_g_on(day));
        assert_eq!(rates, [100, 200, 200, 50]);
    }

    #[test]
    fn scopes_are_read_once_each_and_unknown_ones_named() {
        assert_eq!(Scope::list("records  participants records"), Ok(Scope::ALL.to_vec()));
        assert_eq!(Scope::list(""), Ok(Vec::new()));
        assert_eq!(Scope::list("records admin"), Err("admin"));
        assert!(!Scope::allow(&[Scope::Records], Deed::RegisterParticipant));
        assert!(Scope::allow(&[Scope::Records], Deed::SubmitActivity));
    }
}
