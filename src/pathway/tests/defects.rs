//! Planted defects: each is found at its place, alone, with what to write instead.

use super::*;

/// Puts defects into the small pathway, and gives the text and the place marked by `«`.
fn spoilt(defects: &[(&str, &str)]) -> (String, String) {
    let mut text = PATHWAY.to_owned();
    for (good, bad) in defects {
        assert!(text.contains(good), "no {good:?}");
        text = text.replacen(good, bad, 1);
    }
    let at = text.find('«').expect("no place is marked");
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (
        text.replace('«', ""),
        format!("pain.toml:{line}:{column}: "),
    )
}

/// Exactly one problem, there, with these words and this help.
fn finds(defects: &[(&str, &str)], words: &str, help: &str) {
    let (text, place) = spoilt(defects);
    let problems = read(&text).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said, [format!("{place}{words}")]);
    let helped = problems[0].help.as_deref().unwrap_or_default();
    assert!(helped.contains(help), "{helped:?} does not say {help:?}");
}

const STRONG: &str = "disposition = \"Dx2\"";
const WEAK: &str = "disposition = \"Dx9\"";

#[test]
fn the_small_pathway_is_sound() {
    let pathway = read(PATHWAY).unwrap();
    assert_eq!(pathway.count_paths(), 6);
}

#[test]
fn ways_that_lead_nowhere_or_round() {
    finds(
        &[("next = \"bleeds\"", "next = «\"bleed\"")],
        "there is no question `bleed`",
        "did you mean `bleeds`?",
    );
    finds(
        &[("first = \"awake\"", "first = «\"awoke\"")],
        "there is no question `awoke`",
        "did you mean `awake`?",
    );
    finds(
        &[(STRONG, "next = «\"pain\"")],
        "question `pain` can be reached from itself: pain → pain",
        "a pathway only goes on",
    );
    finds(
        &[(WEAK, "disposition = «\"Dx3\"")],
        "only a clinician gives Dx3, who has confirmed another",
        "lead to Dx2",
    );
    finds(
        &[
            (
                "[[question.pain.answer]]\ntext = { en-GB = \"Strong\"",
                "«[[question.pain.answer]]\ntext = { en-GB = \"Strong\"",
            ),
            (STRONG, ""),
        ],
        "answer 1 to `pain` has no way on",
        "add `next = \"…\"` or `disposition",
    );
    finds(
        &[(STRONG, "next = \"pain\"\ndisposition = «\"Dx2\"")],
        "answer 1 to `pain` leads to a question and to a disposition",
        "leave out",
    );
    finds(
        &[(
            "[question.pain]",
            "[question.«lost]\nask = { en-GB = \"Lost?\", cy-GB = \"Ar goll?\" }\nanswer = [{ text = { en-GB = \"Yes\", cy-GB = \"Ydw\" }, next = \"pain\" }, { text = { en-GB = \"No\", cy-GB = \"Na\" }, next = \"pain\" }]\n\n[question.pain]",
        )],
        "no answer leads to question `lost`",
        "`next = \"lost\"`",
    );
}

#[test]
fn a_long_way_round_is_shown_whole() {
    // The danger is asked for after what is none, as well: both are told.
    let (text, place) = spoilt(&[(STRONG, "next = «\"awake\"")]);
    let problems = read(&text).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            format!(
                "{place}question `awake` can be reached from itself: awake → bleeds → pain → awake"
            ),
            format!(
                "{place}question `awake` asks for an immediate danger, and comes after `pain`, which does not"
            ),
        ]
    );
}

#[test]
fn a_danger_to_life_is_asked_for_first() {
    let danger = "life-threatening = true\nask = { en-GB = \"Bleeding?\"";
    let late = "[question.pain]\nask";
    // `bleeds` no longer asks for a danger, and `pain` after it does.
    finds(
        &[
            (danger, "ask = { en-GB = \"Bleeding?\""),
            (late, "[question.pain]\nlife-threatening = true\nask"),
            (STRONG, "disposition = \"Dx1\""),
            (
                "text = { en-GB = \"None\", cy-GB = \"Dim\" }\nnext = \"pain\"",
                "text = { en-GB = \"None\", cy-GB = \"Dim\" }\ndisposition = \"Dx8\"",
            ),
            ("next = \"pain\"", "next = «\"pain\""),
        ],
        "question `pain` asks for an immediate danger, and comes after `bleeds`, which does not",
        "ask `pain` before `bleeds`",
    );
    finds(
        &[
            (
                "[question.awake]\nlife-threatening = true",
                "[question.«awake]",
            ),
            (danger, "ask = { en-GB = \"Bleeding?\""),
        ],
        "the first question, `awake`, asks for no immediate danger to life",
        "`life-threatening = true`",
    );
    finds(
        &[(late, "[question.«pain]\nlife-threatening = true\nask")],
        "question `pain` asks for an immediate danger, and no answer leads to a life-threatening disposition",
        "leave `life-threatening` out",
    );
}

#[test]
fn codes_that_nobody_knows() {
    finds(
        &[(STRONG, "disposition = «\"Dx22\"")],
        "there is no disposition `Dx22`",
        "did you mean `Dx2`?",
    );
    finds(
        &[(STRONG, "disposition = «\"dx2\"")],
        "`dx2` is no disposition: write it as Dx02",
        "there are Dx1, ",
    );
    finds(
        &[("\"SG1\"", "«\"SG11\"")],
        "there is no symptom group `SG11`",
        "did you mean `SG1`?",
    );
    finds(
        &[("[\"SD2\", \"SD1\"]", "[\"SD2\", «\"SD3\"]")],
        "there is no discriminator `SD3`",
        "did you mean `SD",
    );
    finds(
        &[("[\"worse\", \"rest\"]", "[\"worse\", «\"rests\"]")],
        "there is no advice `rests`",
        "did you mean `rest`?",
    );
}

#[test]
fn answers_that_are_no_choice() {
    finds(
        &[
            ("[question.pain]", "[question.«pain]"),
            (
                "[[question.pain.answer]]\ntext = { en-GB = \"Weak\", cy-GB = \"Gwan\" }\ndisposition = \"Dx9\"\nadvice = [\"worse\", \"rest\"]\n",
                "",
            ),
            ("advice = [\"rest\"]", "advice = [\"rest\", \"worse\"]"),
        ],
        "question `pain` has 1 answers: there is nothing to choose",
        "at least two [[question.pain.answer]]",
    );
    finds(
        &[("text = { en-GB = \"Weak\"", "text = «{ en-GB = \" strong\"")],
        "answer 2 to `pain` says the same as another one in en-GB",
        "say what is different",
    );
    let more: String = (0..8).map(|n| format!("[[question.pain.answer]]\ntext = {{ en-GB = \"{n}\", cy-GB = \"{n}.\" }}\ndisposition = \"Dx8\"\n")).collect();
    finds(
        &[
            ("[question.pain]", "[question.«pain]"),
            ("[advice.rest]", &format!("{more}[advice.rest]")),
        ],
        "question `pain` has 10 answers, and 9 are the most",
        "ask two questions",
    );
    finds(
        &[(
            "discriminators = [\"SD2\", \"SD1\"]",
            "discriminators = [«\"SD1\", \"SD1\", \"SD1\", \"SD1\", \"SD1\", \"SD1\", \"SD1\", \"SD1\", \"SD1\"]",
        )],
        "answer 1 to `pain` adds 9, and 8 are the most",
        "leave out some `discriminators`",
    );
}

#[test]
fn texts_in_each_language_and_in_no_other() {
    finds(
        &[(
            "{ en-GB = \"Pain?\", cy-GB = \"Poen?\" }",
            "«{ en-GB = \"Pain?\" }",
        )],
        "question `pain` has no text in cy-GB",
        "add `cy-GB = \"…\"`",
    );
    finds(
        &[(
            "cy-GB = \"Gwrandewch.\"",
            "cy-GB = \"Gwrandewch.\", «fr-FR = \"Oui.\"",
        )],
        "the help of question `awake` has a text in fr-FR, which is not offered",
        "add it to `languages`",
    );
    finds(
        &[("cy-GB = \"Gwan\"", "cy-GB = «\" \"")],
        "answer 2 to `pain` is blank in cy-GB",
        "write what is to be said",
    );
    let long = "x".repeat(601);
    finds(
        &[("cy-GB = \"Ffoniwch eto.\"", &format!("cy-GB = «\"{long}\""))],
        "advice `worse` has 601 characters in cy-GB, and 600 are the most",
        "say it shorter",
    );
    finds(
        &[("\"Gwan\"", "«\"Gw\\u001ban\"")],
        "answer 2 to `pain` has a line break or another control character",
        "in one line",
    );
    finds(
        &[(
            "languages = [\"en-GB\", \"cy-GB\"]",
            "languages = [\"en-GB\", \"cy-GB\", «\"welsh\"]",
        )],
        "`welsh` is no language",
        "en-GB or cy-GB",
    );
    let english_only = [(
        "languages = [\"en-GB\", \"cy-GB\"]",
        "languages = «[\"cy-GB\"]",
    )];
    let (text, place) = spoilt(&english_only);
    let problems = read(&text).unwrap_err();
    let words = format!("{place}en-GB is not among the languages");
    assert!(
        problems.iter().any(|p| p.to_string() == words),
        "{problems:?}"
    );
}

#[test]
fn what_stands_at_the_top() {
    finds(
        &[("version = \"7\"", "version = «\" \"")],
        "the version is empty",
        "\"2026.1\"",
    );
    finds(
        &[("ages = [\"adult\", \"older\"]", "ages = «[]")],
        "the pathway is for no age group at all",
        "infant, toddler, child, adult, older",
    );
    finds(
        &[("[\"adult\", \"older\"]", "[\"adult\", «\"elder\"]")],
        "there is no age group `elder`",
        "infant, toddler",
    );
    finds(
        &[("[\"female\", \"male\"]", "[«\"women\"]")],
        "there is no gender `women`",
        "female, male",
    );
}

#[test]
fn advice_that_nobody_gets_and_advice_without_any() {
    finds(
        &[(
            "[advice.rest]",
            "[advice.«idle]\ntext = { en-GB = \"Idle.\", cy-GB = \"Segur.\" }\n[advice.rest]",
        )],
        "no answer gives advice `idle`",
        "leave it out",
    );
    finds(
        &[
            (
                "disposition = \"Dx9\"\nadvice = [\"worse\", \"rest\"]",
                "disposition = «\"Dx9\"",
            ),
            ("advice = [\"rest\"]", "advice = [\"rest\", \"worse\"]"),
        ],
        "Dx9 is advice, and the answer gives none",
        "advice = [\"…\"]",
    );
}

#[test]
fn all_is_told_at_once_from_the_top_down() {
    let (text, _) = spoilt(&[
        ("version = \"7\"", "version = «\"\""),
        (STRONG, "disposition = \"Dx22\""),
        ("\"SG1\"", "\"SG11\""),
        ("[\"rest\"]", "[\"reste\"]"),
    ]);
    let problems = read(&text).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_one() {
    let text = PATHWAY.replace("life-threatening = true", "life-threatning = true");
    let problems = read(&text).unwrap_err();
    assert!(
        problems[0].message.contains("unknown field"),
        "{problems:?}"
    );
    assert_eq!(
        problems[0].help.as_deref(),
        Some("did you mean `life-threatening`?")
    );
}

#[test]
fn too_many_questions() {
    let mut text = PATHWAY.replace("next = \"bleeds\"", "next = \"q0\"");
    for n in 0..98 {
        let next = match n {
            97 => "bleeds".to_owned(),
            n => format!("q{}", n + 1),
        };
        text += &format!(
            "[question.q{n}]\nlife-threatening = true\nask = {{ en-GB = \"?\", cy-GB = \"?\" }}\nanswer = [{{ text = {{ en-GB = \"a\", cy-GB = \"a\" }}, next = \"{next}\" }}, {{ text = {{ en-GB = \"b\", cy-GB = \"b\" }}, next = \"{next}\" }}]\n"
        );
    }
    let problems = read(&text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("101 questions, and 100"));
}

#[test]
fn a_file_is_named_as_a_pathway_is() {
    let source = Source::new("Chest Pain.toml", PATHWAY);
    let problems = Pathway::read("Chest Pain", &source, &codes()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().contains("is no name for a pathway"));
}

#[test]
fn a_folder_without_pathways_has_none() {
    let folder = tempfile::TempDir::new().unwrap();
    assert!(Pathways::load(folder.path(), &codes()).unwrap().is_empty());
    let pathways = folder.path().join("pathways");
    std::fs::create_dir(&pathways).unwrap();
    std::fs::write(pathways.join("pain.toml"), PATHWAY).unwrap();
    std::fs::write(pathways.join("notes.txt"), "not a pathway").unwrap();
    let loaded = Pathways::load(folder.path(), &codes()).unwrap();
    assert_eq!((loaded.len(), loaded.count_paths()), (1, 6));
}
