use utoipa::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

use crate::settings::DeskRole;

use super::refusal::Problem;

/// How it is called in the document.
const SIGN_IN: &str = "sign-in";
/// Where the document says which roles an operation is for.
const ROLES: &str = "x-roles";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ivr111",
        description = "The desk of a 111 line: assessments by pathways, the Directory of Services, reports."
    ),
    paths(super::super::live::live),
    components(schemas(Problem))
)]
struct Described;

/// The document before anything is served.
pub(super) fn begun() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    let sign_in = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SIGN_IN, sign_in);
    document
}

/// Says of an operation whose it is, and how it may be refused.
pub(super) fn guard(operation: &mut Operation, roles: &[DeskRole]) {
    let required = SecurityRequirement::new(SIGN_IN, Vec::<String>::new());
    operation.security = Some(vec![required]);
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    let extensions = ExtensionsBuilder::new().add(ROLES, words);
    operation
        .extensions
        .get_or_insert_default()
        .merge(extensions.build());
    for (status, why) in [
        ("401", "Nobody has signed in."),
        ("403", "This is for others."),
        ("429", "Too many wrong passwords."),
        (
            "default",
            "Something is wrong with the request, or the store does not answer.",
        ),
    ] {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(why)
            .content("application/problem+json", content);
        operation
            .responses
            .responses
            .insert(status.to_owned(), response.build().into());
    }
}
