use proptest::prelude::*;

use super::*;
use crate::clinical::Gender;

fn begun(language: &str) -> Assessment {
    Assessment::begin(pathway(), ADULT, language, at(0), handler()).unwrap()
}

fn open(assessment: &Assessment) -> String {
    assessment.question().unwrap().question
}

fn give(assessment: &mut Assessment, seconds: i64, number: usize) {
    let question = open(assessment);
    assessment
        .answer(at(seconds), handler(), &question, number)
        .unwrap();
}

#[test]
fn a_question_is_asked_in_the_language_with_numbered_answers() {
    let asked = begun("cy-GB").question().unwrap();
    assert_eq!(
        (asked.question.as_str(), asked.text.as_str()),
        ("awake", "Effro?")
    );
    assert_eq!(asked.help.as_deref(), Some("Gwrandewch."));
    assert!(asked.life_threatening);
    let answers: Vec<_> = asked
        .answers
        .iter()
        .map(|a| (a.number, a.text.as_str()))
        .collect();
    assert_eq!(answers, [(1, "Ydy"), (2, "Nac ydy")]);
}

#[test]
fn the_end_has_all_that_came_up_on_the_way() {
    let mut assessment = begun("cy-GB");
    for (seconds, number) in [(1, 1), (2, 2), (3, 2)] {
        assert_eq!(assessment.ended(), None);
        give(&mut assessment, seconds, number);
    }
    let end = assessment.ended().unwrap();
    assert_eq!(end.disposition, code("Dx9"));
    assert_eq!(end.symptom_group.as_str(), "SG1");
    let names: Vec<_> = end.advice.iter().map(|a| a.text.as_str()).collect();
    assert_eq!(names, ["Gorffwyswch.", "Ffoniwch eto."]);
    let path: Vec<_> = end
        .path
        .iter()
        .map(|s| (s.question.as_str(), s.answer))
        .collect();
    assert_eq!(path, [("awake", 1), ("bleeds", 2), ("pain", 2)]);
    assert_eq!(end.pathway, assessment.pathway().stamp());
    assert!(assessment.question().is_none());

    let mut assessment = begun("en-GB");
    for number in [1, 2, 1] {
        give(&mut assessment, 1, number);
    }
    let codes = &assessment.ended().unwrap().discriminators;
    let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
    assert_eq!(codes, ["SD1", "SD2"]);
}

#[test]
fn back_opens_the_last_question_again_and_nothing_is_forgotten() {
    let mut assessment = begun("en-GB");
    assert_eq!(
        assessment.back(at(1), handler()),
        Err(Refused::NothingToTakeBack)
    );
    give(&mut assessment, 1, 1);
    give(&mut assessment, 2, 1);
    assert!(assessment.ended().is_some());
    assessment.back(at(3), nurse()).unwrap();
    assert_eq!(
        (open(&assessment).as_str(), assessment.ended()),
        ("bleeds", None)
    );
    assessment.back(at(4), handler()).unwrap();
    assert_eq!(open(&assessment), "awake");
    give(&mut assessment, 5, 2);
    let deeds = &assessment.record().deeds;
    let acts: Vec<_> = deeds
        .iter()
        .map(|deed| match &deed.act {
            Act::Answered { asked, said, .. } => format!("{} {asked} {said}", deed.by.account),
            Act::TakenBack { question } => format!("{} back to {question}", deed.by.account),
            Act::ActedOn => "acted on".to_owned(),
        })
        .collect();
    assert_eq!(
        acts,
        [
            "1001 Awake? Yes",
            "1001 Bleeding? Much",
            "2001 back to bleeds",
            "1001 back to awake",
            "1001 Awake? No",
        ]
    );
}

#[test]
fn what_has_been_acted_on_stands() {
    let mut assessment = begun("en-GB");
    assert_eq!(assessment.act_on(at(1), handler()), Err(Refused::NotEnded));
    give(&mut assessment, 1, 2);
    assessment.act_on(at(2), handler()).unwrap();
    assert_eq!(assessment.back(at(3), handler()), Err(Refused::ActedOn));
    assert_eq!(assessment.act_on(at(3), handler()), Err(Refused::ActedOn));
    assert_eq!(
        assessment.answer(at(3), handler(), "awake", 1),
        Err(Refused::Ended)
    );
    assert!(assessment.ended().is_some());
}

#[test]
fn an_answer_to_another_question_or_of_another_number_is_refused() {
    let mut assessment = begun("en-GB");
    give(&mut assessment, 1, 1);
    let before = assessment.record().clone();
    let twice = assessment.answer(at(2), handler(), "awake", 1).unwrap_err();
    assert_eq!(twice.to_string(), "`awake` is not asked now, but `bleeds`");
    for number in [0, 4, usize::MAX] {
        let refused = assessment.answer(at(2), handler(), "bleeds", number);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("there are 1 to 3"), "{refused}");
    }
    assert_eq!(*assessment.record(), before);
}

#[test]
fn a_patient_for_whom_it_is_not_is_refused() {
    let begin = |text: &str, years, gender, language: &str| {
        let patient = Patient { years, gender };
        let pathway = Arc::new(read(text).unwrap());
        let begun = Assessment::begin(pathway, patient, language, at(0), handler());
        begun.map(drop).map_err(|refused| refused.to_string())
    };
    let child = begin(PATHWAY, 15, None, "en-GB").unwrap_err();
    assert_eq!(
        child,
        "pain is not for this patient: it is for adult, older"
    );
    assert_eq!(begin(PATHWAY, 16, None, "en-GB"), Ok(()));
    let french = begin(PATHWAY, 54, None, "fr-FR").unwrap_err();
    assert_eq!(french, "pain is not offered in fr-FR, but in cy-GB, en-GB");
    let women = PATHWAY.replace("[\"female\", \"male\"]", "[\"female\"]");
    assert_eq!(begin(&women, 54, Some(Gender::Female), "en-GB"), Ok(()));
    for gender in [Some(Gender::Male), None] {
        let refused = begin(&women, 54, gender, "en-GB").unwrap_err();
        assert!(refused.ends_with("adult, older, female alone"), "{refused}");
    }
}

#[test]
fn another_version_or_content_is_refused_by_name() {
    let mut assessment = begun("en-GB");
    give(&mut assessment, 1, 1);
    let resume = |text: &str| {
        let pathway = Arc::new(read(text).unwrap());
        let resumed = Assessment::resume(assessment.record().clone(), pathway);
        resumed.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(resume(PATHWAY), Ok(()));
    assert_eq!(
        resume(&PATHWAY.replace("\"7\"", "\"8\"")).unwrap_err(),
        "it was made with version 7 of `pain`, and this is 8"
    );
    let altered = resume(&PATHWAY.replace("Listen.", "Listen!")).unwrap_err();
    assert!(
        altered.starts_with("`pain` 7 has been altered since"),
        "{altered}"
    );
    let source = Source::new("ache.toml", PATHWAY);
    let other = Arc::new(Pathway::read("ache", &source, &codes()).unwrap());
    let other = Assessment::resume(assessment.record().clone(), other).unwrap_err();
    assert_eq!(
        other.to_string(),
        "it was made with the pathway `pain`, and this is `ache`"
    );
}

#[test]
fn a_damaged_record_is_refused_with_the_deed() {
    let mut assessment = begun("en-GB");
    give(&mut assessment, 1, 1);
    give(&mut assessment, 2, 3);
    let sound = assessment.record().clone();
    let damage = |spoil: &dyn Fn(&mut Record)| {
        let mut record = sound.clone();
        spoil(&mut record);
        let resumed = Assessment::resume(record, pathway());
        match resumed.map(drop) {
            Err(Unresumable::Damaged { deed, .. }) => deed,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(damage(&|r| r.patient.years = 3), 0);
    assert_eq!(damage(&|r| r.language = "fr-FR".into()), 0);
    assert_eq!(damage(&|r| r.deeds[1].at = at(0)), 2);
    assert_eq!(damage(&|r| r.deeds.swap(0, 1)), 1);
    assert_eq!(
        damage(&|r| {
            r.deeds[0].act = Act::TakenBack {
                question: "pain".into(),
            }
        }),
        1
    );
    let other_words = |record: &mut Record| {
        if let Act::Answered { said, .. } = &mut record.deeds[1].act {
            *said = "Much".into();
        }
    };
    assert_eq!(damage(&other_words), 2);
}

#[test]
fn going_back_and_forth_has_an_end_and_answering_has_none() {
    let mut assessment = begun("en-GB");
    let refused = loop {
        give(&mut assessment, 1, 1);
        if let Err(refused) = assessment.back(at(1), handler()) {
            break refused;
        }
    };
    assert_eq!(refused, Refused::TooLong);
    while assessment.question().is_some() {
        give(&mut assessment, 1, 1);
    }
    assert!(assessment.ended().is_some());
    let again = Assessment::resume(assessment.record().clone(), pathway()).unwrap();
    assert_eq!(again.ended(), assessment.ended());
}

/// What somebody does: answers by a number, goes back, or acts on the end; after so many seconds.
fn deeds() -> impl Strategy<Value = Vec<(u8, usize, i64)>> {
    proptest::collection::vec((0u8..8, 0usize..5, -5i64..100), 0..60)
}

fn walk(deeds: &[(u8, usize, i64)], mut check: impl FnMut(&Assessment)) -> Assessment {
    let mut assessment = begun("en-GB");
    let mut now = 0;
    for (what, number, seconds) in deeds {
        now += seconds;
        let _ = match what {
            0..=4 => {
                let open = assessment.question().map_or("pain".into(), |q| q.question);
                assessment.answer(at(now), handler(), &open, *number)
            }
            5 | 6 => assessment.back(at(now), nurse()),
            _ => assessment.act_on(at(now), handler()),
        };
        check(&assessment);
    }
    assessment
}

proptest! {
    #[test]
    fn an_assessment_survives_a_restart_at_any_moment(deeds in deeds()) {
        let paths: Vec<Path> = pathway().paths().collect();
        let mut seen = 0;
        let last = walk(&deeds, |assessment| {
            let kept = serde_json::to_string(assessment.record()).unwrap();
            let record: Record = serde_json::from_str(&kept).unwrap();
            let again = Assessment::resume(record, pathway()).unwrap();
            assert_eq!(again.record(), assessment.record());
            assert_eq!(again.question(), assessment.question());
            assert_eq!(again.ended(), assessment.ended());
            assert_eq!(again.steps(), assessment.steps());
            // Either something is asked, or it has come to what that path comes to.
            assert_ne!(assessment.question().is_some(), assessment.ended().is_some());
            if let Some(end) = assessment.ended() {
                let path = paths.iter().find(|path| path.steps == end.path).unwrap();
                assert_eq!(path.disposition, end.disposition);
            }
            let deeds = &assessment.record().deeds;
            assert!(deeds.len() >= seen, "something was forgotten");
            seen = deeds.len();
            assert!(deeds.is_sorted_by_key(|deed| deed.at));
        });
        let again = walk(&deeds, |_| {});
        prop_assert_eq!(last.record(), again.record());
    }
}
