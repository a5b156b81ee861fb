use jiff::{Timestamp, ToSpan};

use crate::clinical::{AgeGroup, Gender};
use crate::routing::{Opening, RegionId, london};

use super::asked::Asked;
use super::criterion::Criterion;
use super::place::district;
use super::service::{Service, Status};

impl Asked<'_> {
    /// Why a service fails a criterion, as one says it to a handler.
    pub(super) fn reason(&self, i: usize, criterion: Criterion) -> String {
        let Some(service) = self.service(i) else {
            return String::new();
        };
        match criterion {
            Criterion::Status => status(service),
            Criterion::Distance => {
                let km = self.query.km;
                format!("{} km away, and {km} km are the most", self.km(i))
            }
            Criterion::Catchment => self.catchment(i, service),
            Criterion::SymptomGroup => {
                let code = &self.query.symptom_group;
                let meaning = self.directory.ground.codes.symptom_group(code);
                format!("does not take {}", coded(code, meaning))
            }
            Criterion::Gender => self.gender(service),
            Criterion::Age => self.age(),
            Criterion::Surgery => match self.query.surgery {
                Some(_) => "takes only patients of other surgeries".to_owned(),
                None => "takes only patients of certain surgeries, and this one's is not known"
                    .to_owned(),
            },
            Criterion::Capacity => self.red(service),
            Criterion::Discriminators => self.discriminators(service),
            Criterion::Disposition => {
                let code = &self.query.disposition;
                let disposition = self.directory.ground.codes.disposition(code);
                let meaning = disposition.map(|disposition| disposition.meaning.as_str());
                format!("does not take {}", coded(code, meaning))
            }
            Criterion::Opening => self.closed(service),
        }
    }

    /// When a service is open, as one says it to a handler.
    pub(super) fn opening_words(&self, opening: Opening) -> String {
        let until = moment(opening.until, self.now);
        match (opening.contains(self.now), opening.until == Timestamp::MAX) {
            (true, true) => "open round the clock".to_owned(),
            (true, false) => format!("open until {until}"),
            (false, true) => format!("opens {}", moment(opening.from, self.now)),
            (false, false) => format!("opens {}, until {until}", moment(opening.from, self.now)),
        }
    }

    pub(super) fn type_name(&self, service: &Service) -> &str {
        let kind = self.directory.types.get(&service.kind);
        kind.map_or("", |kind| &kind.name)
    }

    /// Kilometres, rounded up, so that what is too far never looks near enough.
    fn km(&self, i: usize) -> String {
        let hundreds = self.metres(i).div_ceil(100);
        format!("{}.{}", hundreds / 10, hundreds % 10)
    }

    fn catchment(&self, i: usize, service: &Service) -> String {
        let catchment = &service.catchment;
        let mut words = Vec::new();
        let regions = &catchment.regions;
        if !regions.is_empty() && !self.place.regions.iter().any(|id| regions.contains(id)) {
            let names: Vec<&str> = regions.iter().map(RegionId::as_str).collect();
            words.push(format!("is there only for {}", few(&names)));
        }
        let codes = &catchment.outward;
        let own = [
            &*self.place.outward,
            district(&self.place.outward),
            &*self.place.area,
        ];
        if !codes.is_empty() && !own.iter().any(|code| codes.contains(*code)) {
            let names: Vec<&str> = codes.iter().map(String::as_str).collect();
            words.push(format!("is there only for postcodes in {}", few(&names)));
        }
        if let Some(km) = catchment.km
            && self.metres(i) > u32::from(km) * 1000
        {
            words.push(format!(
                "is {} km away, and there only within {km} km",
                self.km(i)
            ));
        }
        words.join("; ")
    }

    fn gender(&self, service: &Service) -> String {
        let only = match service.gender {
            Some(Gender::Female) => "takes only female patients",
            Some(Gender::Male) => "takes only male patients",
            None => "takes any patient",
        };
        match self.query.patient.gender {
            Some(_) => only.to_owned(),
            None => format!("{only}, and this one's gender is not known"),
        }
    }

    fn age(&self) -> String {
        let who = match self.query.patient.age_group() {
            AgeGroup::Infant => "infants under 1",
            AgeGroup::Toddler => "children from 1 to 4",
            AgeGroup::Child => "children from 5 to 15",
            AgeGroup::Adult => "adults from 16 to 64",
            AgeGroup::Older => "people from 65 on",
        };
        format!("does not take {who}")
    }

    fn red(&self, service: &Service) -> String {
        let set = self.capacities.in_force(&service.id, self.now);
        match set.and_then(|setting| setting.until) {
            Some(until) => format!("red until {}", moment(until, self.now)),
            None => "red until it is set otherwise".to_owned(),
        }
    }

    fn discriminators(&self, service: &Service) -> String {
        let wanted = self.query.discriminators.iter();
        let missing = wanted.filter(|code| !service.discriminators.has(code));
        let codes = &self.directory.ground.codes;
        let missing: Vec<String> = missing
            .map(|code| coded(code, codes.discriminator(code)))
            .collect();
        format!("cannot do {}", missing.join(", "))
    }

    fn closed(&self, service: &Service) -> String {
        let mut openings = service.hours.openings(self.calendar());
        let Some(first) = openings.next() else {
            return "closed for weeks to come".to_owned();
        };
        if !first.contains(self.now) {
            return match first.from <= self.until {
                true => format!(
                    "opens {}, but only until {}",
                    moment(first.from, self.now),
                    moment(first.until, self.now)
                ),
                false => format!("closed until {}", moment(first.from, self.now)),
            };
        }
        let soon = format!("closes at {}", moment(first.until, self.now));
        match openings.next() {
            Some(next) => format!("{soon}, then closed until {}", moment(next.from, self.now)),
            None => soon,
        }
    }
}

fn status(service: &Service) -> String {
    match service.status {
        Status::Active => "runs",
        Status::Closed => "has been given up",
        Status::Commissioning => "is being set up, and takes nobody yet",
    }
    .to_owned()
}

fn coded(code: &impl std::fmt::Display, meaning: Option<&str>) -> String {
    match meaning {
        Some(meaning) => format!("{code} ({meaning})"),
        None => code.to_string(),
    }
}

/// The first few of some names.
fn few(names: &[&str]) -> String {
    const FEW: usize = 5;
    match names.get(..FEW) {
        Some(first) if names.len() > FEW => {
            format!("{} and {} more", first.join(", "), names.len() - FEW)
        }
        _ => names.join(", "),
    }
}

/// A moment in London, as one says it at another: the time alone on the same day, the day of the week within six
/// days, the date beyond.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let zone = london();
    let (at, now) = (zone.to_datetime(at), zone.to_datetime(now));
    let (day, today) = (at.date(), now.date());
    let week = today.checked_add(6.days()).unwrap_or(today);
    if day == today {
        at.strftime("%H:%M").to_string()
    } else if today < day && day <= week {
        at.strftime("%A %H:%M").to_string()
    } else {
        at.strftime("%A %-d %B %H:%M").to_string()
    }
}
