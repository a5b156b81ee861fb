//! Services, queries and capacities of every kind, for property tests.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::world::{at, code, id};
use crate::clinical::{AgeGroup, Gender, Patient};
use crate::directory::{
    Capacities, Catchment, Colour, Method, Position, Query, Referral, Service, Status, Takes,
};
use crate::identity::Number;
use crate::routing::RegionId;
use crate::routing::hours::tests::any_hours;

const PLACES: [(&str, f64, f64); 5] = [
    ("BN1 1AA", 50.83, -0.14),
    ("BN2 1AA", 50.84, -0.10),
    ("KT1 1AA", 51.41, -0.30),
    ("EC1A 1AA", 51.52, -0.10),
    ("IP1 1AA", 52.06, 1.15),
];
const DISPOSITIONS: [&str; 8] = [
    "Dx0", "Dx1", "Dx30", "Dx31", "Dx60", "Dx61", "Dx240", "Dx1440",
];
const GROUPS: [&str; 3] = ["SG1", "SG2", "SG3"];
const DISCRIMINATORS: [&str; 3] = ["SD1", "SD2", "SD3"];

fn some<C>(codes: &'static [&'static str], least: usize) -> impl Strategy<Value = Takes<C>>
where
    C: std::str::FromStr<Err: std::fmt::Debug> + Ord + std::fmt::Debug + Clone,
{
    let only = subsequence(codes, least..=codes.len());
    let only = only.prop_map(|codes| Takes::Only(codes.into_iter().map(code).collect()));
    prop_oneof![1 => Just(Takes::All), 2 => only]
}

fn position() -> impl Strategy<Value = (String, Option<Position>)> {
    let near = option::of((-0.2..0.2f64, -0.2..0.2f64));
    (select(&PLACES[..]), near).prop_map(|((postcode, latitude, longitude), near)| {
        let position = near.map(|(north, east)| Position {
            latitude: latitude + north,
            longitude: longitude + east,
        });
        (postcode.to_owned(), position)
    })
}

fn catchment() -> impl Strategy<Value = Catchment> {
    let regions = subsequence(&["south", "london", "east"][..], 0..=3);
    let outward = subsequence(&["BN", "BN1", "KT1", "EC1", "EC", "IP"][..], 0..=6);
    let km = option::of(1u16..200);
    let any = (regions, outward, km).prop_map(|(regions, outward, km)| Catchment {
        regions: regions.into_iter().map(RegionId::new).collect(),
        outward: outward.into_iter().map(str::to_owned).collect(),
        km,
    });
    prop_oneof![2 => Just(Catchment::default()), 1 => any]
}

fn said() -> impl Strategy<Value = String> {
    "[a-zA-Z,;|\"'é£=-]([a-zA-Z,;|\"' é£=\\\\-]{0,12}[a-z|\"])?"
}

fn gender() -> impl Strategy<Value = Option<Gender>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(Gender::Female)), 1 => Just(Some(Gender::Male))]
}

fn surgeries() -> impl Strategy<Value = Option<BTreeSet<String>>> {
    option::weighted(0.3, btree_set("G8100[1-3]", 1..3))
}

/// A service of any kind, by the name `any`.
pub(super) fn any_service() -> impl Strategy<Value = Service> {
    let who = (
        said(),
        select(&["clinic", "pharmacy", "ed"][..]),
        "[a-z0-9-]{1,9}",
        "[A-Z0-9]{3,12}",
    );
    let takes = (
        some(&GROUPS, 1),
        some(&DISCRIMINATORS, 0),
        some(&DISPOSITIONS, 1),
    );
    let patients = (
        subsequence(&AgeGroup::ALL[..], 1..=5),
        gender(),
        surgeries(),
        catchment(),
    );
    let colours = [Colour::Green, Colour::Green, Colour::Amber, Colour::Red];
    let states = [
        Status::Active,
        Status::Active,
        Status::Active,
        Status::Closed,
        Status::Commissioning,
    ];
    let state = (
        select(colours.to_vec()),
        1u8..=10,
        select(states.to_vec()),
        0i64..4000,
    );
    let methods = [Method::Phone, Method::Electronic, Method::Attends];
    let referral = (
        select(methods.to_vec()),
        option::of(said()),
        option::of(said()),
    );
    let place = (position(), "01632960[0-9]{3}");
    (who, takes, patients, state, any_hours(), referral, place).prop_map(
        |(who, takes, patients, state, hours, referral, ((postcode, position), phone))| Service {
            id: id("any"),
            name: who.0,
            kind: who.1.to_owned(),
            region: RegionId::new("south"),
            provider: who.2,
            ods: who.3,
            phone: Number::parse(&phone).unwrap(),
            trunk: referral.2,
            postcode,
            position,
            symptom_groups: takes.0,
            discriminators: takes.1,
            dispositions: takes.2,
            ages: patients.0.into_iter().collect(),
            gender: patients.1,
            surgeries: patients.2,
            catchment: patients.3,
            capacity: state.0,
            ranking: state.1,
            status: state.2,
            verify_by: jiff::civil::date(2020, 1, 1) + SignedDuration::from_hours(24 * state.3),
            hours,
            referral: Referral {
                method: referral.0,
                text: referral.1.unwrap_or_default(),
            },
        },
    )
}

/// Some services with names of their own: `s0`, `s1`, …
pub(super) fn any_services() -> impl Strategy<Value = Vec<Service>> {
    vec(any_service(), 1..14).prop_map(|mut services| {
        for (n, service) in services.iter_mut().enumerate() {
            service.id = id(&format!("s{n}"));
        }
        services
    })
}

pub(super) fn any_query() -> impl Strategy<Value = Query> {
    let postcode = select(&["BN1", "BN2 1AA", "BN9", "KT1", "EC1A 1BB", "IP1"][..]);
    let patient = (prop_oneof![0u8..20, 60u8..70], gender());
    let surgery = option::of("G8100[1-3]");
    let codes = (
        select(&DISPOSITIONS[..]),
        select(&GROUPS[..]),
        subsequence(&DISCRIMINATORS[..], 0..=2),
    );
    (postcode, patient, surgery, codes, 1u8..=99).prop_map(
        |(postcode, (years, gender), surgery, (disposition, group, able), km)| Query {
            case: String::new(),
            postcode: postcode.to_owned(),
            patient: Patient { years, gender },
            surgery,
            disposition: code(disposition),
            symptom_group: code(group),
            discriminators: able.into_iter().map(code).collect(),
            km,
        },
    )
}

/// Some whole minute near one of the clock changes of 2026, or about midsummer.
pub(super) fn any_time() -> impl Strategy<Value = Timestamp> {
    let from = [
        "2026-03-27T12:00:00Z",
        "2026-07-01T12:00:00Z",
        "2026-10-23T12:00:00Z",
    ];
    (select(from.to_vec()), 0i64..4 * 24 * 60)
        .prop_map(|(from, minutes)| at(from) + SignedDuration::from_mins(minutes))
}

/// What was set for some of the services `s0` to `s13`, up to five days before a time.
pub(super) fn any_capacities(now: Timestamp) -> impl Strategy<Value = Capacities> {
    let colours = [Colour::Green, Colour::Amber, Colour::Red];
    let one = (
        0usize..14,
        select(colours.to_vec()),
        0i64..7200,
        15u64..=7200,
    );
    vec(one, 0..6).prop_map(move |all| {
        let mut capacities = Capacities::default();
        for (n, colour, ago, after) in all {
            let since = now - SignedDuration::from_mins(ago);
            let after = (colour != Colour::Green).then(|| Duration::from_secs(after * 60));
            // Another may have been set later.
            let _ = capacities.set(&id(&format!("s{n}")), colour, since, after, "somebody");
        }
        capacities
    })
}
