use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::people::Person;

/// Who has signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    name: String,
    /// What they may do.
    #[schema(example = "handler")]
    role: &'static str,
    /// The provider that they work for, or whose services they answer for.
    provider: Option<String>,
    /// Whether they have a phone here, by which callers can be joined.
    has_phone: bool,
}

/// Who has signed in, and as what.
#[utoipa::path(get, path = "/me", tag = "desk", responses((status = 200, body = Me)))]
pub(super) async fn me(Extension(person): Extension<Person>) -> Json<Me> {
    Json(Me {
        name: person.name,
        role: person.role.word(),
        provider: person.provider,
        has_phone: person.has_phone,
    })
}
