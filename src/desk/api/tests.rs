use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tower_service::Service as _;

use super::*;
use crate::diagnostic::Source;
use crate::settings::Settings;

const SHIPPED: &str = include_str!("../../../ivr111.toml");

fn api(is_private: bool) -> Api {
    let settings = Settings::parse(Source::new("ivr111.toml", SHIPPED)).unwrap();
    let passwords = settings.passwords(|_| None).unwrap();
    let people = People::new(&settings, &passwords);
    Api::new(Arc::new(ArcSwap::from_pointee(people)), is_private)
}

/// What is answered to a request of somebody, given as `name:password`.
async fn ask(api: &Api, method: &str, path: &str, whom: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(whom) = whom {
        let basic = format!("Basic {}", STANDARD.encode(whom));
        request = request.header(header::AUTHORIZATION, basic);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let from: SocketAddr = "127.0.0.1:4000".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(from));
    let response = router(api).call(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20);
    let body = serde_json::from_slice(&body.await.unwrap()).unwrap_or(Value::Null);
    (status, body)
}

#[tokio::test]
async fn whoever_signs_in_is_told_who_they_are() {
    let api = api(true);
    for (whom, name, role) in [
        ("1001:demo-1001", "1001", "handler"),
        ("2001:demo-2001", "2001", "clinician"),
        ("3001:demo-3001", "3001", "supervisor"),
        ("provider:demo-provider", "provider", "provider"),
        (
            "commissioner:demo-commissioner",
            "commissioner",
            "commissioner",
        ),
    ] {
        let (status, me) = ask(&api, "GET", "/api/v1/me", Some(whom)).await;
        assert_eq!(status, StatusCode::OK, "{whom}");
        assert_eq!(
            (me["name"].as_str(), me["role"].as_str()),
            (Some(name), Some(role))
        );
    }
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let api = api(true);
    for whom in [
        None,
        Some("1001:demo-1002"),
        Some("1001:"),
        Some("9999:demo-9999"),
    ] {
        let (status, problem) = ask(&api, "GET", "/api/v1/me", whom).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{whom:?}");
        assert_eq!(problem["type"], "not-signed-in");
    }
    let (status, problem) = ask(&api, "POST", "/api/v1/me", Some("1001:demo-1001")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{problem}");
}

#[tokio::test]
async fn passwords_do_not_travel_in_the_open() {
    let (status, problem) = ask(&api(false), "GET", "/api/v1/me", Some("1001:demo-1001")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem["detail"].as_str().unwrap().contains("behind-tls"));
}

#[tokio::test]
async fn whoever_guesses_has_to_wait() {
    let api = api(true);
    for _ in 0..10 {
        let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1001:guess")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1001:demo-1001")).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1002:demo-1002")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn the_document_says_whose_each_route_is() {
    let (status, document) = ask(&api(true), "GET", "/api/v1/openapi.json", None).await;
    assert_eq!(status, StatusCode::OK);
    let me = &document["paths"]["/api/v1/me"]["get"];
    assert_eq!(me["x-roles"].as_array().unwrap().len(), 5, "{document}");
    assert!(me["security"][0]["sign-in"].is_array());
    for status in ["200", "401", "403", "429"] {
        assert!(me["responses"][status].is_object(), "{status}");
    }
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["sign-in"]["scheme"], "basic");
    assert!(document["components"]["schemas"]["Problem"].is_object());
}
