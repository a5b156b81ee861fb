use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tower_service::Service as _;

use super::*;
use desk::Desk;

mod assessing;
mod desk;
mod directory;

async fn api(is_private: bool) -> Api {
    Desk::new().await.api(is_private)
}

/// What is answered to a request of somebody, given as `name:password`.
async fn ask(api: &Api, method: &str, path: &str, whom: Option<&str>) -> (StatusCode, Value) {
    send(api, method, path, whom, None).await
}

/// The same with a body.
async fn send(
    api: &Api,
    method: &str,
    path: &str,
    whom: Option<&str>,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(whom) = whom {
        let basic = format!("Basic {}", STANDARD.encode(whom));
        request = request.header(header::AUTHORIZATION, basic);
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let mut request = request.body(body).unwrap();
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
    let api = api(true).await;
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
    let api = api(true).await;
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
    let (status, problem) = ask(
        &api(false).await,
        "GET",
        "/api/v1/me",
        Some("1001:demo-1001"),
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem["detail"].as_str().unwrap().contains("behind-tls"));
}

#[tokio::test]
async fn whoever_guesses_has_to_wait() {
    let api = api(true).await;
    for _ in 0..10 {
        let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1001:guess")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1001:demo-1001")).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let (status, _) = ask(&api, "GET", "/api/v1/me", Some("1002:demo-1002")).await;
    assert_eq!(status, StatusCode::OK);
}

/// Each role at each route that the document has: let in where the document says so, and nowhere else.
#[tokio::test]
async fn every_role_is_let_in_where_the_document_says_so() {
    let api = api(true).await;
    let (_, document) = ask(&api, "GET", "/api/v1/openapi.json", None).await;
    let people = [
        ("handler", "1001:demo-1001"),
        ("clinician", "2001:demo-2001"),
        ("supervisor", "3001:demo-3001"),
        ("provider", "provider:demo-provider"),
        ("commissioner", "commissioner:demo-commissioner"),
    ];
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "01JDN2S4X0ABCDEFGHJKMNPQRS");
        for (method, operation) in item.as_object().unwrap() {
            let Some(roles) = operation["x-roles"].as_array() else {
                assert_eq!(path, "/api/v1/live", "it is nobody's");
                continue;
            };
            let method = method.to_uppercase();
            for (role, whom) in people {
                let (status, _) = ask(&api, &method, &path, Some(whom)).await;
                let is_let_in = roles.iter().any(|one| one == role);
                assert_eq!(
                    status != StatusCode::FORBIDDEN,
                    is_let_in,
                    "{role} at {method} {path}: {status}"
                );
                assert!(!status.is_server_error(), "{method} {path}: {status}");
                tried += 1;
            }
            let (status, _) = ask(&api, &method, &path, None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    assert!(tried >= 5 * 20, "{tried}");
}

#[tokio::test]
async fn the_document_says_whose_each_route_is() {
    let (status, document) = ask(&api(true).await, "GET", "/api/v1/openapi.json", None).await;
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
