use super::*;

#[test]
fn a_code_says_by_when_and_who() {
    let all = Dispositions::default();
    for (code, minutes, skill) in [
        ("Dx11", 60, "clinician"),
        ("Dx12", 120, "clinician"),
        ("Dx15", 24 * 60, "clinician"),
        ("Dx17", 60, "dental-nurse"),
        ("Dx33", 20, "clinician"),
        ("Dx32", 5, "clinician"),
        ("Dx80", 360, "pharmacist"),
    ] {
        let found = all.find(code).unwrap();
        assert_eq!(found.deadline.of(at(0)), at(minutes * 60), "{code}");
        assert_eq!(found.skill, skill, "{code}");
    }
}

#[test]
fn a_code_is_a_text_and_no_other_will_do() {
    for code in ["Dx012", "Dx1", "Dx120", "dx12", "Dx12 ", "12", ""] {
        let error = Dispositions::default().find(code).unwrap_err();
        assert_eq!(error, UnknownDisposition(code.to_owned()));
        assert!(error.to_string().contains(&format!("`{code}`")));
    }
}

#[test]
fn what_is_put_in_stands_in_place_of_what_was_there() {
    let mut all = Dispositions::default();
    let given = Disposition {
        deadline: Deadline::At(at(7)),
        skill: "gp".into(),
    };
    all.set("Dx11", given.clone());
    assert_eq!(all.find("Dx11"), Ok(&given));
    assert_eq!(given.deadline.of(at(100)), at(7));
}

#[test]
fn a_time_beyond_all_times_is_the_last_there_is() {
    assert_eq!(Deadline::Within(Duration::MAX).of(at(0)), Timestamp::MAX);
}
