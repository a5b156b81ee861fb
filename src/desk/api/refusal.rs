use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request is not carried out: a problem as RFC 9457 has it, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem, in one word for programs.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, in a sentence for people.
    pub detail: String,
}

/// Somebody else was there first.
const OVERTAKEN: &str = "overtaken";

/// A request that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Refusal {
            status,
            kind,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 400: what was sent makes no sense.
    pub fn wrong(detail: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "wrong", detail)
    }

    /// 401: nobody, or somebody with a wrong password.
    pub fn nobody() -> Self {
        let detail = "sign in by name and password (Basic, RFC 7617)";
        Refusal::new(StatusCode::UNAUTHORIZED, "not-signed-in", detail)
    }

    /// 403: this is for others.
    pub fn not_yours(detail: impl Into<String>) -> Self {
        Refusal::new(StatusCode::FORBIDDEN, "not-yours", detail)
    }

    /// 404: there is no such thing.
    pub fn missing(detail: impl Into<String>) -> Self {
        Refusal::new(StatusCode::NOT_FOUND, "missing", detail)
    }

    /// 405: not by this method.
    pub fn not_so() -> Self {
        let detail = "nothing is here for this method";
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not-so", detail)
    }

    /// 409: it has come to where that cannot be done.
    pub fn not_now(detail: impl Into<String>) -> Self {
        Refusal::new(StatusCode::CONFLICT, "not-now", detail)
    }

    /// 429: too many wrong passwords.
    pub fn too_often(seconds: u32) -> Self {
        let detail = "too many wrong passwords for this name";
        Refusal {
            retry_after: Some(seconds),
            ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-often", detail)
        }
    }

    /// 503: the store does not answer, so that nothing would survive.
    pub fn store_away() -> Self {
        let detail = "the store does not answer; try again";
        Refusal {
            retry_after: Some(2),
            ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "store-away", detail)
        }
    }

    /// Whether somebody else was there first, so that another try makes sense.
    pub(super) fn is_overtaken(&self) -> bool {
        self.kind == OVERTAKEN
    }

    /// 409: somebody else was there first.
    pub fn overtaken() -> Self {
        let detail = "somebody else has changed it meanwhile: read it again";
        Refusal::new(StatusCode::CONFLICT, OVERTAKEN, detail)
    }

    /// The same status for a request that axum has found wrong.
    pub(super) fn found(status: StatusCode, detail: String) -> Self {
        Refusal::new(status, "wrong", detail)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = Problem {
            status: self.status.as_u16(),
            kind: self.kind.to_owned(),
            detail: self.detail,
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if self.status == StatusCode::UNAUTHORIZED {
            let ask = HeaderValue::from_static("Basic realm=\"ivr111\", charset=\"UTF-8\"");
            headers.insert(header::WWW_AUTHENTICATE, ask);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
