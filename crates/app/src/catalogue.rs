//! The programmes and methodologies in force, held in memory and replaced whole when one of them changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::evidence::Policy;
use domain::measure::ProgrammeId;
use domain::methodology::Methodology;
use domain::programme::Programme;
use store::evidence::PolicyRow;
use store::methodology::Published;
use store::{Db, StoreError};

use crate::Refused;
use crate::evidence::PolicyInForce;

/// A methodology version in force, with its number in the books.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The number under which records name it.
    pub number: i64,
    /// The version.
    pub methodology: Arc<Methodology>,
}

/// Everything that changes rarely.
#[derive(Debug, Default)]
pub struct Catalogue {
    programmes: Vec<Arc<Programme>>,
    published: BTreeMap<i64, Published>,
    in_force: HashMap<ProgrammeId, BTreeMap<String, InForce>>,
    stored_policies: HashMap<ProgrammeId, PolicyRow>,
    policies: HashMap<ProgrammeId, PolicyInForce>,
}

impl Catalogue {
    pub(crate) async fn load(db: &mut Db) -> Result<Self, StoreError> {
        let programmes = store::programme::all(db).await?.into_iter().map(Arc::new).collect();
        let published: BTreeMap<i64, Published> = store::methodology::all(db)
            .await?
            .into_iter()
            .map(|version| (version.number, version))
            .collect();
        let mut in_force: HashMap<ProgrammeId, BTreeMap<String, InForce>> = HashMap::new();
        for (programme, behaviour, number) in store::methodology::in_force(db).await? {
            if let Some(version) = published.get(&number) {
                let methodology = Arc::clone(&version.methodology);
                in_force
                    .entry(programme)
                    .or_default()
                    .insert(behaviour, InForce { number, methodology });
            }
        }
        let stored_policies = store::evidence::policies_in_force(db).await?;
        Ok(Catalogue {
            programmes,
            published,
            in_force,
            stored_policies: stored_policies.into_iter().map(|row| (row.programme, row)).collect(),
            policies: HashMap::new(),
        })
    }

    /// The evidence policy of a programme as the books hold it.
    pub(crate) fn stored_policy(&self, programme: ProgrammeId) -> Option<PolicyRow> {
        self.stored_policies.get(&programme).cloned()
    }

    pub(crate) fn set_policy(&mut self, programme: ProgrammeId, policy: PolicyInForce) {
        self.policies.insert(programme, policy);
    }

    /// The evidence policy of a programme; the one that is shipped where there is none.
    pub(crate) fn policy(&self, programme: ProgrammeId) -> PolicyInForce {
        let shipped = || PolicyInForce {
            number: 0,
            policy: Arc::new(Policy::shipped().clone()),
            differences: String::new(),
        };
        self.policies.get(&programme).cloned().unwrap_or_else(shipped)
    }

    /// Every programme, by slug.
    pub fn programmes(&self) -> &[Arc<Programme>] {
        &self.programmes
    }

    /// The programme of a slug.
    pub fn programme(&self, slug: &str) -> Result<&Arc<Programme>, Refused> {
        self.programmes
            .iter()
            .find(|programme| programme.slug == slug)
            .ok_or(Refused::NotFound("programme"))
    }

    /// The programme of an id.
    pub fn programme_by_id(&self, id: ProgrammeId) -> Result<&Arc<Programme>, Refused> {
        self.programmes
            .iter()
            .find(|programme| programme.id == id)
            .ok_or(Refused::NotFound("programme"))
    }

    /// What quantifies the behaviours of a programme, by behaviour.
    pub fn in_force(&self, programme: ProgrammeId) -> impl Iterator<Item = (&str, &InForce)> {
        self.in_force
            .get(&programme)
            .into_iter()
            .flatten()
            .map(|(behaviour, version)| (behaviour.as_str(), version))
    }

    /// What quantifies a behaviour in a programme.
    pub fn methodology_for(&self, programme: ProgrammeId, behaviour: &str) -> Result<&InForce, Refused> {
        let found = self
            .in_force
            .get(&programme)
            .and_then(|behaviours| behaviours.get(behaviour));
        found.ok_or_else(|| {
            if domain::methodology::catalogue::UNKNOWN
                .iter()
                .any(|unknown| unknown.id == behaviour)
            {
                Refused::NoFactorKnown(behaviour.to_owned())
            } else {
                let shown: String = behaviour.chars().take(40).collect();
                Refused::invalid("behaviour", format!("\"{shown}\" is no behaviour of this programme"))
            }
        })
    }

    /// Every version ever published.
    pub fn published(&self) -> impl Iterator<Item = &Published> {
        self.published.values()
    }

    /// The version of a number.
    pub fn version(&self, number: i64) -> Option<&Published> {
        self.published.get(&number)
    }

    /// A version by name; the latest published one if no version is given.
    pub fn named(&self, id: &str, version: Option<&str>) -> Result<&Published, Refused> {
        self.published
            .values()
            .rev()
            .find(|p| p.methodology.id == id && version.is_none_or(|v| p.methodology.version == v))
            .ok_or(Refused::NotFound("methodology"))
    }
}
