//! Who may ask: tokens, made, used, listed, revoked, and over a restart.

use serde_json::json;

use super::certification;
use super::serving::Serving;

const ASKED: &str = "/t/records/access/v1/evaluation";

fn status(serving: &Serving, path: &str, authorization: &str) -> u16 {
    let body = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let headers = format!("{authorization}content-type: application/json\r\n");
    serving
        .ask("POST", path, &headers, body.to_string().as_bytes())
        .status
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

#[test]
fn a_token_reaches_its_own_tenant_until_it_is_revoked() {
    let mut serving = certification::serving("tokens");
    let desk = &serving.desk;
    desk.ok("tenant add other --state state");
    let issue = |with: &str| desk.ok(&format!("token issue {with} --state state"));
    let own = issue("--tenant records --label gateway");
    let other = issue("--tenant other");
    let operator = issue("--role operator");
    let auditor = issue("--role auditor --valid 1h");
    desk.fails(
        "token issue --tenant nobody --state state",
        3,
        "`nobody` is not known",
    );
    desk.fails(
        "token issue --tenant other --valid 400d --state state",
        3,
        "366 days at most",
    );
    let elsewhere = "/t/other/access/v1/evaluation";
    let nowhere = "/t/nobody/access/v1/evaluation";
    // What a token that is good for something else is told doesn't depend on what there is.
    for (token, expected) in [
        (&own, [200, 403, 403]),
        (&other, [403, 200, 403]),
        (&operator, [403, 403, 403]),
        (&auditor, [403, 403, 403]),
        (&serving.token, [200, 200, 404]),
    ] {
        let found = [ASKED, elsewhere, nowhere].map(|path| status(&serving, path, &bearer(token)));
        assert_eq!(found, expected);
    }
    let (id, secret) = own
        .strip_prefix("lictor_")
        .unwrap()
        .split_once('_')
        .unwrap();
    let (other_id, _) = other
        .strip_prefix("lictor_")
        .unwrap()
        .split_once('_')
        .unwrap();
    let twice = bearer(&own) + &bearer(&own);
    for wrong in [
        String::new(),
        bearer(""),
        bearer("lictor"),
        bearer(id),
        bearer(secret),
        bearer(&own.to_uppercase()),
        bearer(&own[..own.len() - 1]),
        bearer(&format!("{own}0")),
        bearer(&format!("lictor_{other_id}_{secret}")),
        format!("authorization: Basic {own}\r\n"),
        format!("authorization: {own}\r\n"),
        twice,
    ] {
        assert_eq!(status(&serving, ASKED, &wrong), 401, "{wrong}");
    }

    let listed = desk.ok("token list --state state");
    assert!(
        listed.contains(id) && listed.contains("gateway"),
        "{listed}"
    );
    assert!(!listed.contains(secret), "{listed}");
    assert_eq!(listed.lines().count(), 5);
    desk.ok(&format!("token revoke {id} --state state"));
    assert_eq!(status(&serving, ASKED, &bearer(&own)), 401);
    desk.fails(
        &format!("token revoke {id} --state state"),
        3,
        "there is no token",
    );

    serving.restart();
    assert_eq!(status(&serving, ASKED, &bearer(&own)), 401);
    assert_eq!(status(&serving, elsewhere, &bearer(&other)), 200);
    // A tenant that goes takes its tokens along, so that another one of its name isn't reached by them.
    serving.desk.ok("tenant remove other --state state");
    serving.desk.ok("tenant add other --state state");
    assert_eq!(status(&serving, elsewhere, &bearer(&other)), 401);
    serving.restart();
    assert_eq!(status(&serving, elsewhere, &bearer(&other)), 401);
    // Whoever revokes the last one gets no new one by starting again: `restart` refuses a token that is handed out.
    let listed = serving.desk.ok("token list --state state");
    for id in listed.lines().filter_map(|line| line.split(' ').next()) {
        serving.desk.ok(&format!("token revoke {id} --state state"));
    }
    assert_eq!(serving.desk.ok("token list --state state"), "");
    serving.restart();
    assert_eq!(status(&serving, ASKED, &bearer(&serving.token)), 401);
}

#[test]
fn where_anyone_may_ask_no_token_is_needed() {
    let serving = Serving::configured(
        "anyone",
        &["records"],
        "[decisions]\ncallers = \"anyone\"\n",
    );
    assert_eq!(status(&serving, ASKED, ""), 200);
    assert_eq!(status(&serving, "/t/nobody/access/v1/evaluation", ""), 404);
}
