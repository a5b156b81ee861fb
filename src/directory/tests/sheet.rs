//! Services as a table, and back.

use proptest::prelude::*;

use super::any::any_services;
use super::world::*;
use crate::diagnostic::Source;
use crate::directory::{Service, to_csv, to_toml};
use crate::routing::hours::tests::any_hours;

fn csv(services: &[Service]) -> Result<Vec<Service>, Vec<String>> {
    from_text(&to_csv(services))
}

fn from_text(text: &str) -> Result<Vec<Service>, Vec<String>> {
    let read = one(&[]).read_csv(&Source::new("table.csv", text));
    read.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn services_come_back_from_both_texts(services in any_services(), hours in any_hours()) {
        let mut services = services;
        services.sort_by(|a, b| a.id.cmp(&b.id));
        services[0].hours = hours;
        let directory = read(&to_toml(&services).unwrap()).unwrap();
        prop_assert_eq!(directory.services(), &services[..]);
        let back = csv(directory.services()).unwrap();
        prop_assert_eq!(&back, &services);
        let again = read(&to_toml(&back).unwrap()).unwrap();
        prop_assert_eq!(again.services(), &services[..]);
    }

    #[test]
    fn no_table_panics(text in "(id,name|[a-z|,\"\n]{0,20}){0,4}", cells in "[a-z0-9,|\";: \n-]{0,80}") {
        let _ = from_text(&text);
        let head = to_csv(&[]);
        let _ = from_text(&format!("{head}{cells}"));
    }
}

#[test]
fn a_table_is_as_people_expect_it() {
    let directory = one(&[
        ("symptom-groups", "[\"SG2\", \"SG1\"]"),
        (
            "hours",
            "{ week = { mon = [\"08:00-12:00\", \"13:00-18:00\"] }, bank-holidays = [] }",
        ),
        ("catchment", "{ outward = [\"BN\", \"KT1\"], km = 40 }"),
        ("gender", "\"female\""),
    ]);
    let text = to_csv(directory.services());
    let mut lines = text.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("id,name,type,region,provider,ods,phone,trunk,")
    );
    assert_eq!(
        lines.next().unwrap(),
        "one,A service,clinic,south,somebody,RZX01,+441632960401,,BN1 1AA,,,SG1|SG2,*,*,,female,,\
         mon 08:00-12:00 13:00-18:00; bank-holidays closed,,5,,2027-03-31,,BN|KT1,40,phone,"
    );
}

#[test]
fn what_is_wrong_in_a_table_has_its_line() {
    let good = to_csv(one(&[]).services());
    let (head, line) = good.split_once('\n').unwrap();
    let line = line.trim_end();
    let wrong = |text: &str, expected: &[&str]| {
        let problems = from_text(text).unwrap_err();
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem} is not {expected}");
        }
    };
    assert_eq!(from_text("id,name\n").unwrap_err().len(), 25);
    wrong(
        &format!("{head},more\n"),
        &["table.csv:1:1: there is no column `more`"],
    );
    wrong(
        &format!("{head},id\n"),
        &["table.csv:1:1: the column `id` stands twice"],
    );
    let twice = format!("{head}\n{line}\n{line}\n");
    wrong(
        &twice,
        &["table.csv:3:1: `one` stands in this table already"],
    );
    let rank = format!(
        "{head}\n{line}\n{}\n",
        line.replacen("one,", "two,", 1).replace(",5,", ",11,")
    );
    wrong(&rank, &["table.csv:3:1: a ranking is 1 to 10"]);
    let two = format!("{head}\n{}\n{line}x,y\n", line.replace("always", "never"));
    wrong(
        &two,
        &["table.csv:2:1: `never` are no hours", "table.csv:3"],
    );
    let number = format!("{head}\n{}\n", line.replace(",5,", ",five,"));
    wrong(&number, &["table.csv:2:1: `ranking` is no number"]);
}
