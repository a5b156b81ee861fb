use std::collections::HashMap;

use crate::diagnostic::{Problem, Source};
use crate::identity::{Number, NumberKind};

use super::region::RegionId;

/// A UK area code: `01539` is Kendal, `015394` is Hawkshead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) region: RegionId,
}

/// All area codes, found by the longest match.
#[derive(Clone, Debug, Default)]
pub(super) struct Areas {
    by_code: HashMap<String, Area>,
    longest: usize,
}

#[derive(serde::Deserialize)]
struct Row {
    code: String,
    name: String,
    region: String,
}

impl Areas {
    /// Reads `areas.csv`: `code,name,region`.
    pub(super) fn read(source: &Source, known: &[RegionId]) -> (Self, Vec<Problem>) {
        let (mut areas, mut problems) = (Areas::default(), Vec::new());
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut reader = csv::Reader::from_reader(source.text().as_bytes());
        for row in reader.deserialize::<Row>() {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    problems.push(source.problem_on_line(line, error.to_string()));
                    continue;
                }
            };
            // A row's line is counted here: the reader skips none in a table without blank lines.
            let line = lines.len() as u64 + 2;
            if let Some(first) = lines.insert(row.code.clone(), line) {
                let message = format!("area code {} stands on line {first} already", row.code);
                problems.push(source.problem_on_line(line, message));
                lines.insert(format!("{}/{line}", row.code), line);
                continue;
            }
            if !row.code.starts_with("01") && !row.code.starts_with("02")
                || !row.code.bytes().all(|b| b.is_ascii_digit())
            {
                let message = format!("`{}` is no area code: it begins with 01 or 02", row.code);
                problems.push(source.problem_on_line(line, message));
            }
            let region = RegionId::new(row.region);
            if !known.contains(&region) {
                let message = format!("there is no region `{region}`");
                problems.push(source.problem_on_line(line, message));
            }
            areas.longest = areas.longest.max(row.code.len());
            let area = Area {
                code: row.code.clone(),
                name: row.name,
                region,
            };
            areas.by_code.insert(row.code, area);
        }
        (areas, problems)
    }

    /// The area of a geographic number, by the longest code that it begins with.
    pub(super) fn of(&self, number: &Number) -> Option<&Area> {
        if number.kind() != NumberKind::Geographic {
            return None;
        }
        let digits = number.national();
        (3..=self.longest.min(digits.len()))
            .rev()
            .find_map(|length| self.by_code.get(&digits[..length]))
    }

    /// The codes that belong to a region, in order.
    pub(super) fn codes_of(&self, region: &RegionId) -> Vec<&str> {
        let areas = self.by_code.values().filter(|area| area.region == *region);
        let mut codes: Vec<&str> = areas.map(|area| area.code.as_str()).collect();
        codes.sort_unstable();
        codes
    }

    pub(super) fn len(&self) -> usize {
        self.by_code.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn areas(text: &str) -> (Areas, Vec<Problem>) {
        let known = [RegionId::new("north"), RegionId::new("south")];
        Areas::read(&Source::new("areas.csv", text), &known)
    }

    const TWO: &str = "code,name,region\n01539,Kendal,north\n015394,Hawkshead,south\n";

    #[test]
    fn the_longest_code_wins() {
        let (areas, problems) = areas(TWO);
        assert!(problems.is_empty());
        let of = |text: &str| {
            areas
                .of(&Number::parse(text).unwrap())
                .unwrap()
                .name
                .clone()
        };
        assert_eq!(of("01539 000000"), "Kendal");
        assert_eq!(of("015394 00000"), "Hawkshead");
        assert!(areas.of(&Number::parse("07700900001").unwrap()).is_none());
    }

    #[test]
    fn a_code_in_two_regions_is_a_problem_with_its_line() {
        let (_, problems) = areas(&format!("{TWO}01539,Kendal,south\n"));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 4);
        assert!(problems[0].message.contains("stands on line 2 already"));
    }

    #[test]
    fn unknown_regions_and_codes_are_problems() {
        let (_, problems) = areas("code,name,region\n01632,Place,west\n0x,Other,north\n");
        let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [2, 3]);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(digits in "1539[0-9]{6}") {
            let (areas, _) = areas(TWO);
            let number = Number::parse(&format!("0{digits}")).unwrap();
            let codes = areas.by_code.keys().filter(|c| number.national().starts_with(*c));
            let longest = codes.max_by_key(|c| c.len());
            prop_assert_eq!(areas.of(&number).map(|a| &a.code), longest);
        }
    }
}
