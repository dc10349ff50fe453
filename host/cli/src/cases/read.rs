//! From a document that a person wrote to typed cases. It accepts nothing that it doesn't know.

use std::path::Path;

use lictor::{Document, DocumentName, Documents, Effect, Item, Request};

use super::fields::{Fields, Origin, document, kind};
use super::{Case, CaseError, Expected, ExpectedDecision, NOW_UNIX_MS, Problem};
use crate::time;

const FILE: [&str; 2] = ["defaults", "cases"];
const DEFAULTS: [&str; 3] = ["parameters", "data", "now"];
const CASE: [&str; 6] = ["name", "parameters", "data", "now", "request", "expect"];
const EXPECT: [&str; 5] = ["effect", "reasons", "obligations", "observed", "refused"];

/// The cases of one file: a case, a list of cases, or `cases` with `defaults` for them.
pub fn cases(file: &Path, document: &Document) -> Result<Vec<Case>, CaseError> {
    let origin = Origin { file, case: None };
    let root = document.root();
    let mut defaults = Surroundings::default();
    let mut prefix = "";
    let items: Vec<Item<'_>> = if let Some(items) = root.items() {
        items.collect()
    } else if root.member("cases").is_some() || root.member("defaults").is_some() {
        let fields = Fields::of(origin, String::new(), root, &FILE)?;
        if let Some(given) = fields.object("defaults", &DEFAULTS)? {
            defaults = defaults.overlaid(&given)?;
        }
        let listed = fields.required("cases")?;
        prefix = "/cases";
        listed
            .items()
            .ok_or_else(|| fields.refuse("cases", kind("a list of cases", listed)))?
            .collect()
    } else {
        return Ok(vec![case(origin, String::new(), root, &defaults)?]);
    };
    let mut cases: Vec<Case> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let pointer = format!("{prefix}/{index}");
        let case = case(origin, pointer, item, &defaults)?;
        if cases.iter().any(|earlier| earlier.name == case.name) {
            let pointer = "/name".to_owned();
            let name = Some(case.name.as_str());
            return Err(CaseError::of_field(file, name, pointer, Problem::Duplicate));
        }
        cases.push(case);
    }
    Ok(cases)
}

/// A case. Before its name is known its fields are named by their pointers in the file, afterwards in the case.
fn case(
    origin: Origin<'_>,
    pointer: String,
    item: Item<'_>,
    defaults: &Surroundings,
) -> Result<Case, CaseError> {
    let name = Fields::of(origin, pointer.clone(), item, &CASE)?.text("name")?;
    let fields = Fields::of(origin, String::new(), item, &CASE)?.named(name);
    let around = defaults.clone().overlaid(&fields)?;
    Ok(Case {
        file: origin.file.to_owned(),
        name: name.to_owned(),
        expected: expected(&fields)?,
        parameters: around.parameters,
        data: around.data,
        now_unix_ms: around.now_unix_ms,
    })
}

/// What stands around a request.
#[derive(Clone)]
struct Surroundings {
    parameters: Document,
    data: Documents,
    now_unix_ms: u64,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            parameters: Document::empty(),
            data: Documents::new(),
            now_unix_ms: NOW_UNIX_MS,
        }
    }
}

impl Surroundings {
    /// The same with what is given instead: the parameters as a whole, the data document by document.
    fn overlaid(mut self, fields: &Fields<'_>) -> Result<Self, CaseError> {
        if let Some(item) = fields.optional("parameters") {
            if item.members().is_none() {
                return Err(fields.refuse("parameters", kind("an object", item)));
            }
            self.parameters = document(item).map_err(|it| fields.refuse("parameters", it))?;
        }
        for (name, item) in fields.members("data")? {
            let refuse = |problem| fields.refuse("data", problem);
            let name: DocumentName = name
                .parse()
                .map_err(|error| refuse(Problem::Refused(format!("is refused: {error}"))))?;
            self.data = self.data.with(name, document(item).map_err(refuse)?);
        }
        if let Some(item) = fields.optional("now") {
            self.now_unix_ms = moment(item).map_err(|problem| fields.refuse("now", problem))?;
        }
        Ok(self)
    }
}

fn moment(item: Item<'_>) -> Result<u64, Problem> {
    let expected = "a time: RFC 3339 in UTC, or milliseconds since 1970";
    if let Some(unix_ms) = item.as_integer() {
        return u64::try_from(unix_ms).map_err(|_| kind(expected, item));
    }
    let text = item.as_text().ok_or_else(|| kind(expected, item))?;
    time::parse(text).map_err(|error| Problem::Refused(format!("is refused: {error}")))
}

fn expected(fields: &Fields<'_>) -> Result<Expected, CaseError> {
    let Some(expect) = fields.object("expect", &EXPECT)? else {
        return Err(fields.refuse("expect", Problem::Missing));
    };
    if expect.optional("refused").is_some() {
        let others = EXPECT.iter().filter(|name| **name != "refused");
        for name in others {
            if expect.optional(name).is_some() {
                let why = "can't stand beside `refused`: there is no decision then";
                return Err(expect.refuse(name, Problem::Refused(why.to_owned())));
            }
        }
        return Ok(Expected::Refused(expect.text("refused")?.to_owned()));
    }
    Ok(Expected::Decision {
        decision: Box::new(ExpectedDecision {
            effect: effect(&expect)?,
            reasons: expect.texts("reasons")?,
            obligations: expect.texts("obligations")?,
            observed: expect.texts("observed")?,
        }),
        request: request(fields)?,
    })
}

fn effect(expect: &Fields<'_>) -> Result<Effect, CaseError> {
    let given = expect.text("effect")?;
    Effect::ALL
        .into_iter()
        .find(|effect| effect.as_str() == given)
        .ok_or_else(|| {
            let why = format!("must be `abstain`, `allow`, `review` or `deny`, it is `{given}`");
            expect.refuse("effect", Problem::Refused(why))
        })
}

fn request(fields: &Fields<'_>) -> Result<Request, CaseError> {
    let item = fields.required("request")?;
    Request::from_json(item.to_json().as_bytes())
        .map_err(|error| fields.refuse("request", Problem::Refused(format!("is refused: {error}"))))
}
