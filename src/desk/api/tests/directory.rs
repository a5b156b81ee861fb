//! Services, searches and capacities by the API.

use serde_json::json;

use super::*;

const PROVIDER: Option<&str> = Some("provider:demo-provider");
const HANDLER: Option<&str> = Some("1001:demo-1001");
const SERVICES: &str = "/api/v1/directory/services";
const SEARCH: &str = "/api/v1/directory/search";
const OWN: &str = "seafront-hospitals";

/// Somebody in Brighton who needs an emergency department within four hours.
fn brighton() -> Value {
    json!({
        "postcode": "BN1 1AA", "years": 40, "gender": "female",
        "disposition": "Dx031", "symptom_group": "SG1058", "km": 30,
    })
}

/// All services in some lists of what was found.
fn ids(found: &Value) -> Vec<&Value> {
    let lists = ["offered", "more", "catch_all"].into_iter();
    let offers = lists.flat_map(|list| found[list].as_array().unwrap());
    offers.map(|offer| &offer["service"]).collect()
}

#[tokio::test]
async fn services_are_listed_by_what_is_asked_of_them() {
    let api = api(true).await;
    let (status, all) = ask(&api, "GET", SERVICES, PROVIDER).await;
    assert_eq!(status, StatusCode::OK);
    let all = all.as_array().unwrap().len();
    assert!(all >= 120, "{all}");
    let suffolk = format!("{SERVICES}?region=suffolk&type=pharmacy");
    let (_, some) = ask(&api, "GET", &suffolk, PROVIDER).await;
    let some = some.as_array().unwrap();
    assert!(!some.is_empty() && some.len() < all);
    for service in some {
        assert_eq!(service["region"], "suffolk");
        assert_eq!(service["type"], "pharmacy");
    }
    let one = format!("{SERVICES}/{}", some[0]["id"].as_str().unwrap());
    let (status, service) = ask(&api, "GET", &one, PROVIDER).await;
    assert_eq!((status, &service), (StatusCode::OK, &some[0]));
    let nothing = format!("{SERVICES}/nothing");
    let (status, _) = ask(&api, "GET", &nothing, PROVIDER).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let misspelt = format!("{SERVICES}?regoin=x");
    let (status, _) = ask(&api, "GET", &misspelt, PROVIDER).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_service_that_its_provider_has_set_to_red_is_not_found_until_it_returns() {
    let desk = Desk::new().await;
    let api = desk.api(true);
    let find = async || {
        let (status, found) = send(&api, "POST", SEARCH, HANDLER, Some(brighton())).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        found
    };
    let found = find().await;
    let theirs = format!("{SERVICES}?provider={OWN}");
    let (_, theirs) = ask(&api, "GET", &theirs, PROVIDER).await;
    let theirs = theirs.as_array().unwrap();
    let is_theirs = |id: &&&Value| theirs.iter().any(|service| service["id"] == ***id);
    let found = ids(&found);
    let service = found.iter().find(is_theirs);
    let service = service.expect("none of the provider's is found");
    let path = format!("{SERVICES}/{}/capacity", service.as_str().unwrap());
    let red = json!({ "colour": "red", "minutes": 60 });
    let (status, set) = send(&api, "PUT", &path, PROVIDER, Some(red)).await;
    assert_eq!(status, StatusCode::OK, "{set}");
    assert_eq!(set["capacity"]["colour"], "red");
    assert_eq!(set["capacity"]["until"], "2026-12-02T12:00:00Z");
    assert!(!ids(&find().await).contains(service), "red is offered");
    *desk.now.lock().unwrap() = "2026-12-02T12:00:00Z".parse().unwrap();
    assert!(ids(&find().await).contains(service), "it does not return");
}

#[tokio::test]
async fn nobody_sets_the_capacity_of_others_or_for_ever() {
    let api = api(true).await;
    let (_, all) = ask(&api, "GET", SERVICES, PROVIDER).await;
    let of = |is_own: bool| {
        let mut all = all.as_array().unwrap().iter();
        let one = all.find(|service| (service["provider"] == OWN) == is_own);
        format!(
            "{SERVICES}/{}/capacity",
            one.unwrap()["id"].as_str().unwrap()
        )
    };
    let red = json!({ "colour": "red", "minutes": 60 });
    let (status, _) = send(&api, "PUT", &of(false), PROVIDER, Some(red.clone())).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let supervisor = Some("3001:demo-3001");
    let (status, _) = send(&api, "PUT", &of(false), supervisor, Some(red)).await;
    assert_eq!(status, StatusCode::OK);
    for wrong in [
        json!({ "colour": "red" }),
        json!({ "colour": "red", "minutes": 14 }),
        json!({ "colour": "amber", "minutes": 7_201 }),
        json!({ "colour": "green", "minutes": 60 }),
        json!({ "colour": "blue", "minutes": 60 }),
        json!({ "colour": "red", "minutes": 60, "why": "" }),
    ] {
        let (status, problem) = send(&api, "PUT", &of(true), PROVIDER, Some(wrong)).await;
        assert!(status.is_client_error(), "{problem}");
    }
}

#[tokio::test]
async fn a_search_that_makes_no_sense_is_told_so() {
    let api = api(true).await;
    for (key, wrong) in [
        ("postcode", json!("nowhere")),
        ("km", json!(0)),
        ("km", json!(100)),
        ("disposition", json!("dx03")),
        ("disposition", json!("Dx9999")),
        ("disposition", json!("Dx010")),
        ("symptom_group", json!("SG9")),
        ("discriminators", json!(["SD9"])),
        ("years", json!(256)),
    ] {
        let mut query = brighton();
        query[key] = wrong.clone();
        let (status, problem) = send(&api, "POST", SEARCH, HANDLER, Some(query)).await;
        assert!(status.is_client_error(), "{key} {wrong}: {problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
}
