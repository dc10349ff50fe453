//! What a request is answered: by each version of the tenant that has a say, and by the strictest of them.

use std::collections::BTreeSet;
use std::rc::Rc;

use lictor::{Effect, FailurePolicy, Request, Side};

use super::plan::Plan;
use super::split::Choice;
use super::tenant::View;
use super::{Bound, Numbers};
use crate::fixture::Guest;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub agent: String,
    pub amount: i64,
    pub team: Option<String>,
    pub states_version: bool,
}

impl Asked {
    pub fn new(agent: &str, amount: i64) -> Self {
        Self {
            agent: agent.to_owned(),
            amount,
            team: None,
            states_version: false,
        }
    }

    pub fn request(&self) -> Request {
        let mut request = Request::builder()
            .subject("agent", self.agent.as_str())
            .action("pay")
            .resource("order", "4711")
            .context("amount", self.amount);
        if let Some(team) = &self.team {
            request = request.context("team", team.as_str());
        }
        if self.states_version {
            request = request.context("policy_version", "1.0.0");
        }
        request.build().unwrap()
    }

    /// The value of the plan's sticky attribute.
    pub fn subject(&self, plan: &Plan) -> Option<&str> {
        match plan.by_team {
            true => self.team.as_deref(),
            false => Some(&self.agent),
        }
    }
}

/// What a request must be answered, and by whom.
#[derive(Debug)]
pub struct Answer {
    pub effect: Effect,
    /// Each policy that has a say, once for each binding and each set of documents that it reads.
    pub heard: Vec<(String, Side, String)>,
    /// What each version of the tenant says, with its rollouts whose candidates count.
    pub versions: Vec<(BTreeSet<String>, Effect)>,
}

/// A policy, and the rollouts that its binding could tell.
type Whose = (String, BTreeSet<String>);

/// What one version of a tenant says.
pub struct Said {
    pub effect: Effect,
    /// The policies that had a fault.
    pub faulted: BTreeSet<String>,
    /// The bindings that decided without a fault.
    pub decided: Vec<Rc<Bound>>,
    /// Whose binding it was, with the rollouts that it could tell.
    heard: Vec<(Whose, Side, Rc<Bound>)>,
}

impl View {
    /// Answers a request, and notes which bindings have decided by it.
    pub fn answer(&self, asked: &Asked) -> Answer {
        let choices = self.choices(asked);
        let named = |choice| {
            let those = choices.iter().filter(move |(_, it)| *it == choice);
            those.map(|(name, _)| name.clone())
        };
        let mut versions = vec![named(Choice::Candidate).collect::<BTreeSet<String>>()];
        for both in named(Choice::Both) {
            let with = versions.clone().into_iter().map(|mut version| {
                version.insert(both.clone());
                version
            });
            versions.extend(with.collect::<Vec<_>>());
        }
        let mut answer = Answer {
            effect: Effect::Abstain,
            heard: Vec::new(),
            versions: Vec::new(),
        };
        let mut known = BTreeSet::new();
        for version in versions {
            let said = self.say(&version, asked);
            said.decided.iter().for_each(|it| it.decided.set(true));
            for (key, side, bound) in said.heard {
                if known.insert(key) {
                    let revision = bound.revision.get().unwrap().to_string();
                    answer.heard.push((bound.policy.clone(), side, revision));
                }
            }
            answer.effect = answer.effect.max(said.effect);
            answer.versions.push((version, said.effect));
        }
        answer.heard.sort_by_key(|(policy, side, revision)| {
            (policy.clone(), *side as u8, revision.clone())
        });
        answer
    }

    /// What the tenant says where the candidates of these rollouts count.
    pub fn say(&self, version: &BTreeSet<String>, asked: &Asked) -> Said {
        let counting = || self.running.iter().filter(|it| version.contains(&it.name));
        let documents = counting().find_map(|it| it.new.documents.clone());
        let documents = documents.unwrap_or_else(|| Rc::clone(&self.documents));
        let readers: BTreeSet<&String> = self
            .running
            .iter()
            .filter(|it| it.new.documents.is_some())
            .map(|it| &it.name)
            .collect();
        let brought = self.running.iter().flat_map(|it| it.new.policies.keys());
        let policies: BTreeSet<&String> = self.stable.keys().chain(brought).collect();
        let mut said = Said {
            effect: Effect::Abstain,
            faulted: BTreeSet::new(),
            decided: Vec::new(),
            heard: Vec::new(),
        };
        for policy in policies {
            let replacing = self
                .running
                .iter()
                .find(|it| it.new.policies.contains_key(policy));
            let counts = replacing.filter(|it| version.contains(&it.name));
            let (side, bound) = match counts {
                Some(rollout) => (Side::Candidate, rollout.new.policies[policy].as_ref()),
                None => (Side::Stable, self.stable.get(policy)),
            };
            let Some(bound) = bound else {
                continue;
            };
            let told = version.iter().filter(|name| {
                readers.contains(name) || replacing.is_some_and(|it| it.name == **name)
            });
            let key = (policy.clone(), told.cloned().collect());
            said.heard.push((key, side, Rc::clone(bound)));
            let effect = match effect(bound, asked, &documents) {
                Some(effect) => {
                    said.decided.push(Rc::clone(bound));
                    effect
                }
                None => {
                    said.faulted.insert(policy.clone());
                    self.for_fault(side, policy, asked, &documents, &mut said.decided)
                }
            };
            said.effect = said.effect.max(effect);
        }
        if said.effect == Effect::Abstain {
            said.effect = Effect::Deny;
        }
        said
    }

    /// What answers for a binding that had a fault: for a candidate never an older version.
    fn for_fault(
        &self,
        side: Side,
        policy: &str,
        asked: &Asked,
        documents: &Numbers,
        decided: &mut Vec<Rc<Bound>>,
    ) -> Effect {
        match (self.on_failure, side) {
            (FailurePolicy::Review, _) => Effect::Review,
            (FailurePolicy::LastGood, Side::Stable) => {
                let last_good = self.last_good.get(policy);
                let said = last_good.and_then(|it| Some((it, effect(it, asked, documents)?)));
                let Some((last_good, effect)) = said else {
                    return Effect::Deny;
                };
                decided.push(Rc::clone(last_good));
                effect
            }
            _ => Effect::Deny,
        }
    }
}

/// What a binding decides; nothing where it has a fault.
fn effect(bound: &Bound, asked: &Asked, documents: &Numbers) -> Option<Effect> {
    let limit = match bound.guest {
        Guest::Limit if asked.amount == bound.trap => return None,
        Guest::Limit => bound.limit,
        Guest::Shared => **documents,
    };
    Some(match asked.amount <= limit {
        true => Effect::Allow,
        false => Effect::Deny,
    })
}
