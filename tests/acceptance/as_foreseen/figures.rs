//! The figures in which the real run and the simulated days are held against each other.

use ivr111::report::{Adc, Item, Measured, Rules};
use ivr111::settings::ReportSettings;
use ivr111::simulate::scenario::Scenario;
use ivr111::simulate::{Outcome, People, Rota, Script, Service, simulate};
use ivr111::store::Course;
use jiff::Timestamp;
use jiff::civil::Date;

/// Who waits for longer than that, in seconds, has waited for more than a phone that is answered.
const MOMENT: f64 = 5.0;

pub const NAMES: [&str; 4] = [
    "mean time in the queue, s",
    "mean time to answer, s",
    "abandoned, %",
    "wait over 5 s, %",
];

/// One of each name.
pub type Figures = [f64; 4];

pub fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<f64> {
    let (from, to) = from.zip(to)?;
    Some(to.duration_since(from).as_secs_f64())
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How long each of those who have waited for a handler has done so.
fn waits(courses: &[Course]) -> Vec<f64> {
    let waits = courses.iter();
    let waits = waits.filter_map(|call| seconds(call.queued_at, call.handled_at.or(call.ended_at)));
    waits.collect()
}

pub fn figures(courses: &[Course], measured: &Measured) -> Figures {
    let answered = courses.iter();
    let answered = answered.filter_map(|call| seconds(call.queued_at, call.handled_at));
    let waits = waits(courses);
    let long = waits.iter().filter(|wait| **wait > MOMENT).count();
    let items = &measured.items;
    let count = |item| items.get(item).unwrap() as f64;
    [
        mean(&answered.collect::<Vec<f64>>()),
        items.mean_to_answer().unwrap(),
        100.0 * count(Item::B02) / count(Item::A01),
        100.0 * long as f64 / waits.len() as f64,
    ]
}

/// What the report makes of calls.
pub fn measured(courses: &[Course], settings: &ReportSettings) -> Measured {
    let mut adc = Adc::new(Rules::all(settings.clone()));
    for course in courses {
        adc.add(course);
    }
    adc.measured(Timestamp::MIN, Timestamp::MAX)
}

/// Who calls.
pub enum Whom<'a> {
    /// Others on each day, as the scenario has it.
    Anybody,
    /// The same on every day, while their handlers answer now sooner and now later.
    These(&'a [Script]),
}

/// A simulated day.
pub fn day(service: &Service, scenario: &Scenario, date: Date, whom: &Whom, seed: u64) -> Outcome {
    let tables = service.tables();
    let scenario = scenario.clone();
    let rota = Rota::new(&scenario, tables, date, scenario.handlers, seed);
    let people = match whom {
        Whom::Anybody => {
            let calls = scenario.calls;
            People::new(scenario, tables, date, calls, seed)
        }
        Whom::These(scripts) => People::of(scenario, tables, date, scripts.to_vec(), seed),
    };
    simulate(service, &people, &rota, seed, |_| {})
}

/// So many of them.
pub fn days(
    service: &Service,
    scenario: &Scenario,
    date: Date,
    whom: &Whom,
    number: u64,
) -> Vec<Figures> {
    let settings = &service.settings().report;
    let days = (1..=number).map(|seed| {
        let outcome = day(service, scenario, date, whom, seed);
        figures(&outcome.courses, &measured(&outcome.courses, settings))
    });
    days.collect()
}

/// One figure of all days.
fn values(days: &[Figures], figure: usize) -> Vec<f64> {
    days.iter().map(|day| day[figure]).collect()
}

/// Where the central 99 % of one figure begin and end, and its mean.
pub fn central(days: &[Figures], figure: usize) -> (f64, f64, f64) {
    let mut values = values(days, figure);
    values.sort_by(f64::total_cmp);
    let outside = (values.len() as f64 * 0.005) as usize;
    let last = values.len() - 1 - outside;
    (values[outside], mean(&values), values[last])
}

/// The mean of one figure, and its standard deviation.
pub fn spread(days: &[Figures], figure: usize) -> (f64, f64) {
    let values = values(days, figure);
    let mean = mean(&values);
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let variance = squares.sum::<f64>() / (values.len() - 1) as f64;
    (mean, variance.sqrt())
}
