//! The machines of the ground on the shipped tables: what one caller costs before any packet is sent.
//!
//! `cargo bench --bench ground`
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use ivr111::flow::{Event, Facts, Flow, Run, give};
use ivr111::identity::{Caller, CallerNumber, Number};
use ivr111::routing::Tables;
use jiff::Timestamp;

fn routing() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("routing")
}

fn region(c: &mut Criterion) {
    let tables = Tables::load(&routing()).unwrap();
    let number = Number::parse("+441273555010").unwrap();
    let caller = Caller::of(CallerNumber::Known(number), false);
    c.bench_function("the region of a caller by area code", |b| {
        b.iter(|| tables.region_of(black_box(&caller), None, None));
    });
}

fn menus(c: &mut Criterion) {
    let flow = Arc::new(Flow::load(&routing().join("flows/111.toml")).unwrap());
    c.bench_function("a way through the menus to the handler queue", |b| {
        b.iter(|| {
            let facts = Facts {
                dialled: "111".into(),
                region_known: true,
                ..Facts::default()
            };
            let mut run = Run::new(Arc::clone(&flow), facts);
            run.on(Timestamp::UNIX_EPOCH, Event::Start);
            give(&mut run, "1");
            give(&mut run, "2");
            assert!(run.is_over());
        });
    });
}

criterion_group!(benches, region, menus);
criterion_main!(benches);
