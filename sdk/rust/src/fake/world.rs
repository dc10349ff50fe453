//! The host's end of the contract, natively. Must never answer anything that the host would answer otherwise.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;
use std::rc::Rc;

use lictor_policy::{
    Aspect, Criterion, Document, Documents, Fault, Item, Limits, OPERAND_BYTES_MAX, PointerError,
    PointerRef, Predicate, Question, Source, Sources,
};

use super::{LogLine, convert};
use crate::decision::Decision;
use crate::effect::Effect;
use crate::log::Level;
use crate::operand::Operand;
use crate::place::{OfData, OfParameters, OfRequest, Place, Testable};
use crate::reason::Reason;
use crate::relation::{Relation, TestError};
use crate::value::Value;

/// The most questions that may be asked while a policy is checked or prepared, as for the host.
const SETUP_QUESTIONS_MAX: u32 = 65_536;
/// What a line takes of the log's budget besides its text, as for the host.
const LINE_OVERHEAD_BYTES: usize = 16;

/// What one evaluation sees.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) request: Document,
    pub(super) data: Documents,
    pub(super) parameters: Document,
    pub(super) now_ms: u64,
}

/// The host ended the evaluation; what a trap is for a component.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) fault: String,
}

/// One evaluation's world.
#[derive(Clone, Debug)]
pub struct World {
    state: Rc<State>,
}

#[derive(Debug)]
struct State {
    sight: Sight,
    limits: Limits,
    /// Whether the fake catches what ends the evaluation.
    caught: bool,
    asked: Cell<u32>,
    observed: RefCell<Vec<Question>>,
    lines: RefCell<Vec<LogLine>>,
}

impl World {
    pub(super) fn evaluating(sight: Sight) -> Self {
        Self::new(sight, Limits::default(), true)
    }

    pub(super) fn setting_up(sight: Sight) -> Self {
        Self::new(
            sight,
            Limits {
                questions: SETUP_QUESTIONS_MAX,
                ..Limits::default()
            },
            true,
        )
    }

    pub(super) fn open(sight: Sight) -> Self {
        Self::new(sight, Limits::default(), false)
    }

    fn new(sight: Sight, limits: Limits, caught: bool) -> Self {
        let (asked, observed, lines) = (Cell::new(0), RefCell::default(), RefCell::default());
        Self {
            state: Rc::new(State {
                sight,
                limits,
                caught,
                asked,
                observed,
                lines,
            }),
        }
    }

    pub(super) fn observed(&self) -> Vec<String> {
        self.state
            .observed
            .borrow()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    pub(super) fn lines(&self) -> Vec<LogLine> {
        self.state.lines.borrow().clone()
    }

    // --- What rules ask ---

    pub(crate) fn now(&self) -> u64 {
        self.ask(Question::Now);
        self.state.sight.now_ms
    }

    pub(crate) fn before(&self, unix_ms: u64) -> bool {
        self.ask(Question::Before(unix_ms));
        self.state.sight.now_ms < unix_ms
    }

    pub(crate) fn log(&self, level: Level, message: &str) {
        let mut lines = self.state.lines.borrow_mut();
        let kept: usize = lines
            .iter()
            .map(|line| line.message.len() + LINE_OVERHEAD_BYTES)
            .sum();
        if kept + message.len() + LINE_OVERHEAD_BYTES <= self.state.limits.log_bytes {
            lines.push(LogLine {
                level,
                message: message.to_owned(),
            });
        }
    }

    /// Counts the question, and records it where it is an observation.
    fn ask(&self, question: Question) {
        let limit = self.state.limits.questions;
        if self.state.asked.get() >= limit {
            self.end(Fault::QuestionsExceeded { limit });
        }
        self.state.asked.set(self.state.asked.get() + 1);
        if !matches!(
            question,
            Question::Look {
                source: Source::Parameters,
                ..
            }
        ) {
            self.state.observed.borrow_mut().push(question);
        }
    }

    /// Puts a predicate to the value at a pointer.
    fn test(
        &self,
        source: Source,
        pointer: &str,
        predicate: Predicate,
    ) -> Result<bool, lictor_policy::TestError> {
        if predicate.operand.byte_len() > OPERAND_BYTES_MAX {
            self.end(Fault::TooLarge {
                limit: OPERAND_BYTES_MAX,
            });
        }
        let (parsed, criterion) = (PointerRef::parse(pointer), Criterion::new(&predicate));
        let question = Question::Test {
            source,
            pointer: pointer.to_owned(),
            predicate,
        };
        self.ask(question.clone());
        let sight = &self.state.sight;
        let sources = Sources {
            request: &sight.request,
            data: &sight.data,
            parameters: &sight.parameters,
        };
        let put = |pointer, criterion: Criterion| {
            criterion
                .test(sources.find(source, &pointer), &sources)
                .answer
        };
        match parsed.and_then(|pointer| Ok(put(pointer, criterion?))) {
            Ok(answer) => answer,
            Err(error) => self.end_malformed(&question, &error),
        }
    }

    fn end_malformed(&self, question: &Question, error: &PointerError) -> ! {
        self.end(Fault::PointerMalformed {
            question: question.to_string().chars().take(200).collect(),
            detail: error.to_string(),
        })
    }

    #[expect(
        clippy::panic,
        reason = "nobody catches what ends this evaluation, so the test has to fail and to say why"
    )]
    fn end(&self, fault: Fault) -> ! {
        if self.state.caught {
            resume_unwind(Box::new(Ended {
                fault: fault.to_string(),
            }))
        } else {
            panic!("{fault}")
        }
    }
}

// --- Looking -------------------------------------------------------------------------------------------------------

/// One question about a JSON value, counted and recorded.
struct Look<'a> {
    world: &'a World,
    source: Source,
    question: Question,
    pointer: PointerRef<'a>,
}

impl<'a> Look<'a> {
    fn begin(world: &'a World, source: Source, aspect: Aspect, pointer: &'a str) -> Self {
        let question = Question::Look {
            source,
            aspect,
            pointer: pointer.to_owned(),
        };
        let parsed = PointerRef::parse(pointer);
        world.ask(question.clone());
        match parsed {
            Ok(pointer) => Self {
                world,
                source,
                question,
                pointer,
            },
            Err(error) => world.end_malformed(&question, &error),
        }
    }

    fn item(&self) -> Option<Item<'a>> {
        let sight = &self.world.state.sight;
        match self.source {
            Source::Request => sight.request.find(&self.pointer),
            Source::Data => sight.data.find(&self.pointer),
            Source::Parameters => sight.parameters.find(&self.pointer),
        }
    }

    fn get(&self) -> Option<Value> {
        let limit = self.world.state.limits.answer_bytes;
        let value = self
            .item()?
            .value(limit)
            .unwrap_or_else(|_| self.end_too_large());
        Some(convert::value(value))
    }

    fn count(&self) -> Option<u32> {
        match self.source {
            Source::Data => self.world.state.sight.data.count(&self.pointer),
            Source::Request | Source::Parameters => self.item()?.count(),
        }
    }

    fn keys(&self) -> Option<Vec<String>> {
        let keys: Vec<String> = match self.source {
            Source::Data => self
                .world
                .state
                .sight
                .data
                .keys(&self.pointer)?
                .map(str::to_owned)
                .collect(),
            Source::Request | Source::Parameters => {
                self.item()?.keys()?.map(str::to_owned).collect()
            }
        };
        let bytes: usize = keys.iter().map(|key| key.len() + 8).sum();
        if bytes > self.world.state.limits.answer_bytes {
            self.end_too_large()
        } else {
            Some(keys)
        }
    }

    fn end_too_large(&self) -> ! {
        let limit = self.world.state.limits.answer_bytes;
        self.world.end(Fault::AnswerTooLarge {
            question: self.question.to_string(),
            limit,
        })
    }
}

macro_rules! look_into {
    ($place:ty, $source:expr) => {
        impl Place for $place {
            const NAME: &'static str = match $source {
                Source::Request => "request",
                Source::Data => "data",
                Source::Parameters => "parameters",
            };

            fn get(world: &World, pointer: &str) -> Option<Value> {
                Look::begin(world, $source, Aspect::Get, pointer).get()
            }

            fn count(world: &World, pointer: &str) -> Option<u32> {
                Look::begin(world, $source, Aspect::Count, pointer).count()
            }

            fn keys(world: &World, pointer: &str) -> Option<Vec<String>> {
                Look::begin(world, $source, Aspect::Keys, pointer).keys()
            }
        }
    };
}

look_into!(OfRequest, Source::Request);
look_into!(OfData, Source::Data);
look_into!(OfParameters, Source::Parameters);

macro_rules! test_in {
    ($place:ty, $source:expr) => {
        impl Testable for $place {
            fn test(
                world: &World,
                pointer: &str,
                relation: Relation,
                operand: &Operand<'_>,
            ) -> Result<bool, TestError> {
                let predicate = Predicate {
                    relation: convert::relation(relation),
                    operand: convert::operand(operand),
                };
                let tested = world.test($source, pointer, predicate);
                tested.map_err(convert::test_error)
            }
        }
    };
}

test_in!(OfRequest, Source::Request);
test_in!(OfData, Source::Data);

// --- Judging -------------------------------------------------------------------------------------------------------

/// Whether the host accepts the decision.
pub(super) fn check(decision: &Decision) -> Result<(), Fault> {
    let obligation = |obligation: &crate::Obligation| lictor_policy::Obligation {
        id: obligation.id.clone(),
        kind: obligation.kind.clone(),
        properties: obligation.properties.clone(),
        annotations: obligation.annotations.clone(),
    };
    let reason = |reason: &Reason| lictor_policy::Reason {
        code: reason.code.clone(),
        message: reason.message.clone(),
        annotations: reason.annotations.clone(),
    };
    let decision = lictor_policy::Decision {
        effect: match decision.effect {
            Effect::Abstain => lictor_policy::Effect::Abstain,
            Effect::Allow => lictor_policy::Effect::Allow,
            Effect::Review => lictor_policy::Effect::Review,
            Effect::Deny => lictor_policy::Effect::Deny,
        },
        reasons: decision.reasons.iter().map(reason).collect(),
        obligations: decision.obligations.iter().map(obligation).collect(),
        annotations: decision.annotations.clone(),
    };
    decision
        .checked(Limits::default().decision_bytes)
        .map(drop)
        .map_err(Fault::Decision)
}
