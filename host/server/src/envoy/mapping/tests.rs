//! What of a gateway's request becomes what, in both forms.

use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::service::auth::v3::AttributeContext;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{self, HttpRequest, Peer};
use serde_json::{Value, json};

use super::*;
use crate::envoy::structured;
use crate::settings::ServerSettings;

/// All that an Envoy can tell.
fn attributes() -> AttributeContext {
    let socket = core::SocketAddress {
        address: "192.0.2.7".to_owned(),
        ..core::SocketAddress::default()
    };
    let http = HttpRequest {
        method: "POST".to_owned(),
        path: "/a%20b?c=d?e".to_owned(),
        host: "shop.example.com".to_owned(),
        scheme: "https".to_owned(),
        headers: [("x-user".to_owned(), "ann".to_owned())].into(),
        ..HttpRequest::default()
    };
    let known = json!({"payload": {"sub": "ann", "level": 7, "share": 0.1, "of": ["a", true, null]}, "exp": 1e20});
    AttributeContext {
        source: Some(Peer {
            address: Some(core::Address {
                address: Some(core::address::Address::SocketAddress(socket)),
            }),
            principal: "spiffe://shop/ann".to_owned(),
            ..Peer::default()
        }),
        request: Some(attribute_context::Request {
            http: Some(http),
            ..attribute_context::Request::default()
        }),
        context_extensions: [("team".to_owned(), "red".to_owned())].into(),
        metadata_context: Some(core::Metadata {
            filter_metadata: [("jwt".to_owned(), structured(&known).unwrap())].into(),
            ..core::Metadata::default()
        }),
        tls_session: Some(attribute_context::TlsSession {
            sni: "shop".to_owned(),
        }),
        ..AttributeContext::default()
    }
}

fn mapping(text: &str) -> Mapping {
    let text = format!("[[envoy.route]]\nname = \"a\"\ntenant = \"a\"\n{text}");
    ServerSettings::parse(&text).unwrap().envoy[0]
        .mapping
        .clone()
}

fn mapped(mapping: &Mapping, attributes: &AttributeContext) -> Result<Value, Problem> {
    let request = request(mapping, &Checked::of_message(attributes)?)?;
    let text = request.document().root().to_json();
    Ok(serde_json::from_str(&text).unwrap())
}

#[test]
fn without_settings_it_is_who_does_what_where() {
    let expected = json!({
        "subject": {"type": "peer", "id": "spiffe://shop/ann"},
        "action": {"name": "POST"},
        "resource": {"type": "http", "id": "/a%20b"},
        "context": {"address": "192.0.2.7", "host": "shop.example.com", "query": "c=d?e", "scheme": "https"},
    });
    assert_eq!(mapped(&Mapping::default(), &attributes()), Ok(expected));
    // Without a certificate nobody is known.
    let mut unknown = attributes();
    unknown.source = None;
    let found = mapped(&Mapping::default(), &unknown).unwrap();
    assert_eq!(found["subject"]["id"], "anonymous");
    assert!(found["context"].get("address").is_none());
}

#[test]
fn each_origin_leads_to_its_value() {
    let mapping = mapping(
        r#"
        subject.properties = { team = "extension:team", none = "extension:other", of = "metadata:jwt/payload/of" }
        action.properties = { second = "metadata:jwt/payload/of/0", level = "metadata:jwt/payload/level" }
        resource.properties = { share = "metadata:jwt/payload/share", all = "metadata:jwt/payload" }
        context = { sni = "sni", user = "header:x-user", exp = "metadata:jwt/exp", far = "metadata:jwt/payload/sub/a", other = "metadata:other/a" }
        "#,
    );
    let found = mapped(&mapping, &attributes()).unwrap();
    assert_eq!(
        found["subject"]["properties"],
        json!({"team": "red", "of": ["a", true, null]})
    );
    assert_eq!(
        found["action"]["properties"],
        json!({"second": "a", "level": 7})
    );
    let resource = &found["resource"]["properties"];
    assert_eq!(resource["share"], json!(0.1));
    assert_eq!(resource["all"]["sub"], "ann");
    assert_eq!(
        found["context"],
        json!({"sni": "shop", "user": "ann", "exp": 100_000_000_000_000_000_000_u128 as f64})
    );
}

#[test]
fn what_must_be_there_is_a_text_or_there_is_no_request() {
    for written in [
        "subject.id = \"header:x-other\"",
        "subject.id = \"metadata:jwt/payload/level\"",
        "subject.id = [\"metadata:jwt/payload/level\", \"text:a\"]",
        "action.name = \"extension:other\"",
        "resource.type = \"metadata:jwt/payload\"",
    ] {
        assert!(
            mapped(&mapping(written), &attributes()).is_err(),
            "{written}"
        );
    }
    let mut none = attributes();
    none.request = None;
    assert!(mapped(&Mapping::default(), &none).is_err());
}
