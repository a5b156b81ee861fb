use std::collections::BTreeSet;

use crate::diagnostic::{Problem, Source};

/// The first half of every postcode that there is: `BN1`, `SW1A`.
#[derive(Clone, Debug, Default)]
pub(super) struct Districts(BTreeSet<String>);

#[derive(serde::Deserialize)]
struct Row {
    area: String,
    districts: String,
}

impl Districts {
    /// Reads `outward-codes.csv`: `area,districts`; districts are numbers (`7`), runs of numbers (`1-5`) and, in
    /// the middle of London, numbers with a letter (`1A`), divided by spaces.
    pub(super) fn read(source: &Source) -> (Self, Vec<Problem>) {
        let (mut codes, mut problems) = (Districts::default(), Vec::new());
        let mut reader = csv::Reader::from_reader(source.text().as_bytes());
        let mut line = 1;
        for row in reader.deserialize::<Row>() {
            line += 1;
            let found = row
                .map_err(|error| error.to_string())
                .and_then(|row| codes.add(&row));
            if let Err(message) = found {
                problems.push(source.problem_on_line(line, message));
            }
        }
        (codes, problems)
    }

    fn add(&mut self, row: &Row) -> Result<(), String> {
        let area = &row.area;
        let is_area = (1..=2).contains(&area.len()) && area.bytes().all(|b| b.is_ascii_uppercase());
        if !is_area {
            return Err(format!(
                "`{area}` is no postcode area: it is one capital letter or two"
            ));
        }
        for part in row.districts.split_whitespace() {
            let wrong = || format!("`{part}` is no district: write 7, 1-5 or 1A");
            for district in districts(part).ok_or_else(wrong)? {
                if !self.0.insert(format!("{area}{district}")) {
                    return Err(format!("{area}{district} stands twice"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// `7`, `1-5` or `1A`; no number of a district has more than two digits.
fn districts(part: &str) -> Option<Vec<String>> {
    let number = |text: &str| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u8>().ok())?
    };
    if let Some((first, last)) = part.split_once('-') {
        let (first, last) = (number(first)?, number(last)?);
        return (first < last).then(|| (first..=last).map(|n| n.to_string()).collect());
    }
    let digits = part.strip_suffix(|c: char| c.is_ascii_uppercase());
    number(digits.unwrap_or(part))?;
    Some(vec![part.to_owned()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(rows: &str) -> (Vec<String>, Vec<String>) {
        let text = format!("area,districts\n{rows}\n");
        let (codes, problems) = Districts::read(&Source::new("o.csv", text));
        let problems = problems.iter().map(|p| format!("{p:?}")).collect();
        (codes.iter().map(str::to_owned).collect(), problems)
    }

    #[test]
    fn runs_and_single_districts_are_all_there() {
        let (codes, problems) = read("BN,1-3 99\nEC,1A 2V");
        assert_eq!(codes, ["BN1", "BN2", "BN3", "BN99", "EC1A", "EC2V"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (row, said) in [
            ("BN,x", "`x` is no district"),
            ("BN,5-1", "`5-1` is no district"),
            ("BN,123", "`123` is no district"),
            ("bn,1", "`bn` is no postcode area"),
            ("BN,1 1", "BN1 stands twice"),
        ] {
            let (_, problems) = read(row);
            assert_eq!(problems.len(), 1, "{row}");
            assert!(problems[0].contains(said), "{problems:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(rows in ".{0,60}") {
            let _ = read(&rows);
        }
    }
}
