use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// What a service is held against. The order is that in which reasons are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// It runs.
    Status,
    /// It is no farther than was asked for.
    Distance,
    /// It is there for patients of that place.
    Catchment,
    /// It takes the symptom group.
    SymptomGroup,
    /// It takes patients of that gender.
    Gender,
    /// It takes patients of that age.
    Age,
    /// It takes patients of that GP surgery.
    Surgery,
    /// It has room.
    Capacity,
    /// It can do all that is needed.
    Discriminators,
    /// It takes the disposition.
    Disposition,
    /// It is open in time, and for long enough.
    Opening,
}

impl Criterion {
    /// The first kind: a service that fails one of these does not come into question.
    pub const FIRST: [Criterion; 7] = [
        Criterion::Status,
        Criterion::Distance,
        Criterion::Catchment,
        Criterion::SymptomGroup,
        Criterion::Gender,
        Criterion::Age,
        Criterion::Surgery,
    ];

    /// The second kind: a service that fails exactly one of these is a candidate for a gap.
    pub const SECOND: [Criterion; 4] = [
        Criterion::Capacity,
        Criterion::Discriminators,
        Criterion::Disposition,
        Criterion::Opening,
    ];

    /// Whether it is of the second kind.
    pub fn is_second(self) -> bool {
        Criterion::SECOND.contains(&self)
    }

    /// As it stands in the store and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Criterion::Status => "status",
            Criterion::Distance => "distance",
            Criterion::Catchment => "catchment",
            Criterion::SymptomGroup => "symptom-group",
            Criterion::Gender => "gender",
            Criterion::Age => "age",
            Criterion::Surgery => "surgery",
            Criterion::Capacity => "capacity",
            Criterion::Discriminators => "discriminators",
            Criterion::Disposition => "disposition",
            Criterion::Opening => "opening",
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of criteria: those that a service fails.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Criteria(u16);

impl Criteria {
    /// Adds one.
    pub fn insert(&mut self, criterion: Criterion) {
        self.0 |= 1 << criterion as u16;
    }

    /// Whether one is among them.
    pub fn contains(self, criterion: Criterion) -> bool {
        self.0 >> criterion as u16 & 1 == 1
    }

    /// Those in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Criterion> {
        let all = Criterion::FIRST.into_iter().chain(Criterion::SECOND);
        all.filter(move |criterion| self.contains(*criterion))
    }

    /// How many.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The only one of the second kind; none where there are several, or none, or any of the first kind.
    pub fn only_second(self) -> Option<Criterion> {
        let only = self.iter().next().filter(|_| self.len() == 1)?;
        only.is_second().then_some(only)
    }
}

impl FromIterator<Criterion> for Criteria {
    fn from_iter<I: IntoIterator<Item = Criterion>>(criteria: I) -> Self {
        let mut set = Criteria::default();
        criteria
            .into_iter()
            .for_each(|criterion| set.insert(criterion));
        set
    }
}

impl fmt::Debug for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Criteria {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
