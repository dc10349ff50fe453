//! Over a server a request matters as much as the token says that is shown with it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lictor::{AdmissionSettings, Host, Priority, Role, TenantName, TenantSettings};
use lictor_server::{Address, Server, ServerSettings};

use super::{begun, narrow_while, now, pay};

/// The answer to a request that shows this token, once it is there.
fn asked(server: &Server, token: String) -> JoinHandle<String> {
    let Address::Tcp(address) = *server.address() else {
        panic!("no port");
    };
    thread::spawn(move || {
        let body = r#"{"subject": {"type": "agent", "id": "ada"}, "action": {"name": "pay"}, "resource": {"type": "invoice", "id": "i"}}"#;
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST /t/bank/access/v1/evaluation HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.to_lowercase()
    })
}

fn in_flight(host: &Host, tenant: &TenantName, count: u32) {
    while host.admission_of(tenant).unwrap().in_flight < count {
        thread::yield_now();
    }
}

#[test]
fn under_overload_what_matters_least_is_shed_first() {
    let two = TenantSettings {
        concurrency: 2,
        ..TenantSettings::default()
    };
    // Long enough for three requests to come in behind it.
    let (host, bank, busy) = narrow_while(AdmissionSettings::default(), two, 2_000);
    let free = |port| Address::Tcp(([127, 0, 0, 1], port).into());
    let mut settings = ServerSettings {
        listen: free(0),
        ..ServerSettings::default()
    };
    settings.admin.listen = free(0);
    let server = Server::start(host.clone(), settings).unwrap();
    let token = |priority| {
        let role = Role::Tenant {
            tenant: bank.clone(),
        };
        let issued = host.issue_token_of(role, priority, "", Duration::from_secs(60));
        issued.unwrap().secret
    };
    let first = {
        let (host, busy) = (host.clone(), busy.clone());
        thread::spawn(move || now(host.call(&busy).evaluate_async(&pay("ada", 1))).map(drop))
    };
    in_flight(&host, &busy, 1);
    begun(&host, &busy);
    let normal = asked(&server, token(Priority::Normal));
    in_flight(&host, &bank, 1);
    let low = asked(&server, token(Priority::Low));
    in_flight(&host, &bank, 2);
    // Both places are taken: what matters more takes that of what matters least.
    let high = asked(&server, token(Priority::High));
    let low = low.join().unwrap();
    assert!(low.starts_with("http/1.1 503"), "{low}");
    assert!(low.contains("\r\nretry-after: "), "{low}");
    for answer in [normal, high] {
        let answer = answer.join().unwrap();
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        assert!(answer.contains(r#""decision":true"#), "{answer}");
    }
    assert_eq!(host.admission_of(&bank).unwrap().counts.shed.low, 1);
    first.join().unwrap().unwrap();
    server.stop();
}
