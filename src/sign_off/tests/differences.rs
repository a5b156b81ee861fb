use std::path::Path;

use proptest::prelude::*;

use super::*;

/// What a difference is told by: each thing in exactly one sentence, and no sentence about nothing.
fn told(before: &Files, after: &Files) -> Vec<Sentence> {
    let all = differences(before, after);
    let told = sentences((before, after), &all, "from now on");
    let spoken: usize = told.iter().map(|sentence| sentence.changes.len()).sum();
    assert_eq!(spoken, all.len(), "{told:#?}");
    for sentence in &told {
        assert!(!sentence.text.trim().is_empty() && !sentence.changes.is_empty());
    }
    for difference in &all {
        assert!(
            told.iter()
                .any(|sentence| sentence.changes.contains(difference))
        );
    }
    told
}

fn toml() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        (0..3_i64).prop_map(|n| n.to_string()),
        "[ab]{0,2}".prop_map(|text| format!("\"{text}\"")),
        any::<bool>().prop_map(|is| is.to_string()),
        Just("1.5".to_owned()),
        Just("2026-12-25".to_owned()),
        prop::collection::vec(0..3_i64, 0..3).prop_map(|all| format!("{all:?}")),
        prop::collection::vec("[ab]{1}", 0..3).prop_map(|all| format!("{all:?}")),
        prop::collection::vec(("[ab]", 0..2_i64), 0..3).prop_map(|all| {
            let tables = all
                .iter()
                .map(|(id, x)| format!("{{ id = \"{id}\", x = {x} }}"));
            format!("[{}]", tables.collect::<Vec<_>>().join(", "))
        }),
    ];
    let table = prop::collection::btree_map("[abc]", value, 0..4);
    let hours = prop::collection::btree_map(
        "(mon|tue|sat)",
        prop::collection::vec("0[1-3]:00-0[4-6]:00", 0..2),
        0..3,
    );
    (
        prop::collection::btree_map("[xyz]", table, 0..3),
        prop::option::of(hours),
    )
        .prop_map(|(tables, hours)| {
            let mut text = String::new();
            for (name, table) in tables {
                text.push_str(&format!("[{name}]\n"));
                for (key, value) in table {
                    text.push_str(&format!("{key} = {value}\n"));
                }
            }
            for (n, hours) in hours.into_iter().enumerate() {
                text.push_str(&format!(
                    "[[provider]]\nid = \"p{n}\"\n[provider.hours.week]\n"
                ));
                for (day, spans) in hours {
                    text.push_str(&format!("{day} = {spans:?}\n"));
                }
            }
            text
        })
}

fn csv() -> impl Strategy<Value = String> {
    let row = ("[0-2]", "[ab]{0,1}", "(kent|london)");
    prop::collection::vec(row, 0..4).prop_map(|rows| {
        let lines = rows
            .iter()
            .map(|(code, name, region)| format!("{code},{name},{region}\n"));
        format!("code,name,region\n{}", lines.collect::<String>())
    })
}

const FILES: [&str; 8] = [
    "areas.csv",
    "regions/kent.toml",
    "flows/111.toml",
    "clinical.toml",
    "directory/kent.toml",
    "pathways/fever.toml",
    "directory/kent.csv",
    "notes.txt",
];

fn any_files() -> impl Strategy<Value = Files> {
    let file = (prop::sample::select(FILES.to_vec()), toml(), csv());
    prop::collection::vec(file, 1..4).prop_map(|all| {
        let all = all.into_iter().map(|(path, toml, csv)| {
            let text = if path.ends_with(".csv") { csv } else { toml };
            (path.to_owned(), Arc::from(text.as_bytes()))
        });
        all.collect()
    })
}

/// The tables that are shipped.
fn shipped() -> Files {
    fn walk(folder: &Path, within: &str, files: &mut Files) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = if within.is_empty() {
                name
            } else {
                format!("{within}/{name}")
            };
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), &path, files),
                false => drop(files.insert(path, std::fs::read(entry.path()).unwrap().into())),
            }
        }
    }
    let mut files = Files::new();
    let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
    walk(&routing, "", &mut files);
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn two_sets_that_differ_differ_in_something(one in any_files(), other in any_files()) {
        prop_assert_eq!(told(&one, &other).is_empty(), one == other);
    }

    #[test]
    fn every_change_of_a_text_is_told(path in prop::sample::select(FILES.to_vec()), one in toml(), other in toml()) {
        let told = told(&files(&[(path, &one)]), &files(&[(path, &other)]));
        prop_assert_eq!(told.is_empty(), one == other);
        let same: Option<(toml::Table, toml::Table)> =
            toml::from_str(&one).ok().zip(toml::from_str(&other).ok());
        if let Some((one_means, other_means)) = same.filter(|_| path.ends_with(".toml")) {
            let only_layout = told.iter().any(|s| s.text.contains("only comments and layout"));
            prop_assert_eq!(only_layout, one != other && one_means == other_means);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_byte_that_is_altered_in_what_is_shipped_is_told(file: prop::sample::Index, place: prop::sample::Index, byte in b' '..b'~') {
        let before = shipped();
        let (path, bytes) = before.iter().nth(file.index(before.len())).unwrap();
        let mut altered = bytes.to_vec();
        let place = place.index(altered.len());
        prop_assume!(altered[place] != byte);
        altered[place] = byte;
        let mut after = before.clone();
        after.insert(path.clone(), altered.into());
        let told = told(&before, &after);
        prop_assert!(!told.is_empty());
        prop_assert!(told.iter().flat_map(|s| &s.changes).all(|change| change.file == *path));
    }
}

#[test]
fn the_order_of_keys_and_comments_are_layout_and_that_of_rows_is_not() {
    let one = "a = 1\nb = 2 # so\n[[provider]]\nid = \"x\"\n[[provider]]\nid = \"y\"\n";
    let layout = "# other\nb = 2\na = 1\n[[provider]]\nid = \"x\"\n[[provider]]\nid = \"y\"\n";
    let order = "a = 1\nb = 2\n[[provider]]\nid = \"y\"\n[[provider]]\nid = \"x\"\n";
    let text = |other: &str| {
        let told = told(&files(&[("a.toml", one)]), &files(&[("a.toml", other)]));
        told.into_iter()
            .map(|sentence| sentence.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(text(one), [""; 0]);
    assert_eq!(text(layout), ["a.toml: only comments and layout differ"]);
    assert_eq!(
        text(order),
        ["a.toml: provider stand in the order y, x (was x, y)"]
    );
}

#[test]
fn a_number_that_becomes_a_text_is_told() {
    let told = told(
        &files(&[("a.toml", "x = 1")]),
        &files(&[("a.toml", "x = \"1\"")]),
    );
    assert_eq!(
        told[0].text,
        "a.toml: x is still 1, written as something else"
    );
}

#[test]
fn what_is_shipped_differs_in_nothing_from_itself() {
    let shipped = shipped();
    assert!(shipped.len() > 8);
    assert_eq!(told(&shipped, &shipped), []);
    // Against nothing, every file is new.
    assert_eq!(told(&Files::new(), &shipped).len(), shipped.len());
}
