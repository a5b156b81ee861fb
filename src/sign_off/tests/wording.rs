use super::*;

const MONDAY: &str = "from Monday 7 December 2026 06:00";

fn said(file: &str, before: &str, after: &str) -> Vec<String> {
    said_beside(&[], file, before, after)
}

fn said_beside(beside: &[(&str, &str)], file: &str, before: &str, after: &str) -> Vec<String> {
    let with = |text| files(&[beside, &[(file, text)]].concat());
    let (before, after) = (with(before), with(after));
    let all = differences(&before, &after);
    let sentences = sentences((&before, &after), &all, MONDAY).into_iter();
    sentences.map(|sentence| sentence.text).collect()
}

#[test]
fn moments_are_londons() {
    let at = |text: &str| moment(text.parse().unwrap());
    assert_eq!(at("2026-12-07T06:00:00Z"), "Monday 7 December 2026 06:00");
    assert_eq!(at("2026-07-01T06:00:05Z"), "Wednesday 1 July 2026 07:00:05");
}

const KENT: &str = "name = \"Kent, Surrey and Sussex\"\n[[provider]]\nid = \"harmoni\"\nshare = 60\n[[provider]]\nid = \
                    \"secamb\"\nshare = 40\nhours = { week = { mon = [\"08:00-20:00\"], tue = [\"08:00-20:00\"], wed = \
                    [\"08:00-20:00\"] } }\n[crisis]\ntrunk = \"carrier\"\nnumber = \"0808 157 0101\"\n[ambulance]\n\
                    control-rooms = [\"one\", \"two\"]\n[[queue.overflow]]\nregions = [\"london\"]\nafter = 300\n";

#[test]
fn what_changes_in_a_region() {
    let says = |changes: &[(&str, &str)], expected: &[&str]| {
        let mut after = KENT.to_owned();
        for (before, now) in changes {
            assert!(after.contains(before), "{before}");
            after = after.replacen(before, now, usize::MAX);
        }
        assert_eq!(said("regions/kss.toml", KENT, &after), expected);
    };
    let kent = "Kent, Surrey and Sussex: from Monday 7 December 2026 06:00";
    let line = |text: &str| format!("{kent} {text}");
    says(
        &[("share = 40", "share = 55"), ("share = 60", "share = 45")],
        &[
            &line("harmoni's share goes from 60 % to 45 %"),
            &line("secamb's share goes from 40 % to 55 %"),
        ],
    );
    says(
        &[("08:00-20:00", "08:00-18:00")],
        &[&line(
            "secamb now closes at 18:00 instead of 20:00 on Mondays to Wednesdays",
        )],
    );
    says(
        &[
            ("tue = [\"08:00-20:00\"]", "tue = []"),
            ("mon = [\"08:00", "mon = [\"09:00"),
        ],
        &[&line(
            "secamb now opens at 09:00 instead of 08:00 on Mondays, is now closed on Tuesdays",
        )],
    );
    says(
        &[("0808 157 0101", "0808 157 0199")],
        &[&line(
            "the crisis line: its number goes from 0808 157 0101 to 0808 157 0199",
        )],
    );
    says(
        &[("\"one\", \"two\"", "\"two\", \"one\"")],
        &[&line(
            "ambulance control rooms are tried in this order: two, one (was: one, two)",
        )],
    );
    says(
        &[("after = 300", "after = 200")],
        &[&line("overflow step[1].after goes from 300 to 200")],
    );
    says(
        &[(
            "id = \"secamb\"\nshare = 40",
            "id = \"secamb\"\nfailed = true\nshare = 40",
        )],
        &[&line("secamb is marked as failed: others take its callers")],
    );
    says(
        &[("carrier", "other")],
        &[&line(
            "the crisis line: its trunk goes from carrier to other",
        )],
    );
    says(
        &[(
            "[crisis]\ntrunk = \"carrier\"\nnumber = \"0808 157 0101\"\n",
            "",
        )],
        &[&line(
            "the crisis line is gone (was {number = 0808 157 0101, trunk = carrier})",
        )],
    );
}

#[test]
fn places_that_move_to_another_region() {
    let regions = [
        ("regions/kss.toml", "name = \"Kent, Surrey and Sussex\""),
        ("regions/london.toml", "name = \"London\""),
    ];
    let before = "code,name,region\n01273,Brighton,kss\n01323,Eastbourne,kss\n020,London,london\n";
    let after = before.replace("kss", "london").replace("020,", "021,");
    assert_eq!(
        said_beside(&regions, "areas.csv", before, &after),
        [
            "2 area codes belong to London instead of Kent, Surrey and Sussex from Monday 7 December 2026 06:00: 01273 \
             (Brighton), 01323 (Eastbourne)",
            "area code 020 (London) is gone from Monday 7 December 2026 06:00",
            "area code 021 (London) is new, and in London from Monday 7 December 2026 06:00",
        ]
    );
    let before = "postcode,regions,latitude\nBN,kss,1\nTN,kss,2\n";
    assert_eq!(
        said_beside(
            &regions,
            "postcodes.csv",
            before,
            &before.replace("TN,kss", "TN,kss|london")
        ),
        [
            "postcode TN belongs to Kent, Surrey and Sussex or London instead of Kent, Surrey and Sussex from Monday 7 \
             December 2026 06:00"
        ]
    );
}

#[test]
fn what_changes_in_a_flow() {
    let before = "[entry]\n\"111\" = \"welcome\"\n[step.menu]\nsay = [\"menu\"]\n[step.menu.key]\n1 = \"symptoms\"\n2 = \
                  \"dental\"\n[step.dental]\nqueue = { skill = \"dental\" }\n[timing]\nwait = 7\n";
    let says = |was: &str, is: &str, expected: &str| {
        assert!(before.contains(was));
        assert_eq!(
            said("flows/111.toml", before, &before.replacen(was, is, 1)),
            [expected]
        );
    };
    says(
        "2 = \"dental\"",
        "2 = \"symptoms\"",
        "flow 111: step `menu`: key 2 now leads to `symptoms` instead of `dental`",
    );
    says(
        "2 = \"dental\"\n",
        "",
        "flow 111: step `menu`: key 2 is gone (it led to `dental`)",
    );
    says(
        "= \"welcome\"",
        "= \"menu\"",
        "flow 111: callers to 111 begin with step `menu` instead of `welcome`",
    );
    says(
        "[\"menu\"]",
        "[\"menu\", \"age\"]",
        "flow 111: step `menu` now says menu, age instead of menu",
    );
    says(
        "skill = \"dental\"",
        "skill = \"general\"",
        "flow 111: step `dental`: queue.skill goes from dental to general",
    );
    says(
        "wait = 7",
        "wait = 9",
        "flow 111: timing.wait goes from 7 to 9",
    );
}

#[test]
fn what_changes_in_codes() {
    let before = "[disposition.Dx05]\nmeaning = \"m\"\nminutes = 120\nkind = \"primary-care\"\n";
    let says = |was: &str, is: &str, expected: &str| {
        assert_eq!(
            said("clinical.toml", before, &before.replacen(was, is, 1)),
            [expected]
        );
    };
    says(
        "120",
        "60",
        "Dx05: help is now due within 60 minutes instead of 120",
    );
    says(
        "primary-care",
        "advice",
        "Dx05 is now of the kind advice instead of primary-care",
    );
    says("\"m\"", "\"n\"", "Dx05: its meaning goes from m to n");
    let more = format!("{before}[disposition.Dx06]\nminutes = 360\n");
    let gone = "disposition Dx06 is gone (was {minutes = 360})";
    assert_eq!(said("clinical.toml", &more, before), [gone]);
    let new = "disposition Dx06 is now set: {minutes = 360}";
    assert_eq!(said("clinical.toml", before, &more), [new]);
}

fn services(count: usize, closes: &str) -> String {
    let service = |n: usize| {
        format!(
            "[[service]]\nid = \"s{n}\"\nname = \"Service {n}\"\nstatus = \"active\"\ndispositions = [\"Dx05\", \"Dx06\"]\n\
             [service.hours.week]\nmon = [\"08:00-{closes}\"]\ntue = [\"08:00-{closes}\"]\n"
        )
    };
    (0..count).map(service).collect()
}

#[test]
fn services_that_change_alike_are_in_one_sentence() {
    let (before, after) = (services(3, "20:00"), services(3, "18:00"));
    let file = "directory/kent.toml";
    let monday = "from Monday 7 December 2026 06:00";
    assert_eq!(
        said(file, &before, &after),
        [format!(
            "3 services now close at 18:00 instead of 20:00 on Mondays and Tuesdays {monday}: Service 0, Service 1, Service 2"
        )]
    );
    let one = before.replacen("active", "closed", 1);
    assert_eq!(
        said(file, &before, &one),
        [format!(
            "Service 0 is now closed instead of active {monday}"
        )]
    );
    let taken = before.replace("\"Dx05\", \"Dx06\"", "\"Dx06\", \"Dx08\"");
    assert_eq!(
        said(file, &before, &taken),
        [format!(
            "3 services now take Dx08, and no longer Dx05 {monday}: Service 0, Service 1, Service 2"
        )]
    );
    let fewer = services(2, "20:00");
    assert_eq!(
        said(file, &before, &fewer),
        [format!("Service 2 is no longer in the directory {monday}")]
    );
    assert_eq!(
        said(file, &fewer, &before),
        [format!("Service 2 is new in the directory {monday}")]
    );
}

#[test]
fn so_many_services_are_named_and_the_others_counted() {
    let told = said(
        "directory/kent.toml",
        &services(100, "20:00"),
        &services(100, "18:00"),
    );
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("100 services now close at 18:00"),
        "{}",
        told[0]
    );
    assert!(told[0].ends_with("Service 62 and 40 more"), "{}", told[0]);
}

#[test]
fn what_changes_in_a_pathway() {
    let before = "version = 1\n[question.breathing]\nask = \"Is it hard to breathe?\"\n[[question.breathing.answer]]\ntext = \
                  \"no\"\nnext = \"pain\"\n[[question.breathing.answer]]\ntext = \"yes\"\ndisposition = \"Dx011\"\n";
    let says = |was: &str, is: &str, expected: &str| {
        assert_eq!(
            said(
                "pathways/chest-pain.toml",
                before,
                &before.replacen(was, is, 1)
            ),
            [expected]
        );
    };
    let at = "chest pain, question `breathing`, answer";
    says(
        "Dx011",
        "Dx02",
        &format!("{at} 2 now leads to Dx02 instead of Dx011"),
    );
    says(
        "disposition = \"Dx011\"",
        "next = \"pain\"",
        &format!("{at} 2 now leads to pain instead of Dx011"),
    );
    says(
        "version = 1",
        "version = 2",
        "chest pain: is now version 2 instead of 1",
    );
    says(
        "hard to",
        "easy to",
        "chest pain: question `breathing` now asks \"Is it easy to breathe?\" instead of \"Is it hard to breathe?\"",
    );
    says(
        "\"no\"",
        "\"not\"",
        "chest pain: question `breathing`, answer 1, text goes from no to not",
    );
}
