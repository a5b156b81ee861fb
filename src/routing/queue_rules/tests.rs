use std::path::Path;
use std::time::Duration;

use super::*;
use crate::diagnostic::Source;

const SHIPPED: &str = include_str!("../../../ivr111.toml");
const FILE: &str = "regions/suffolk.toml";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => std::fs::copy(entry.path(), to).map(|_| ()).unwrap(),
        }
    }
}

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("routing")
}

/// The shipped tables with more in Suffolk's file; and after how many lines that begins.
fn with(more: &str) -> (Result<Tables, Vec<Problem>>, usize) {
    let folder = tempfile::TempDir::new().unwrap();
    copy(&shipped(), folder.path());
    let file = folder.path().join(FILE);
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{before}\n{more}")).unwrap();
    (
        Tables::load(folder.path()),
        before.matches('\n').count() + 1,
    )
}

/// What is found, and in which line of what was added.
fn found(more: &str) -> Vec<(usize, String)> {
    let (tables, lines) = with(more);
    let problems = tables.unwrap_err();
    let found = problems.into_iter().map(|problem| {
        assert!(problem.file.ends_with(FILE), "{problem}");
        (problem.line - lines, problem.message)
    });
    found.collect()
}

fn settings(text: &str) -> Settings {
    Settings::parse(Source::new("ivr111.toml", text)).unwrap()
}

#[test]
fn what_is_shipped_is_sound() {
    let tables = Tables::load(&shipped()).unwrap();
    assert_eq!(tables.check_providers(&settings(SHIPPED)).len(), 0);
}

#[test]
fn steps_lead_to_providers_and_regions_that_there_are() {
    let problems = found(
        "[[queue.overflow]]\nproviders = [\"suffolk-out-of-hours\", \"nobody\"]\n\
         regions = [\"london\",\n\"atlantis\"]\nafter = 60\n",
    );
    let nobody = "no region has the provider `nobody`".to_owned();
    let atlantis = "there is no region `atlantis`".to_owned();
    assert_eq!(problems, [(2, nobody), (4, atlantis)]);
}

#[test]
fn a_step_leads_to_somebody_and_comes_at_some_time() {
    let problems = found("[[queue.overflow]]\nafter = 60\n");
    let nobody = "a step of overflow leads to nobody".to_owned();
    assert_eq!(problems, [(1, nobody.clone())]);
    let problems = found("[queue]\nring = 20\n[[queue.overflow]]\nregions = [\"london\"]\n");
    let never = "a step of overflow never comes".to_owned();
    assert_eq!(problems, [(3, never)]);
    let everyone = "[[queue.overflow]]\neveryone = true\nafter = 60\n";
    let problems = found(&format!(
        "{everyone}[[queue.overflow]]\nregions = [\"london\"]\nafter = 90\n"
    ));
    assert_eq!(problems, [(4, nobody)]);
}

#[test]
fn accounts_work_for_providers_that_there_are() {
    let tables = Tables::load(&shipped()).unwrap();
    let text = SHIPPED.replacen(
        "role = \"handler\"",
        "role = \"handler\"\nprovider = \"nobody\"",
        1,
    );
    let problems = tables.check_providers(&settings(&text));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "no region has the provider `nobody`");
    let line = text.lines().position(|line| line.contains("\"nobody\""));
    assert_eq!(Some(problems[0].line), line.map(|line| line + 1));
}

#[test]
fn a_region_says_what_is_other_than_in_the_settings() {
    let (tables, _) = with(
        "[queue]\nstrategy = \"ring-all\"\nring = 20\nwrap-up = 45\nmissed = 3\nmissed-pause = 60\n\
         capacity = 30\n[[queue.overflow]]\nregions = [\"london\"]\nlonger-than = 10\n",
    );
    let all = tables.unwrap().queue_settings(&QueueSettings::default());
    let suffolk = all.of("suffolk");
    assert_eq!(suffolk.strategy, Strategy::RingAll);
    assert_eq!(suffolk.ring, Duration::from_secs(20));
    assert_eq!(suffolk.wrap_up, Duration::from_secs(45));
    assert_eq!((suffolk.missed, suffolk.capacity), (3, Some(30)));
    assert_eq!(suffolk.missed_pause, Duration::from_secs(60));
    let [step] = &suffolk.overflow[..] else {
        panic!("{:?}", suffolk.overflow);
    };
    let london = [
        "service-inner",
        "service-outer-north",
        "service-outer-south",
    ];
    let to = Reach::Providers(london.map(str::to_owned).into());
    assert_eq!((&step.to, step.longer_than), (&to, Some(10)));
    assert_eq!((step.after, step.estimate_over), (None, None));
    // Others are as the settings have them: to the partners, then to everybody.
    let london = all.of("london");
    assert_eq!((london.strategy, london.missed), (Strategy::LongestIdle, 2));
    let [partners, everyone] = &london.overflow[..] else {
        panic!("{:?}", london.overflow);
    };
    assert_eq!((&partners.to, &everyone.to), (&to, &Reach::Everyone));
    assert_eq!(partners.after, Some(Duration::from_secs(120)));
    assert_eq!(everyone.after, Some(Duration::from_secs(600)));
    assert_eq!(
        &all.of("nowhere").overflow[..],
        std::slice::from_ref(everyone)
    );
}
