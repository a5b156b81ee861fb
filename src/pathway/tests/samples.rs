//! The pathways that are shipped, walked from end to end.

use std::collections::BTreeSet;

use super::*;
use crate::clinical::Kind;

const SHIPPED: [&str; 6] = [
    "chest-pain",
    "dental-pain",
    "fever-in-a-child",
    "head-injury",
    "mental-health-crisis",
    "repeat-prescription",
];

#[test]
fn they_are_samples_of_a_fair_size_and_say_so() {
    let (_, pathways) = shipped();
    let ids: Vec<&str> = pathways.iter().map(|pathway| pathway.id()).collect();
    assert_eq!(ids, SHIPPED);
    for pathway in pathways.iter() {
        assert!((8..=16).contains(&pathway.questions()), "{}", pathway.id());
        assert!(pathway.is_sample(), "{}", pathway.id());
        let first = pathway.source().text().lines().next().unwrap();
        assert!(first.contains("SAMPLE, NOT FOR CLINICAL USE"), "{first}");
    }
    for welsh in ["chest-pain", "dental-pain", "mental-health-crisis"] {
        let mut languages = pathways.get(welsh).unwrap().languages();
        assert!(languages.any(|language| language == "cy-GB"), "{welsh}");
    }
}

#[test]
fn every_path_of_each_ends_as_it_was_counted() {
    let (codes, pathways) = shipped();
    let mut kinds = BTreeSet::new();
    for pathway in pathways.iter() {
        let mut counted = pathway.dispositions();
        for path in pathway.paths() {
            let disposition = codes.disposition(&path.disposition).unwrap();
            kinds.insert(disposition.kind);
            *counted.get_mut(&path.disposition).unwrap() -= 1;
            let dangers = path.steps.iter().map(|step| {
                let question = &pathway.questions[&step.question];
                question.life_threatening
            });
            let dangers: Vec<bool> = dangers.collect();
            assert!(dangers[0], "{path:?}");
            assert!(dangers.is_sorted_by(|one, next| one >= next), "{path:?}");
            let asked: BTreeSet<&String> = path.steps.iter().map(|s| &s.question).collect();
            assert_eq!(asked.len(), path.steps.len(), "{path:?}");
        }
        assert!(counted.values().all(|left| *left == 0), "{counted:?}");
        let paths = pathway.paths().count();
        assert_eq!(pathway.count_paths(), paths as u64);
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), Kind::ALL);
}

#[test]
fn each_path_can_be_walked_in_each_language_and_leads_to_an_order() {
    let (codes, pathways) = shipped();
    for pathway in pathways.iter() {
        let age = pathway.ages().last().unwrap();
        let years = (0..=120).find(|y| crate::clinical::AgeGroup::of_years(*y) == age);
        let patient = Patient {
            years: years.unwrap(),
            gender: None,
        };
        for language in pathway.languages() {
            for path in pathway.paths().take(2_000) {
                let begun =
                    Assessment::begin(Arc::clone(pathway), patient, language, at(0), handler());
                let mut assessment = begun.unwrap();
                for step in &path.steps {
                    let asked = assessment.question().unwrap();
                    assert!(!asked.text.is_empty() && asked.answers.len() >= 2);
                    assessment
                        .answer(at(1), handler(), &step.question, step.answer)
                        .unwrap();
                }
                let end = assessment.ended().unwrap().clone();
                assert_eq!(end.path, path.steps);
                assert_eq!(end.disposition, path.disposition);
                let mut case = Case::new(at(0));
                let decided = Event::Decided { end: Box::new(end) };
                case.on(at(2), &handler(), decided, &codes).unwrap();
                assert!(case.order().is_some_and(|order| order != Order::Assess));
            }
        }
    }
}

#[test]
fn nobody_is_told_that_a_danger_can_wait() {
    // What the first questions of each say yes to is 999, or an ambulance that a clinician confirms.
    let (codes, pathways) = shipped();
    for pathway in pathways.iter() {
        let dangers = pathway.questions.values().filter(|q| q.life_threatening);
        for answer in dangers.flat_map(|question| &question.answers) {
            if let question::Way::Disposition(code) = &answer.way {
                let kind = codes.disposition(code).unwrap().kind;
                let at_once = matches!(kind, Kind::LifeThreatening | Kind::Ambulance);
                assert!(at_once, "{}: {code}", pathway.id());
            }
        }
    }
}
