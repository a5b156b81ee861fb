use std::cmp::Reverse;

use super::super::page::{Block, Cell, Page, Part, Plot, Table};
use super::super::told::Told;
use super::super::usage::Use;
use super::super::words::{begun, count, dash, figure, subtitle};
use super::count::{OutcomeFigures, OutcomeGroup, OutcomeTable};
use super::figure::{Figure, Figures};
use super::led::Led;

/// What tables by region and the like tell of each group.
const COLUMNS: [Figure; 9] = [
    Figure::People,
    Figure::Linked,
    Figure::Led(Led::Emergency),
    Figure::Led(Led::ValidatedEmergency),
    Figure::Led(Led::Callback),
    Figure::Led(Led::Advice),
    Figure::Led(Led::NotAssessed),
    Figure::Led(Led::Abandoned),
    Figure::MedianTime,
];

/// A group with more names than this is told by its table alone.
const PLOTTED: usize = 60;

/// The outcomes as a page: linking people to services first, then who closed it, where and when, and how services
/// were used.
pub fn page(outcomes: &OutcomeFigures, told: &Told) -> Page {
    let mut parts = vec![linked(&outcomes.figures), closed(&outcomes.figures)];
    let tables = outcomes.breakdowns.iter();
    parts.extend(tables.filter_map(|table| groups(table, told)));
    parts.extend(services(outcomes, told));
    parts.push(rules(told));
    Page {
        title: "What callers were led to".to_owned(),
        subtitle: subtitle(
            (outcomes.from, outcomes.to),
            "One person for each assessment, and for each call in which none was made",
            told.suppressed,
            told.as_of,
        ),
        parts,
    }
}

fn people(figures: &Figures, of: Figure) -> Option<f64> {
    figures.get(of).map(|count| count as f64)
}

fn linked(figures: &Figures) -> Part {
    let counts = Figure::ALL.into_iter();
    let counts = counts.take_while(|one| *one != Figure::Closed);
    let rows = counts.map(|one| {
        let percent = figures.percent(one, Figure::People);
        vec![
            Cell::Text(begun(one.words())),
            count(figures.get(one)),
            Cell::Number(figure(percent, 1)),
        ]
    });
    let table = Table {
        caption: "What people were led to, each counted once; to which service those were linked who were linked to one"
            .to_owned(),
        heading: ["Led to", "People", "% of all"].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    let drawn: Vec<Figure> = Figure::ALL
        .into_iter()
        .filter(|one| matches!(one, Figure::Led(_)))
        .filter(|one| figures.get(*one) != Some(0))
        .collect();
    let plot = (drawn.len() > 1).then(|| {
        let names = drawn.iter().map(|one| begun(one.words()));
        let bars = drawn.iter().map(|one| people(figures, *one));
        Block::Plot(Plot::bars(
            "What people were led to",
            ("Led to", names.collect()),
            "People",
            vec![("People", bars.collect())],
        ))
    });
    let share = figures.percent(Figure::Linked, Figure::People);
    Part {
        heading: match (figures.get(Figure::Linked), share) {
            (Some(linked), Some(share)) => {
                let all = figure(people(figures, Figure::People), 0);
                let linked = figure(Some(linked as f64), 0);
                format!("{linked} of {all} people were linked to a service ({share:.1}\u{a0}%)")
            }
            _ => "Linked to a service".to_owned(),
        },
        blocks: [Block::Table(table)].into_iter().chain(plot).collect(),
    }
}

fn closed(figures: &Figures) -> Part {
    let rows = [
        Figure::Closed,
        Figure::ByClinician,
        Figure::ByAdvice,
        Figure::Otherwise,
    ]
    .map(|one| {
        let percent = figures.percent(one, Figure::Closed);
        vec![
            Cell::Text(begun(one.words())),
            count(figures.get(one)),
            Cell::Number(figure(percent, 1)),
        ]
    });
    let times = [Figure::MedianTime, Figure::LongTime].map(|one| {
        let minutes = people(figures, one).map(|millis| millis / 60_000.0);
        let what = begun(one.words().trim_end_matches(", s"));
        vec![Cell::Text(what), Cell::Number(figure(minutes, 1))]
    });
    let blocks = vec![
        Block::Table(Table {
            caption: "Assessments that were closed, by who closed them".to_owned(),
            heading: ["Closed", "Assessments", "% of closed"]
                .map(str::to_owned)
                .into(),
            rows: rows.into(),
        }),
        Block::Table(Table {
            caption: "Time to the outcome, in minutes: from the call, or from the beginning of an assessment without one"
                .to_owned(),
            heading: ["Time", "Minutes"].map(str::to_owned).into(),
            rows: times.into(),
        }),
    ];
    Part {
        heading: match figures.closed_by_clinician_or_advice() {
            Some(share) => {
                format!("A clinician or advice closed {share:.1}\u{a0}% of the assessments")
            }
            None => "Closed by a clinician or by advice".to_owned(),
        },
        blocks,
    }
}

/// People told apart; none where there is nobody.
fn groups(table: &OutcomeTable, told: &Told) -> Option<Part> {
    let mut groups: Vec<&OutcomeGroup> = table.groups.iter().collect();
    let is_time = table
        .by
        .iter()
        .any(|by| ["month", "day", "hour"].contains(by));
    if !is_time {
        groups.sort_by_key(|group| Reverse(group.figures.get(Figure::People)));
    }
    groups.first()?;
    let by = table.by.join(" and ");
    let name = |group: &OutcomeGroup| {
        let names = table.by.iter().zip(&group.names);
        names
            .map(|(by, name)| Cell::Text(told.names.group(by, name)))
            .collect::<Vec<_>>()
    };
    let rows = groups.iter().map(|group| {
        let figures = &group.figures;
        let percent = figures.percent(Figure::Linked, Figure::People);
        let cells = COLUMNS.map(|one| cell(figures, one));
        name(group)
            .into_iter()
            .chain([Cell::Number(figure(percent, 1))])
            .chain(cells)
            .collect()
    });
    let heading = table
        .by
        .iter()
        .map(|by| begun(by))
        .chain(["% linked".to_owned()]);
    let heading = heading.chain(COLUMNS.map(above));
    let mut blocks = vec![Block::Table(Table {
        caption: format!("People by {by}; times in minutes"),
        heading: heading.collect(),
        rows: rows.collect(),
    })];
    if let [only] = table.by.as_slice()
        && (2..=PLOTTED).contains(&groups.len())
    {
        let names = groups.iter().map(|group| {
            let name = group.names.first().map_or("", String::as_str);
            told.names.group(only, name)
        });
        let bars = |of| {
            groups
                .iter()
                .map(|group| people(&group.figures, of))
                .collect()
        };
        let series = vec![
            ("People", bars(Figure::People)),
            ("Linked to a service", bars(Figure::Linked)),
        ];
        blocks.push(Block::Plot(Plot::bars(
            format!("People by {by}"),
            (&begun(&by), names.collect()),
            "People",
            series,
        )));
    }
    Some(Part {
        heading: format!("By {by}"),
        blocks,
    })
}

fn above(of: Figure) -> String {
    match of {
        Figure::Led(Led::NotAssessed) => "Not assessed".to_owned(),
        Figure::Led(Led::Abandoned) => "Hung up".to_owned(),
        Figure::Led(Led::ValidatedEmergency) => "999 validated".to_owned(),
        Figure::Led(Led::Callback) => "Callback".to_owned(),
        Figure::MedianTime => "Median time".to_owned(),
        other => begun(other.words()),
    }
}

fn cell(figures: &Figures, of: Figure) -> Cell {
    match of.is_time() {
        false => count(figures.get(of)),
        true => {
            let minutes = people(figures, of).map(|millis| millis / 60_000.0);
            Cell::Number(figure(minutes, 1))
        }
    }
}

/// How services were used; none where nobody was sent to any.
fn services(outcomes: &OutcomeFigures, told: &Told) -> Option<Part> {
    let mut services: Vec<_> = outcomes.services.iter().collect();
    services.sort_by_key(|(_, used)| Reverse(used.get(Use::Sent)));
    services.first()?;
    let rows = services.iter().map(|(id, used)| {
        let counts = Use::ALL.map(|of| count(used.get(of)));
        [Cell::Text(told.names.service(id))]
            .into_iter()
            .chain(counts)
            .collect()
    });
    let heading = ["Service".to_owned()].into_iter();
    let heading = heading.chain(Use::ALL.map(|of| begun(of.words())));
    Some(Part {
        heading: "The services to which people were sent".to_owned(),
        blocks: vec![Block::Table(Table {
            caption: "Referrals to services, and what came of them".to_owned(),
            heading: heading.collect(),
            rows: rows.collect(),
        })],
    })
}

fn rules(told: &Told) -> Part {
    let text = format!(
        "An assessment counts when it was begun, a call when it arrived, from the first moment of the period, inclusive, to \
         the last, exclusive. Days and hours are London’s. A call in which somebody was assessed counts by its assessments \
         alone, one person each.\n\n\
         Linked to a service is whoever a service has taken, or who was told to go to one that fits, whom a crisis line took, \
         or whom the menus have put through to a service. Nobody else is, however often they rang.\n\n\
         Time to the outcome is that from the arrival of the call to the closing of the assessment. A callback is closed when it \
         is promised.\n\n{}",
        dash(told.suppressed)
    );
    Part {
        heading: "How this was counted".to_owned(),
        blocks: vec![Block::Text(text)],
    }
}
