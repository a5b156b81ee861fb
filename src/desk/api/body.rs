//! What a request brings, read so that whatever is wrong with it is told as a [`Refusal`].

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::identity::Reference;

use super::refusal::Refusal;

/// A body as JSON.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let read = Json::<T>::from_request(request, state).await;
        let read =
            read.map_err(|wrong: JsonRejection| Refusal::found(wrong.status(), wrong.body_text()))?;
        Ok(Body(read.0))
    }
}

/// What stands behind the question mark.
pub(super) struct Asking<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asking<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        let read = read
            .map_err(|wrong: QueryRejection| Refusal::found(wrong.status(), wrong.body_text()))?;
        Ok(Asking(read.0))
    }
}

/// The reference in the path; anything else that stands there is nothing.
pub(super) struct Named(pub(super) Reference);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let missing = || Refusal::missing("there is nothing of this name");
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| missing())?;
        text.parse().map(Named).map_err(|_| missing())
    }
}

/// The word in the path.
pub(super) struct Word(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Word {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let missing = |_| Refusal::missing("there is nothing of this name");
        text.map(|Path(text)| Word(text)).map_err(missing)
    }
}
