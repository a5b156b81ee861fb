//! What was simulated, and that it was.

use crate::report::page::{Block, Part, clock, number};
use crate::report::words::day_words;

use super::day_page::DayPage;

fn whole(count: u64) -> String {
    number(count as f64, 0)
}

/// The lines beneath the title.
pub(super) fn lines(day: &DayPage) -> Vec<String> {
    let (people, rota) = (day.people, day.rota);
    vec![
        "This is a simulation: nobody on this page has called".to_owned(),
        format!("{}, London time", day_words(day.date())),
        format!(
            "{} callers, who call {} times in all; {} call handlers at the busiest time",
            whole(people.calls()),
            whole(day.outcome.courses.len() as u64),
            whole(rota.handlers().into()),
        ),
        format!(
            "Scenario {}, seed {}, tables of {}",
            day.scenario,
            day.seed,
            tables(day)
        ),
    ]
}

fn tables(day: &DayPage) -> String {
    let settings = &day.service.settings;
    settings
        .path(&settings.tables.routing)
        .display()
        .to_string()
}

/// What happens on the day by the scenario, in sentences; empty where nothing is out of the ordinary.
pub(super) fn faults(day: &DayPage) -> String {
    let scenario = &day.people.scenario;
    let faults = scenario.fault.iter().map(|fault| {
        let fault = fault.get_ref();
        let marked = match fault.marked_after {
            Some(minutes) => format!("which is written into the tables {minutes} minutes later"),
            None => "which nobody writes into the tables".to_owned(),
        };
        format!(
            "Nobody of the provider {} works from {} to {}, {marked}.",
            fault.provider.get_ref(),
            clock(f64::from(fault.from.0)),
            clock(f64::from(fault.to.0)),
        )
    });
    let rooms = scenario.control_room.iter().filter_map(|(trunk, room)| {
        let from = room.silent_from?;
        let to = room.silent_to.map_or(1_440, |to| to.0);
        Some(format!(
            "The control room behind {} answers nobody from {} to {}.",
            trunk.get_ref(),
            clock(f64::from(from.0)),
            clock(f64::from(to)),
        ))
    });
    faults.chain(rooms).collect::<Vec<String>>().join(" ")
}

/// How the day was made.
pub(super) fn part(day: &DayPage) -> Part {
    let text = format!(
        "The service itself was run on virtual time: its menus, its queue, its callbacks and its way to 999, as the tables of {} \
         and the settings beside them have them. The scenario {} says who calls when and for what, how patient they are, who works \
         when, how long people talk, and what fails. Its figures are samples for trying tables and rotas out, and no forecast.\n\n\
         The same tables, scenario, number of callers and handlers, and seed ({}) give the same day to the last call; another seed \
         gives another day of the same kind.",
        tables(day),
        day.scenario,
        day.seed,
    );
    Part {
        heading: "How this was simulated".to_owned(),
        blocks: vec![Block::Text(text)],
    }
}
