use super::*;

fn toml(phases: &str) -> Result<Plan, PlanError> {
    Plan::from_toml(&format!("name = \"mine\"\n{phases}"))
}

#[test]
fn the_ready_made_plans_are_plans_and_say_so_in_their_own_words() {
    let cohort = Plan::cohort(["ann".to_owned(), "bob".to_owned()]).unwrap();
    let ready = Plan::READY.map(|name| Plan::ready(name).unwrap());
    for plan in ready.into_iter().chain([cohort]) {
        assert_eq!(
            Plan::from_toml(&plan.to_toml()).unwrap(),
            plan,
            "{}",
            plan.to_toml()
        );
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(json.parse::<Plan>().unwrap(), plan);
    }
    assert!(Plan::careful().starts_in_shadow());
    assert_eq!(Plan::careful().strict(), Strict::Fleet);
    let hours: u64 = Plan::careful()
        .phases()
        .iter()
        .map(|it| it.time.as_secs())
        .sum();
    assert_eq!(hours, 120 * 3_600);
    assert!(!Plan::blue_green().starts_in_shadow());
    assert_eq!(Plan::immediate().phases(), []);
    assert_eq!(
        Plan::ready("reckless").unwrap_err().to_string(),
        "there is no plan `reckless`: ready-made are careful, blue-green, immediate"
    );
}

#[test]
fn a_plan_that_is_written_has_the_usual_where_it_says_nothing() {
    let plan = toml(
        "[[phases]]\nkind = \"shadow\"\ntime = \"1h 30m\"\n[[phases]]\nkind = \"canary\"\npercent = 2.5\ntime = \"1d\"",
    )
    .unwrap();
    assert_eq!(plan.sticky().as_str(), "/subject/id");
    assert_eq!(plan.strict(), Strict::Off);
    let [shadow, canary] = plan.phases() else {
        panic!("{plan:?}");
    };
    assert_eq!((shadow.time.as_secs(), shadow.sample), (5_400, 1.0));
    assert_eq!((canary.time.as_secs(), canary.sample), (86_400, 0.1));
    assert_eq!(canary.reach, Reach::percent(2.5));
    assert!(!canary.wait && canary.guards.is_empty() && canary.pairs_min == 0);
}

#[test]
fn what_makes_no_sense_is_refused_with_the_phase_and_the_reason() {
    let canary = |rest: &str| format!("[[phases]]\nkind = \"canary\"\ntime = \"1h\"\n{rest}\n");
    let shadow = "[[phases]]\nkind = \"shadow\"\ntime = \"1h\"\n";
    let cases = [
        (canary(""), "a canary phase needs"),
        (canary("percent = 101"), "not from 0 to 100"),
        (canary("percent = nan"), "not from 0 to 100"),
        (canary("percent = 5\nsample = 2"), "not from 0 to 1"),
        (
            canary("percent = 5\nsample = 0\npairs_min = 1"),
            "nothing is compared",
        ),
        (
            canary("percent = 20") + &canary("percent = 10"),
            "would move subjects back",
        ),
        (
            canary("subjects = [\"a\"]") + shadow,
            "shadow phases come before",
        ),
        (
            canary("percent = 20\nguards = { fault_rate = 2 }"),
            "from 0 to 1",
        ),
        (canary("percent = 20\nspeed = 3"), "unknown field `speed`"),
        (
            "[[phases]]\nkind = \"shadow\"\ntime = \"soon\"".into(),
            "`time` is `soon`",
        ),
        (
            "[[phases]]\nkind = \"shadow\"\ntime = \"11y\"".into(),
            "over ten years",
        ),
        (
            format!("{shadow}percent = 5"),
            "neither `percent` nor `subjects`",
        ),
        ("sticky = \"subject\"".into(), "must be a pointer"),
        ("sticky = \"\"".into(), "must be a pointer"),
        (shadow.repeat(PHASES_MAX + 1), "at most 32 phases"),
    ];
    for (text, reason) in cases {
        let error = toml(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}\n{error}");
    }
    assert!(toml(&shadow.repeat(PHASES_MAX)).is_ok());
    assert!(Plan::from_toml("name = \"a b\"").is_err());
    let many = (0..=SUBJECTS_MAX).map(|number| number.to_string());
    assert!(Plan::cohort(many.clone().skip(1)).is_ok());
    assert!(Plan::cohort(many).is_err());
    assert!(Plan::cohort([]).is_err());
    let long = "#".repeat(PLAN_BYTES_MAX);
    assert!(matches!(
        Plan::from_toml(&format!("{long}\nname = \"a\"")),
        Err(PlanError::TooLong { .. })
    ));
}
