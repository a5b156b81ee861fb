use std::collections::HashSet;
use std::fmt::Display;
use std::ops::Range;

use csv::{StringRecord, Writer};
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::routing::Hours;

use super::entry::{Known, Reader};
use super::row::{CatchmentRow, List, ReferralRow, Row, Text};
use super::service::Service;

/// The columns of a table of services, in the order in which they are written.
const COLUMNS: [&str; 27] = [
    "id",
    "name",
    "type",
    "region",
    "provider",
    "ods",
    "phone",
    "trunk",
    "postcode",
    "latitude",
    "longitude",
    "symptom-groups",
    "discriminators",
    "dispositions",
    "ages",
    "gender",
    "surgeries",
    "hours",
    "capacity",
    "ranking",
    "status",
    "verify-by",
    "catchment-regions",
    "catchment-outward",
    "catchment-km",
    "referral-method",
    "referral-text",
];

/// What divides the items of a list.
const BETWEEN: &str = "|";

/// Writes services as a CSV table with the same fields as the tables have. Lists are divided by `|`; hours stand in one
/// line, as [`Hours`] are displayed. Read again, it gives the same services.
pub fn to_csv<'s>(services: impl IntoIterator<Item = &'s Service>) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for service in services {
        let _ = writer.write_record(cells(&Row::from(service)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn cells(row: &Row) -> [String; COLUMNS.len()] {
    let text = |text: &Text| text.get_ref().clone();
    let may = |text: &Option<Text>| {
        text.as_ref()
            .map_or_else(String::new, |t| t.get_ref().clone())
    };
    let list = |list: &List| {
        let items: Vec<&str> = list
            .get_ref()
            .iter()
            .map(|item| item.get_ref().as_str())
            .collect();
        items.join(BETWEEN)
    };
    let lists = |may: Option<&List>| may.map_or_else(String::new, list);
    let catchment = row.catchment.as_ref();
    [
        text(&row.id),
        text(&row.name),
        text(&row.kind),
        text(&row.region),
        text(&row.provider),
        text(&row.ods),
        text(&row.phone),
        may(&row.trunk),
        text(&row.postcode),
        number(row.latitude.as_ref()),
        number(row.longitude.as_ref()),
        list(&row.symptom_groups),
        list(&row.discriminators),
        list(&row.dispositions),
        lists(row.ages.as_ref()),
        may(&row.gender),
        lists(row.surgeries.as_ref()),
        row.hours.get_ref().to_string(),
        may(&row.capacity),
        row.ranking.get_ref().to_string(),
        may(&row.status),
        text(&row.verify_by),
        lists(catchment.and_then(|c| c.regions.as_ref())),
        lists(catchment.and_then(|c| c.outward.as_ref())),
        number(catchment.and_then(|c| c.km.as_ref())),
        text(&row.referral.method),
        may(&row.referral.text),
    ]
}

fn number<T: Display>(number: Option<&Spanned<T>>) -> String {
    number.map_or_else(String::new, |number| number.get_ref().to_string())
}

/// Reads a CSV table of services. What is wrong comes back all at once, each with its line.
pub fn from_csv(source: &Source, known: Known<'_>) -> Result<Vec<Service>, Vec<Problem>> {
    let mut csv = csv::Reader::from_reader(source.text().as_bytes());
    let head = match csv.headers() {
        Ok(head) => head.clone(),
        Err(error) => return Err(vec![source.problem_on_line(1, error.to_string())]),
    };
    let mut problems = columns(source, &head);
    if !problems.is_empty() {
        return Err(problems);
    }
    let (mut services, mut names) = (Vec::new(), HashSet::new());
    for record in csv.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                problems.push(source.problem_on_line(line, error.to_string()));
                continue;
            }
        };
        let line = Line::new(source, &head, &record);
        let mut reader = Reader {
            known,
            source,
            problems: Vec::new(),
        };
        match line.row() {
            Ok(row) if !names.insert(row.id.get_ref().clone()) => {
                let message = format!("`{}` stands in this table already", row.id.get_ref());
                problems.push(source.problem(line.span.clone(), message));
            }
            Ok(row) => services.extend(reader.service(&row)),
            Err(message) => problems.push(source.problem(line.span.clone(), message)),
        }
        problems.extend(reader.problems);
    }
    match problems.is_empty() {
        true => Ok(services),
        false => Err(problems),
    }
}

/// Columns that are missing, unknown or there twice.
fn columns(source: &Source, head: &StringRecord) -> Vec<Problem> {
    let count = |name: &str| head.iter().filter(|column| *column == name).count();
    let missing = COLUMNS.iter().filter(|column| count(column) != 1);
    let missing = missing.map(|column| match count(column) {
        0 => format!("the column `{column}` is missing"),
        _ => format!("the column `{column}` stands twice"),
    });
    let unknown = head.iter().filter(|column| !COLUMNS.contains(column));
    let unknown = unknown.map(|column| {
        let column: String = column.chars().take(64).collect();
        format!("there is no column `{column}`")
    });
    missing
        .chain(unknown)
        .map(|message| source.problem_on_line(1, message))
        .collect()
}

/// One line of a table. Whatever is wrong with it is placed at its beginning.
struct Line<'l> {
    span: Range<usize>,
    head: &'l StringRecord,
    record: &'l StringRecord,
}

impl<'l> Line<'l> {
    fn new(source: &Source, head: &'l StringRecord, record: &'l StringRecord) -> Self {
        let begins = record.position().map_or(0, csv::Position::byte);
        let begins = usize::try_from(begins).unwrap_or(0);
        let rest = source.text().get(begins..).unwrap_or_default();
        let length = rest.lines().next().map_or(0, str::len);
        Line {
            span: begins..begins + length,
            head,
            record,
        }
    }

    fn cell(&self, column: &str) -> &'l str {
        let index = self.head.iter().position(|name| name == column);
        index
            .and_then(|index| self.record.get(index))
            .unwrap_or_default()
    }

    fn at<T>(&self, value: T) -> Spanned<T> {
        Spanned::new(self.span.clone(), value)
    }

    fn text(&self, column: &str) -> Text {
        self.at(self.cell(column).to_owned())
    }

    fn may(&self, column: &str) -> Option<Text> {
        Some(self.text(column)).filter(|text| !text.get_ref().is_empty())
    }

    fn list(&self, column: &str) -> List {
        let items = self
            .cell(column)
            .split(BETWEEN)
            .filter(|item| !item.is_empty());
        self.at(items.map(|item| self.at(item.to_owned())).collect())
    }

    fn lists(&self, column: &str) -> Option<List> {
        Some(self.list(column)).filter(|list| !list.get_ref().is_empty())
    }

    fn number<T: std::str::FromStr>(&self, column: &str) -> Result<Option<Spanned<T>>, String> {
        match self.cell(column) {
            "" => Ok(None),
            text => match text.parse() {
                Ok(number) => Ok(Some(self.at(number))),
                Err(_) => Err(format!("`{column}` is no number")),
            },
        }
    }

    fn row(&self) -> Result<Row, String> {
        let hours: Hours = self.cell("hours").parse()?;
        let ranking = self.number("ranking")?;
        Ok(Row {
            id: self.text("id"),
            name: self.text("name"),
            kind: self.text("type"),
            region: self.text("region"),
            provider: self.text("provider"),
            ods: self.text("ods"),
            phone: self.text("phone"),
            trunk: self.may("trunk"),
            postcode: self.text("postcode"),
            latitude: self.number("latitude")?,
            longitude: self.number("longitude")?,
            symptom_groups: self.list("symptom-groups"),
            discriminators: self.list("discriminators"),
            dispositions: self.list("dispositions"),
            ages: self.lists("ages"),
            gender: self.may("gender"),
            surgeries: self.lists("surgeries"),
            capacity: self.may("capacity"),
            ranking: ranking.ok_or("`ranking` is empty")?,
            status: self.may("status"),
            verify_by: self.text("verify-by"),
            hours: self.at(hours),
            catchment: Some(CatchmentRow {
                regions: self.lists("catchment-regions"),
                outward: self.lists("catchment-outward"),
                km: self.number("catchment-km")?,
            }),
            referral: ReferralRow {
                method: self.text("referral-method"),
                text: self.may("referral-text"),
            },
        })
    }
}
