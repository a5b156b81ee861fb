use crate::diagnostic::{Problem, Source};
use crate::routing::{RegionId, Tables};
use crate::settings::Role;

use super::model::Scenario;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

impl Scenario {
    /// What is wrong with a day, and what does not fit these tables.
    pub fn check(&self, source: &Source, tables: &Tables) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_regions(source, tables, &mut problems);
        self.check_parts(source, &mut problems);
        self.check_choices(source, &mut problems);
        self.check_shifts(source, &mut problems);
        let known = tables.providers();
        for fault in &self.fault {
            let provider = &fault.get_ref().provider;
            if !known.contains(provider.get_ref()) {
                let message = format!("no region has the provider `{}`", provider.get_ref());
                problems.push(source.problem(provider.span(), message));
            }
        }
        problems
    }

    fn check_regions(&self, source: &Source, tables: &Tables, problems: &mut Vec<Problem>) {
        for (name, weight) in &self.regions {
            if !tables.has_region(&RegionId::new(name.get_ref().as_str())) {
                let message = format!("there is no region `{}`", name.get_ref());
                let known: Vec<&str> = tables.regions().map(RegionId::as_str).collect();
                let problem = source.problem(name.span(), message);
                problems.push(problem.help(format!("regions are: {}", known.join(", "))));
            }
            if !weight.is_finite() || *weight < 0.0 {
                problems.push(source.problem(name.span(), "a weight is a number from 0 on"));
            }
        }
        if self.regions.values().sum::<f64>() <= 0.0 {
            problems.push(source.problem(0..0, "callers come from no region"));
        }
    }

    /// Parts of a whole that are none.
    fn check_parts(&self, source: &Source, problems: &mut Vec<Problem>) {
        let caller = &self.caller;
        let parts = [
            ("mobile", caller.mobile),
            ("withheld", caller.withheld),
            ("text-relay", caller.text_relay),
            ("mobile and withheld", caller.mobile + caller.withheld),
            ("hurried", caller.hurried),
            ("lost-in-menu", caller.lost_in_menu),
            ("redials", caller.redials),
            ("keeps-place", caller.keeps_place),
            ("speaks-now", caller.speaks_now),
            ("missed", self.phone.missed),
            ("answered", self.rung.answered),
            (
                "answered and engaged",
                self.rung.answered + self.rung.engaged,
            ),
            ("closed", self.rung.closed),
            ("answered", self.crisis.answered),
        ];
        for (name, part) in parts {
            if !is_part(part) {
                let message = format!("{part} is no part of 1, as {name}");
                problems.push(source.problem(0..0, message));
            }
        }
    }

    fn check_choices(&self, source: &Source, problems: &mut Vec<Problem>) {
        let mut weights = 0.0;
        for choice in &self.choice {
            let (span, choice) = (choice.span(), choice.get_ref());
            let sound = choice.weight.is_finite() && choice.weight >= 0.0;
            weights += choice.weight;
            let then = choice.then;
            let parts = [then.callback, then.clinician, then.emergency];
            if !sound {
                problems.push(source.problem(span.clone(), "a weight is a number from 0 on"));
            }
            if parts.iter().any(|part| !is_part(*part)) || !is_part(parts.iter().sum()) {
                let message = "what comes of the conversations is no part of 1";
                problems.push(source.problem(span, message));
            }
        }
        if weights <= 0.0 {
            problems.push(source.problem(0..0, "callers want nothing: write [[choice]]"));
        }
    }

    fn check_shifts(&self, source: &Source, problems: &mut Vec<Problem>) {
        let groups = self.group.iter().map(|group| group.get_ref());
        let handlers = groups.filter(|group| group.role == Role::Handler);
        let parts: f64 = handlers.map(|group| group.part).sum();
        if (parts - 1.0).abs() > 0.001 {
            let message = format!("the parts of the handlers in [[group]] come to {parts}, not 1");
            problems.push(source.problem(0..0, message));
        }
        for group in &self.group {
            if !is_part(group.get_ref().part) {
                problems.push(source.problem(group.span(), "the part is no part of 1"));
            }
        }
        for shift in &self.shift {
            if !is_part(shift.get_ref().part) {
                problems.push(source.problem(shift.span(), "the part is no part of 1"));
            }
        }
        let busiest = (0..DAY).max_by(|one, other| self.at(*one).total_cmp(&self.at(*other)));
        if let Some(minute) = busiest
            && self.at(minute) > 1.001
        {
            let message = format!(
                "at {:02}:{:02} shifts come to {:.2} of all who answer, which is more than 1",
                minute / 60,
                minute % 60,
                self.at(minute)
            );
            problems.push(source.problem(0..0, message));
        }
    }

    /// The part of those who answer that is at work in a minute of the day.
    fn at(&self, minute: u32) -> f64 {
        let shifts = self.shift.iter().map(|shift| shift.get_ref());
        let there = shifts.filter(|shift| {
            let (from, to) = (shift.from.0, shift.to.0);
            match from < to {
                true => (from..to).contains(&minute),
                false => minute >= from || minute < to,
            }
        });
        there.map(|shift| shift.part).sum()
    }
}

fn is_part(part: f64) -> bool {
    (0.0..=1.000_001).contains(&part)
}
