use std::path::PathBuf;

use super::*;

/// A folder of case files that goes when the test ends.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn load(&self) -> Result<Vec<Case>, String> {
        let path = self.0.path().to_string_lossy().into_owned();
        load(self.0.path()).map_err(|error| error.to_string().replace(&path, "."))
    }
}

fn one(yaml: &str) -> Result<Case, String> {
    let mut cases = Folder::with(&[("a.yaml", yaml)]).load()?;
    assert_eq!(cases.len(), 1);
    Ok(cases.remove(0))
}

const REQUEST: &str =
    "{subject: {type: agent, id: a}, action: {name: pay}, resource: {type: invoice, id: i}}";

#[test]
fn a_whole_case_is_read() {
    let case = one(&format!(
        "
name: a short sentence
parameters: {{limit: 10.50}}
data: {{users: {{a: 1}}}}
now: 2026-02-01T00:00:00Z
request: {REQUEST}
expect:
  effect: allow
  reasons: [within-limit]
  obligations: []
  observed: [request.get /subject/id, clock.now]
"
    ))
    .unwrap();
    assert_eq!(case.name, "a short sentence");
    assert_eq!(case.parameters.to_json(), r#"{"limit":10.5}"#);
    assert_eq!(case.data.get("users").unwrap().to_json(), r#"{"a":1}"#);
    assert_eq!(case.now_unix_ms, 1_769_904_000_000);
    let Expected::Decision { request, decision } = case.expected else {
        panic!("a decision is expected")
    };
    assert_eq!(request.subject_id(), "a");
    assert_eq!(decision.effect, Effect::Allow);
    assert_eq!(decision.reasons.unwrap(), ["within-limit"]);
    assert!(decision.obligations.unwrap().is_empty());
    assert_eq!(
        decision.observed.unwrap(),
        ["request.get /subject/id", "clock.now"]
    );
}

#[test]
fn what_is_not_given_is_not_expected() {
    let case = one(&format!(
        "{{name: n, request: {REQUEST}, expect: {{effect: deny}}}}"
    ))
    .unwrap();
    assert_eq!(case.parameters, Document::empty());
    assert!(case.data.is_empty());
    assert_eq!(case.now_unix_ms, NOW_UNIX_MS);
    let Expected::Decision { decision, .. } = case.expected else {
        panic!("a decision is expected")
    };
    assert_eq!(
        *decision,
        ExpectedDecision {
            effect: Effect::Deny,
            reasons: None,
            obligations: None,
            observed: None
        }
    );
}

#[test]
fn defaults_are_replaced_by_what_a_case_gives() {
    let folder = Folder::with(&[(
        "a.yaml",
        &format!(
            "
defaults:
  parameters: {{p: 1, q: 2}}
  data: {{users: 1, roles: 2}}
cases:
  - {{name: first, request: {REQUEST}, expect: {{effect: deny}}}}
  - {{name: second, parameters: {{p: 3}}, data: {{users: 4}}, expect: {{refused: no}}}}
"
        ),
    )]);
    let cases = folder.load().unwrap();
    assert_eq!(cases[0].parameters.to_json(), r#"{"p":1,"q":2}"#);
    assert_eq!(cases[1].parameters.to_json(), r#"{"p":3}"#);
    assert_eq!(cases[1].data.get("users").unwrap().to_json(), "4");
    assert_eq!(cases[1].data.get("roles").unwrap().to_json(), "2");
    assert_eq!(cases[1].expected, Expected::Refused("no".to_owned()));
}

#[test]
fn json_and_yaml_mean_the_same() {
    let json = r#"[{"name": "n", "parameters": {"x": 12345678901234567890.10},
        "request": {"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}},
        "expect": {"effect": "review"}}]"#;
    let folder = Folder::with(&[
        ("a.json", json),
        ("b/c.yml", json),
        ("notes.txt", "no case"),
    ]);
    let mut cases = folder.load().unwrap();
    assert_eq!(cases.len(), 2);
    assert_eq!(
        cases[0].parameters.to_json(),
        r#"{"x":12345678901234567890.1}"#
    );
    cases[1].file = cases[0].file.clone();
    assert_eq!(cases[0], cases[1]);
}

#[test]
fn an_error_names_file_case_and_field() {
    let refused = [
        ("{expect: 1}", "`./a.yaml`: `/name` is missing"),
        (
            "[{name: ''}]",
            "`./a.yaml`: `/0/name` must be a non-empty text, it is an empty text",
        ),
        ("text", "`./a.yaml`: must be an object, it is a text"),
        (
            "{name: n, expects: 1}",
            "`./a.yaml`: `/expects` is not known; known are `name`, `parameters`, `data`, `now`, `request`, `expect`",
        ),
        ("{name: n}", "`./a.yaml`, case `n`: `/expect` is missing"),
        (
            "{name: n, expect: {effect: maybe}}",
            "`./a.yaml`, case `n`: `/expect/effect` must be `abstain`, `allow`, `review` or `deny`, it is `maybe`",
        ),
        (
            "{name: n, expect: {effect: deny, reason: x}}",
            "`./a.yaml`, case `n`: `/expect/reason` is not known; known are `effect`, `reasons`, `obligations`, `observed`, `refused`",
        ),
        (
            "{name: n, expect: {effect: deny, reasons: x}}",
            "`./a.yaml`, case `n`: `/expect/reasons` must be a list of texts, it is a text",
        ),
        (
            "{name: n, expect: {effect: deny}}",
            "`./a.yaml`, case `n`: `/request` is missing",
        ),
        (
            "{name: n, expect: {effect: deny}, request: {subject: {}}}",
            "`./a.yaml`, case `n`: `/request` is refused: `/subject/type` is missing",
        ),
        (
            "{name: n, expect: {refused: x, effect: deny}}",
            "`./a.yaml`, case `n`: `/expect/effect` can't stand beside `refused`: there is no decision then",
        ),
        (
            "{name: n, parameters: [], expect: {refused: x}}",
            "`./a.yaml`, case `n`: `/parameters` must be an object, it is a list",
        ),
        (
            "{name: n, data: {a/b: 1}, expect: {refused: x}}",
            "`./a.yaml`, case `n`: `/data` is refused: a document name has ASCII letters, digits, `.`, `_` and `-`, `a/b` has '/'",
        ),
        (
            "{name: n, now: soon, expect: {refused: x}}",
            "`./a.yaml`, case `n`: `/now` is refused: `soon` is no time: write it as `2026-01-31T12:00:00Z` or as milliseconds since 1970",
        ),
        (
            "[{name: n, expect: {refused: x}}, {name: n, expect: {refused: x}}]",
            "`./a.yaml`, case `n`: `/name` is the name of another case of the file",
        ),
        (
            "{defaults: {}, cases: 1}",
            "`./a.yaml`: `/cases` must be a list of cases, it is an integer",
        ),
        (
            "{defaults: {request: 1}, cases: []}",
            "`./a.yaml`: `/defaults/request` is not known; known are `parameters`, `data`, `now`",
        ),
        (
            "a: b: c",
            "`./a.yaml`: line 1, column 5: mapping values are not allowed in this context",
        ),
    ];
    for (yaml, expected) in refused {
        assert_eq!(one(yaml).unwrap_err(), expected, "{yaml}");
    }
    let twice = Folder::with(&[("a.json", r#"{"name": "a", "name": "b"}"#)]);
    assert_eq!(
        twice.load().unwrap_err(),
        "`./a.json`: `/name` appears twice"
    );
}

#[test]
fn a_folder_without_cases_is_no_success() {
    let empty = Folder::with(&[("readme.txt", ""), ("b.yaml", "[]")]);
    assert!(empty.load().unwrap_err().contains("there are no cases"));
    let error = load(&PathBuf::from("/nowhere/at/all")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/nowhere/at/all`: there is no such file or folder"
    );
}
