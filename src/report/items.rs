use std::time::Duration;

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::settings::{ClockStart, Ivr};
use crate::store::Course;

use super::fate::Fate;

/// The words of destinations that lead to a handler.
const TO_A_HANDLER: [&str; 2] = ["handler-queue", "clinician-queue"];

/// An item of the IUC ADC, or a part of the whole that has no code there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Calls received.
    A01,
    /// Routed through the IVR.
    A02,
    /// Answered.
    A03,
    /// Answered within 60 seconds.
    B01,
    /// Abandoned.
    B02,
    /// Abandoned after at most 30 seconds.
    B03,
    /// Abandoned after more than 30 and at most 60 seconds.
    B04,
    /// Abandoned after more than 60 seconds.
    B05,
    /// Total time to answer, in milliseconds.
    B06,
    /// The 95th centile of time to answer, in milliseconds.
    B07,
    /// Total time of abandoned calls, in milliseconds.
    B09,
    /// Led elsewhere.
    LedElsewhere,
    /// Cut off.
    CutOff,
    /// Under way.
    UnderWay,
}

impl Item {
    /// All of them, in their order.
    pub const ALL: [Item; 14] = [
        Item::A01,
        Item::A02,
        Item::A03,
        Item::B01,
        Item::B02,
        Item::B03,
        Item::B04,
        Item::B05,
        Item::B06,
        Item::B07,
        Item::B09,
        Item::LedElsewhere,
        Item::CutOff,
        Item::UnderWay,
    ];

    /// Its code, or a word where it has none.
    pub fn code(self) -> &'static str {
        match self {
            Item::A01 => "A01",
            Item::A02 => "A02",
            Item::A03 => "A03",
            Item::B01 => "B01",
            Item::B02 => "B02",
            Item::B03 => "B03",
            Item::B04 => "B04",
            Item::B05 => "B05",
            Item::B06 => "B06",
            Item::B07 => "B07",
            Item::B09 => "B09",
            Item::LedElsewhere => "led-elsewhere",
            Item::CutOff => "cut-off",
            Item::UnderWay => "under-way",
        }
    }

    /// What it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Item::A01 => "calls received",
            Item::A02 => "routed through the IVR",
            Item::A03 => "answered by a handler",
            Item::B01 => "answered within 60 s",
            Item::B02 => "abandoned",
            Item::B03 => "abandoned after 30 s at most",
            Item::B04 => "abandoned after 30 to 60 s",
            Item::B05 => "abandoned after more than 60 s",
            Item::B06 => "total time to answer, s",
            Item::B07 => "95th centile of time to answer, s",
            Item::B09 => "total time of abandoned calls, s",
            Item::LedElsewhere => "led elsewhere (callback, crisis line, 999, place kept)",
            Item::CutOff => "cut off by the service",
            Item::UnderWay => "still under way",
        }
    }

    /// Whether it is a time, and no count.
    pub fn is_time(self) -> bool {
        matches!(self, Item::B06 | Item::B07 | Item::B09)
    }
}

/// Counts calls one by one.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    clock: ClockStart,
    ivr: Ivr,
    counts: [u64; Item::ALL.len()],
    /// Times to answer in milliseconds.
    waits: Vec<u32>,
}

impl Tally {
    /// One that has counted nothing.
    pub fn new(clock: ClockStart, ivr: Ivr) -> Self {
        Tally {
            clock,
            ivr,
            ..Tally::default()
        }
    }

    fn count(&mut self, item: Item, by: u64) {
        self.counts[item as usize] += by;
    }

    /// Counts a call.
    pub fn add(&mut self, course: &Course) {
        self.count(Item::A01, 1);
        let led = course.led_at.and(course.destination.as_deref());
        let is_routed = match self.ivr {
            Ivr::Led => course.led_at.is_some(),
            Ivr::Streamed => led.is_some_and(|word| !TO_A_HANDLER.contains(&word)),
        };
        self.count(Item::A02, u64::from(is_routed));
        match Fate::of(course, self.clock) {
            Fate::Answered(after) => self.answered(after),
            Fate::Abandoned(after) => self.abandoned(after),
            Fate::LedElsewhere => self.count(Item::LedElsewhere, 1),
            Fate::CutOff => self.count(Item::CutOff, 1),
            Fate::UnderWay => self.count(Item::UnderWay, 1),
        }
    }

    fn answered(&mut self, after: Duration) {
        self.count(Item::A03, 1);
        self.count(Item::B01, u64::from(after <= Duration::from_secs(60)));
        let millis = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
        self.count(Item::B06, u64::from(millis));
        self.waits.push(millis);
    }

    fn abandoned(&mut self, after: Duration) {
        self.count(Item::B02, 1);
        let item = match after {
            _ if after <= Duration::from_secs(30) => Item::B03,
            _ if after <= Duration::from_secs(60) => Item::B04,
            _ => Item::B05,
        };
        self.count(item, 1);
        let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.count(Item::B09, millis);
    }

    /// The figures of all that has been counted.
    pub fn items(mut self) -> Items {
        let mut figures = self.counts.map(Some);
        figures[Item::B07 as usize] = centile(&mut self.waits, 95).map(u64::from);
        Items(figures)
    }
}

/// The smallest of the values such that so many hundredths of all are no greater (nearest rank); none of nothing.
pub fn centile(values: &mut [u32], hundredths: usize) -> Option<u32> {
    let rank = (values.len() * hundredths).div_ceil(100).max(1);
    if rank > values.len() {
        return None;
    }
    let (_, value, _) = values.select_nth_unstable(rank - 1);
    Some(*value)
}

/// The figures of a number of calls. One that is held back, or that there is not, is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items(pub(super) [Option<u64>; Item::ALL.len()]);

impl Items {
    /// A figure: calls, or milliseconds.
    pub fn get(&self, item: Item) -> Option<u64> {
        self.0[item as usize]
    }

    /// A figure in calls or in seconds.
    pub fn value(&self, item: Item) -> Option<f64> {
        let figure = self.get(item)? as f64;
        Some(match item.is_time() {
            true => figure / 1_000.0,
            false => figure,
        })
    }

    /// The mean time to answer in seconds.
    pub fn mean_to_answer(&self) -> Option<f64> {
        let answered = self.value(Item::A03).filter(|calls| *calls > 0.0)?;
        Some(self.value(Item::B06)? / answered)
    }

    /// A figure as people read it: whole calls, seconds with one decimal; a dash for none.
    pub fn shown(&self, item: Item) -> String {
        match (self.get(item), item.is_time()) {
            (None, _) => "-".to_owned(),
            (Some(figure), false) => figure.to_string(),
            (Some(figure), true) => format!("{:.1}", figure as f64 / 1_000.0),
        }
    }
}

impl Serialize for Items {
    /// By code, in calls and in seconds.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Item::ALL.len() + 1))?;
        for item in Item::ALL {
            match item.is_time() {
                true => map.serialize_entry(item.code(), &self.value(item))?,
                false => map.serialize_entry(item.code(), &self.get(item))?,
            }
        }
        map.serialize_entry("mean-to-answer", &self.mean_to_answer())?;
        map.end()
    }
}
