//! OPA's data API, as its clients use it.

use serde_json::{Value, json};

use super::serving::Serving;

#[test]
fn a_client_of_opa_is_served_by_another_url() {
    let serving = Serving::start("opa", &["shop"]);
    serving.deploy("shop", "plugins/approval", "");
    let request = |action: &str, approved_by: &str| {
        json!({"input": {"subject": {"type": "agent", "id": "a-1"}, "action": {"name": action},
            "resource": {"type": "licence", "id": "l-1"}, "context": {"approved_by": approved_by}}})
    };
    let ask = |path: &str, body: &Value| {
        let answer = serving.post(path, body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let (policy, allow) = ("/v1/data/shop/approval", "/v1/data/shop/approval/allow");
    let approved = request("purchase", "olga");
    assert_eq!(ask(allow, &approved)["result"], true);
    let whole = ask(policy, &approved);
    assert_eq!(whole["result"]["allow"], true);
    assert_eq!(whole["result"]["reasons"][0]["code"], "approved");
    assert_eq!(whole["decision_id"].as_str().unwrap().len(), 32);

    let reviewed = ask(policy, &request("purchase", ""));
    assert_eq!(reviewed["result"]["allow"], false);
    assert_eq!(reviewed["result"]["effect"], "review");
    assert_eq!(
        reviewed["result"]["obligations"][0]["type"],
        "request-approval"
    );
    assert_eq!(ask(allow, &request("purchase", "a-1"))["result"], false);

    // Whom an operator has stopped is denied, whatever the policy says.
    serving
        .desk
        .ok("suspend agent a-1 --tenant shop --state state");
    assert_eq!(ask(allow, &approved)["result"], false);
    let stopped = ask(policy, &approved);
    assert_eq!(stopped["result"]["reasons"][0]["code"], "lictor:suspended");
    serving
        .desk
        .ok("unsuspend agent a-1 --tenant shop --state state");
    assert_eq!(ask(allow, &approved)["result"], true);

    // Who abstains has no result, and so has a policy that isn't there.
    for (path, body) in [
        (allow, request("look", "olga")),
        (policy, request("look", "olga")),
        ("/v1/data/shop/nothing", approved.clone()),
        ("/v1/data/shop/Not-A-Name/allow", approved.clone()),
        // An input that is no request stands in its context, where this policy doesn't look.
        (policy, json!({"input": {"user": "alice"}})),
        (policy, json!({"input": [1, 2]})),
        (policy, json!({})),
    ] {
        assert!(ask(path, &body).get("result").is_none(), "{path} {body}");
    }
    for body in [
        json!([]),
        json!({"input": {"subject": 1, "action": 2, "resource": 3}}),
    ] {
        assert_eq!(serving.post(policy, &body).status, 400, "{body}");
    }
}
