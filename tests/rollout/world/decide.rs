//! Requests, and what is checked of each answer.

use super::*;

// Requests.
impl World {
    /// An amount of which there are few.
    pub fn amount(&mut self) -> i64 {
        1_000 * (self.random.below(20) as i64 + 1)
    }

    /// An amount that nobody has asked for yet, and that nobody is allowed.
    pub fn fresh_amount(&mut self) -> i64 {
        self.fresh += 1;
        self.fresh
    }

    /// Has one of the tenant's agents ask for an amount.
    pub fn decide_any(&mut self, tenant: usize, amount: i64) {
        let agent = self.random.below(self.agents[tenant]);
        let mut asked = Asked::new(&format!("agent-{agent}"), amount);
        if self.random.below(3) > 0 {
            asked.team = Some(format!("team-{}", agent % 7));
        }
        asked.states_version = self.random.once_in(20);
        self.decide(tenant, &asked);
    }

    pub fn decide(&mut self, tenant: usize, asked: &Asked) -> Effect {
        let waiting: usize = self.tenants.iter().map(|it| it.waiting.len()).sum();
        let tenant = &mut self.tenants[tenant];
        let outcome = self.host.evaluate(&tenant.name, &asked.request()).unwrap();
        let answer = tenant.view.answer(asked);
        let heard = heard(&outcome);
        assert_eq!(heard, answer.heard, "{} {asked:?}", tenant.name);
        let effect = outcome.decision.effect;
        assert_eq!(
            effect, answer.effect,
            "{} {asked:?} {answer:?}",
            tenant.name
        );
        self.drawn.requests += 1;
        self.drawn.recalled += u64::from(outcome.is_recalled());
        self.drawn.note_faults(&outcome);
        self.drawn.strict_denials += check_strict(tenant, asked, &answer, effect);
        check_sides(tenant, asked, &outcome);

        let waiting_max = match waiting < WAITING_MAX {
            true => WAITING_OF_TENANT_MAX,
            false => 0,
        };
        let id = outcome.decision_id.to_string();
        let id: Vec<u8> = (0..8)
            .map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let is_fresh = asked.amount == self.fresh;
        let dropped = |tenant: &Tenant| tenant.rollouts.iter().map(|it| it.dropped).sum::<u64>();
        let before = dropped(tenant);
        tenant.sample(asked, &id, is_fresh, waiting_max);
        self.drawn.dropped += dropped(tenant) - before;
        effect
    }
}

/// Whom the host says that it has heard: no policy twice under the same documents, and no other version.
fn heard(outcome: &Outcome) -> Vec<(String, Side, String)> {
    let heard = outcome.policies.iter().map(|it| {
        let bound = &it.bound;
        (
            bound.policy.to_string(),
            it.side,
            bound.revision.to_string(),
        )
    });
    let mut heard: Vec<_> = heard.collect();
    heard.sort_by_key(|(policy, side, revision)| (policy.clone(), *side as u8, revision.clone()));
    heard
}

impl Drawn {
    fn note_faults(&mut self, outcome: &Outcome) {
        for policy in &outcome.policies {
            let Verdict::Faulted { answer, by, .. } = &policy.verdict else {
                continue;
            };
            self.last_good += u64::from(by.is_some());
            if policy.side == Side::Candidate {
                self.candidate_faults += 1;
                assert!(answer.effect > Effect::Allow, "{policy:?}");
                assert_eq!(*by, None, "another version answered for a candidate");
            }
        }
    }
}

/// Whom a strict mode covers is allowed nothing that either version denies. Says for how many rollouts this mattered.
fn check_strict(tenant: &Tenant, asked: &Asked, answer: &Answer, effect: Effect) -> u64 {
    let view = &tenant.view;
    let choices = view.choices(asked);
    let mut mattered = 0;
    for (running, (name, choice)) in view.running.iter().zip(&choices) {
        if !matches!(running.plan.phases[running.phase].part, Part::Canary { .. }) {
            continue;
        }
        let others = choices
            .iter()
            .filter(|(it, choice)| *choice == Choice::Candidate && it != name);
        let others: BTreeSet<String> = others.map(|(name, _)| name.clone()).collect();
        let with = others.iter().cloned().chain([name.clone()]).collect();
        let (stable, candidate) = (view.say(&others, asked), view.say(&with, asked));
        let is_canary = *choice == Choice::Candidate;
        let (counts_stable, counts_candidate) = match running.plan.strict {
            _ if asked.states_version => (true, true),
            Strict::Fleet => (!is_canary, true),
            Strict::Canary => (*choice != Choice::Stable, *choice != Choice::Stable),
            Strict::Off => (!is_canary, is_canary),
        };
        assert!(!counts_stable || effect >= stable.effect, "{answer:?}");
        assert!(
            !counts_candidate || effect >= candidate.effect,
            "{answer:?}"
        );
        let differ = stable.effect != candidate.effect;
        mattered += u64::from(counts_stable && counts_candidate && differ);
    }
    mattered
}

/// A subject stays on its side within a phase, and on the canary side for good. By what the host says, not by the split.
fn check_sides(tenant: &mut Tenant, asked: &Asked, outcome: &Outcome) {
    if asked.states_version {
        return;
    }
    let view = &tenant.view;
    for running in &view.running {
        let Some(subject) = asked.subject(&running.plan).map(str::to_owned) else {
            continue;
        };
        if !matches!(running.plan.phases[running.phase].part, Part::Canary { .. }) {
            continue;
        }
        // A policy of which there are two versions shows the side.
        let mut policies = running.new.policies.iter();
        let shows =
            policies.find(|(policy, new)| new.is_some() && view.stable.contains_key(*policy));
        let Some((policy, _)) = shows else {
            continue;
        };
        let of_policy = outcome
            .policies
            .iter()
            .filter(|it| it.bound.policy.as_str() == policy);
        let has = |side| of_policy.clone().any(|it| it.side == side);
        let is_canary = match running.plan.strict {
            Strict::Fleet => !has(Side::Stable),
            Strict::Off | Strict::Canary => has(Side::Candidate),
        };
        let mut rollouts = tenant.rollouts.iter_mut();
        let rollout = rollouts.find(|it| it.name == running.name).unwrap();
        if is_canary {
            assert!(
                !rollout.beside.contains(&subject),
                "{subject} came over within a phase"
            );
            rollout.canary.insert(subject);
        } else {
            assert!(
                !rollout.canary.contains(&subject),
                "{subject} was moved back"
            );
            rollout.beside.insert(subject);
        }
    }
}
