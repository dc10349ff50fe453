//! The example answers real HTTP requests as its policy says.
#![cfg(test)]

use tokio::net::TcpListener;

/// Serves on a free port of loopback for as long as the returned runtime lives.
fn serve() -> (tokio::runtime::Runtime, String) {
    let (host, tenant) = embed::host(lictor::Compiler::new(env!("CARGO_BIN_EXE_embed"))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, embed::service(host, tenant)).await });
    (runtime, address)
}

/// The status and the body of one request.
fn ask(agent: &ureq::Agent, method: &str, url: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(()).unwrap()).unwrap();
    (
        response.status().as_u16(),
        response.body_mut().read_to_string().unwrap(),
    )
}

#[test]
fn a_service_is_reached_by_what_its_policy_allows() {
    let (_runtime, address) = serve();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let support = [("x-agent", "a-1"), ("x-agent-role", "support")];
    let auditor = [("x-agent", "a-2"), ("x-agent-role", "auditor")];
    let customers = format!("{address}/customers");
    let tickets = format!("{address}/tickets");

    assert_eq!(
        ask(&agent, "GET", &customers, &support),
        (200, "all customers".to_owned())
    );
    assert_eq!(
        ask(&agent, "POST", &tickets, &support),
        (200, "ticket written".to_owned())
    );
    assert_eq!(
        ask(&agent, "GET", &tickets, &auditor),
        (200, "all tickets".to_owned())
    );

    let (status, body) = ask(&agent, "POST", &customers, &support);
    assert_eq!(status, 403);
    assert!(body.contains(r#""code":"tool-not-granted""#), "{body}");

    let (status, body) = ask(
        &agent,
        "GET",
        &customers,
        &[("x-agent", "a-3"), ("x-agent-role", "guest")],
    );
    assert_eq!(status, 403);
    assert!(body.contains(r#""code":"unknown-role""#), "{body}");

    let (status, body) = ask(&agent, "GET", &customers, &[]);
    assert_eq!(
        (status, body.as_str()),
        (400, "`/subject/id` must be a non-empty text")
    );
}
