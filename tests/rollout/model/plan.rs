//! Plans as the model knows them. What is ready-made stands here in numbers once more.

use std::time::Duration;

use lictor::Strict;

#[derive(Clone, Debug)]
pub struct Plan {
    pub name: &'static str,
    pub strict: Strict,
    /// The member of `context` that keeps a subject on one side; else the subject's id.
    pub by_team: bool,
    pub phases: Vec<Phase>,
}

#[derive(Clone, Debug)]
pub struct Phase {
    pub part: Part,
    pub time: Duration,
    pub pairs_min: u64,
    pub sample: f64,
    pub guards: Guarded,
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Shadow,
    Canary { percent: f64, subjects: Vec<String> },
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Guarded {
    pub fault_rate: Option<f64>,
    pub divergence_rate: Option<f64>,
    pub loosened_max: Option<usize>,
    pub latency_ratio: Option<f64>,
}

const HOUR: Duration = Duration::from_secs(3_600);

impl Plan {
    pub fn careful() -> Self {
        let guards = Guarded {
            fault_rate: Some(0.01),
            divergence_rate: None,
            loosened_max: Some(10),
            latency_ratio: Some(2.0),
        };
        let phases = [(0.0, 24), (10.0, 24), (50.0, 48), (90.0, 24)];
        let phases = phases.map(|(percent, hours)| Phase {
            pairs_min: 100,
            guards,
            ..Phase::new(percent, hours * HOUR)
        });
        Self {
            name: "careful",
            strict: Strict::Fleet,
            by_team: false,
            phases: phases.into(),
        }
    }

    pub fn immediate() -> Self {
        Self {
            name: "immediate",
            strict: Strict::Off,
            by_team: false,
            phases: Vec::new(),
        }
    }

    /// Phases of some hours each, with these percents; 0 is shadow.
    pub fn quick(strict: Strict, percents: &[f64]) -> Self {
        let phases = percents.iter().map(|percent| Phase {
            sample: 1.0,
            ..Phase::new(*percent, 4 * HOUR)
        });
        Self {
            name: "quick",
            strict,
            by_team: false,
            phases: phases.collect(),
        }
    }

    pub fn starts_in_shadow(&self) -> bool {
        self.phases
            .first()
            .is_some_and(|it| it.part == Part::Shadow)
    }

    /// What the host reads.
    pub fn read(&self) -> lictor::Plan {
        match self.name {
            "careful" => lictor::Plan::careful(),
            "immediate" => lictor::Plan::immediate(),
            _ => lictor::Plan::from_toml(&self.written()).unwrap(),
        }
    }

    fn written(&self) -> String {
        let mut text = format!("name = \"{}\"\nstrict = \"{}\"\n", self.name, self.strict);
        if self.by_team {
            text.push_str("sticky = \"/context/team\"\n");
        }
        for phase in &self.phases {
            text.push_str("[[phases]]\n");
            match &phase.part {
                Part::Shadow => text.push_str("kind = \"shadow\"\n"),
                Part::Canary { percent, subjects } => {
                    text.push_str(&format!("kind = \"canary\"\npercent = {percent:?}\n"));
                    if !subjects.is_empty() {
                        text.push_str(&format!("subjects = {subjects:?}\n"));
                    }
                }
            }
            let seconds = phase.time.as_secs();
            let Phase {
                pairs_min,
                sample,
                wait,
                ..
            } = phase;
            text.push_str(&format!(
                "time = \"{seconds}s\"\npairs_min = {pairs_min}\nsample = {sample:?}\nwait = {wait}\n"
            ));
            let rate = |name, rate: Option<f64>| rate.map(|it| format!("{name} = {it:?}"));
            let guards = [
                rate("fault_rate", phase.guards.fault_rate),
                rate("divergence_rate", phase.guards.divergence_rate),
                phase
                    .guards
                    .loosened_max
                    .map(|it| format!("loosened_max = {it}")),
                rate("latency_ratio", phase.guards.latency_ratio),
            ];
            let guards: Vec<String> = guards.into_iter().flatten().collect();
            text.push_str(&format!("guards = {{ {} }}\n", guards.join(", ")));
        }
        text
    }
}

impl Phase {
    fn new(percent: f64, time: Duration) -> Self {
        let (part, sample) = match percent {
            0.0 => (Part::Shadow, 1.0),
            _ => (
                Part::Canary {
                    percent,
                    subjects: Vec::new(),
                },
                0.1,
            ),
        };
        Self {
            part,
            time,
            pairs_min: 0,
            sample,
            guards: Guarded::default(),
            wait: false,
        }
    }
}
