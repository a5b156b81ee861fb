use super::super::page::{Block, Cell, Page, Part, Plot, Table};
use super::super::told::Told;
use super::super::words::{count, dash, figure, first_of, subtitle};
use super::figures::{Gap, GapChange, GapFigures};
use super::part_of_week::PartOfWeek;

/// So many changes, and so many gaps, are told on a page; the table for programs has all.
const CHANGES: usize = 30;
const GAPS: usize = 300;
/// So many changes are drawn.
const DRAWN: usize = 12;

/// The gaps as a page: how many people, what would close most, and each gap.
pub fn page(gaps: &GapFigures, told: &Told) -> Page {
    let parts = [
        Some(whole(gaps)),
        changes(gaps, told),
        each(gaps, told),
        Some(rules(told)),
    ];
    Page {
        title: "Gaps in the directory".to_owned(),
        subtitle: subtitle(
            (gaps.from, gaps.to),
            "Searches that found no open service, or lost one by exactly one criterion",
            told.suppressed,
            told.as_of,
        ),
        parts: parts.into_iter().flatten().collect(),
    }
}

fn whole(gaps: &GapFigures) -> Part {
    let counts = &gaps.counts;
    let rows = [
        ("Found no service at all", counts.nothing()),
        ("Lost a service, and were found another", counts.lost()),
        ("All", counts.people()),
    ];
    let rows = rows.map(|(what, people)| vec![Cell::Text(what.to_owned()), count(people)]);
    let parts = PartOfWeek::ALL.map(|part| {
        vec![
            Cell::Text(part.words().to_owned()),
            count(counts.when(part)),
        ]
    });
    let heading = match (counts.nothing(), gaps.gaps.len()) {
        (_, 0) => "There is no gap".to_owned(),
        (Some(nothing), _) => format!(
            "For {} people no service was found",
            figure(Some(nothing as f64), 0)
        ),
        (None, _) => "People for whom no service was found".to_owned(),
    };
    let names = PartOfWeek::ALL.map(|part| part.words().to_owned());
    let bars = PartOfWeek::ALL.map(|part| counts.when(part).map(|count| count as f64));
    Part {
        heading,
        blocks: vec![
            Block::Table(Table {
                caption: "People, once for each of their needs".to_owned(),
                heading: ["What they were found", "People"].map(str::to_owned).into(),
                rows: rows.into(),
            }),
            Block::Table(Table {
                caption: "All of them, by the part of the week".to_owned(),
                heading: ["When", "People"].map(str::to_owned).into(),
                rows: parts.into(),
            }),
            Block::Plot(Plot::bars(
                "When services were missing",
                ("When", names.into()),
                "People",
                vec![("People", bars.into())],
            )),
        ],
    }
}

/// The single changes that would close most; none where no change would.
fn changes(gaps: &GapFigures, told: &Told) -> Option<Part> {
    let first = gaps.changes.first()?;
    let shown = &gaps.changes[..gaps.changes.len().min(CHANGES)];
    let rows = shown.iter().map(|one| {
        vec![
            Cell::Text(one.change.words(&told.names)),
            count(one.closes.closes()),
            count(one.closes.adds_choice()),
        ]
    });
    let mut blocks = vec![Block::Table(Table {
        caption: first_of("Single changes", shown.len(), gaps.changes.len()),
        heading: [
            "Change",
            "Would be found a service",
            "Would have one more to choose",
        ]
        .map(str::to_owned)
        .into(),
        rows: rows.collect(),
    })];
    let drawn: Vec<&GapChange> = shown
        .iter()
        .filter(|one| one.closes.closes().is_some_and(|closes| closes > 0))
        .take(DRAWN)
        .collect();
    if drawn.len() > 1 {
        let names = drawn.iter().map(|one| one.change.words(&told.names));
        let bars = drawn.iter().map(|one| one.closes.closes());
        blocks.push(Block::Plot(Plot::bars(
            "What would close most",
            ("Change", names.collect()),
            "People",
            vec![(
                "Would be found a service",
                bars.map(|count| count.map(|count| count as f64)).collect(),
            )],
        )));
    }
    let is_all_told = gaps.changes.iter().all(|one| one.closes.closes().is_some());
    Some(Part {
        heading: match first.closes.closes() {
            Some(0) | None => "Single changes that would help".to_owned(),
            Some(closes) => format!(
                "What would close most{}: {} ({} people)",
                if is_all_told {
                    ""
                } else {
                    ", of what can be told"
                },
                first.change.words(&told.names),
                figure(Some(closes as f64), 0)
            ),
        },
        blocks,
    })
}

/// Each gap; none where there is none.
fn each(gaps: &GapFigures, told: &Told) -> Option<Part> {
    gaps.gaps.first()?;
    let shown = &gaps.gaps[..gaps.gaps.len().min(GAPS)];
    let rows = shown.iter().map(|gap| row(gap, told));
    let heading = [
        "Where",
        "What was needed",
        "What the matter was",
        "Found none",
        "Lost one",
        "Mostly when",
        "What would close most",
        "Closes",
    ];
    Some(Part {
        heading: "Gap by gap".to_owned(),
        blocks: vec![Block::Table(Table {
            caption: first_of("Gaps", shown.len(), gaps.gaps.len()),
            heading: heading.map(str::to_owned).into(),
            rows: rows.collect(),
        })],
    })
}

fn row(gap: &Gap, told: &Told) -> Vec<Cell> {
    let names = &told.names;
    let (change, closes) = gap.best_words(names);
    vec![
        Cell::Text(gap.place(names)),
        Cell::Text(names.disposition(&gap.disposition)),
        Cell::Text(names.symptom_group(&gap.symptom_group)),
        count(gap.counts.nothing()),
        count(gap.counts.lost()),
        Cell::Text(gap.mostly().to_owned()),
        Cell::Text(change),
        count(closes),
    ]
}

fn rules(told: &Told) -> Part {
    let text = format!(
        "A gap is a need that a search of the directory could not meet: no service was open in time, had room and took the \
         patient, or exactly one criterion stood between the patient and a service (its room, what it can do, what it takes, \
         when it is open). It is told by the region, the area of the postcode, what was needed and what the matter was.\n\n\
         People count once for each of their needs, in the part of the week in which they were searched for first; for whom \
         any of these searches found nothing belongs to those for whom none was found, even if one was found later, farther away. \
         Bank holidays count as the day of the week that they fall on.\n\n\
         A change closes a gap for those of whom a search that found nothing lost that service by that criterion alone. Others \
         would have had it to choose besides. Where counts are held back, what would close most is that of those that can be \
         told.\n\n{}",
        dash(told.suppressed)
    );
    Part {
        heading: "How this was counted".to_owned(),
        blocks: vec![Block::Text(text)],
    }
}
