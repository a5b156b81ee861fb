use std::path::Path as File;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::{Codes, DispositionCode, Patient};
use crate::diagnostic::Source;

use super::*;

mod assessments;
mod cases;
mod defects;
mod histories;
mod samples;

/// One disposition of each sort.
const CODES: &str = r#"
[disposition]
Dx1 = { meaning = "999", minutes = 0, kind = "life-threatening" }
Dx2 = { meaning = "ambulance", minutes = 60, kind = "ambulance", skill = "clinician", validated-as = "Dx3" }
Dx3 = { meaning = "ambulance, confirmed", minutes = 0, kind = "ambulance" }
Dx4 = { meaning = "department", minutes = 240, kind = "emergency-department", skill = "clinician", validated-as = "Dx5" }
Dx5 = { meaning = "department, confirmed", minutes = 60, kind = "emergency-department" }
Dx6 = { meaning = "centre", minutes = 60, kind = "treatment-centre", skill = "nurse" }
Dx7 = { meaning = "dentist", minutes = 10080, kind = "dental" }
Dx8 = { meaning = "callback", minutes = 120, kind = "callback", skill = "pharmacist" }
Dx9 = { meaning = "advice", minutes = 1440, kind = "advice" }
Dx10 = { meaning = "ambulance that nobody validates", minutes = 0, kind = "ambulance" }
[symptom-group]
SG1 = "Pain"
SG2 = "Cough"
[discriminator]
SD1 = "ECG"
SD2 = "X-ray"
"#;

/// A small pathway with one of everything.
const PATHWAY: &str = r#"name = { en-GB = "Pain", cy-GB = "Poen" }
version = "7"
symptom-group = "SG1"
ages = ["adult", "older"]
genders = ["female", "male"]
languages = ["en-GB", "cy-GB"]
first = "awake"

[question.awake]
life-threatening = true
ask = { en-GB = "Awake?", cy-GB = "Effro?" }
help = { en-GB = "Listen.", cy-GB = "Gwrandewch." }
[[question.awake.answer]]
text = { en-GB = "Yes", cy-GB = "Ydy" }
next = "bleeds"
[[question.awake.answer]]
text = { en-GB = "No", cy-GB = "Nac ydy" }
disposition = "Dx1"

[question.bleeds]
life-threatening = true
ask = { en-GB = "Bleeding?", cy-GB = "Gwaedu?" }
[[question.bleeds.answer]]
text = { en-GB = "Much", cy-GB = "Llawer" }
disposition = "Dx1"
[[question.bleeds.answer]]
text = { en-GB = "Little", cy-GB = "Ychydig" }
next = "pain"
discriminators = ["SD1"]
advice = ["rest"]
[[question.bleeds.answer]]
text = { en-GB = "None", cy-GB = "Dim" }
next = "pain"

[question.pain]
ask = { en-GB = "Pain?", cy-GB = "Poen?" }
[[question.pain.answer]]
text = { en-GB = "Strong", cy-GB = "Cryf" }
disposition = "Dx2"
discriminators = ["SD2", "SD1"]
[[question.pain.answer]]
text = { en-GB = "Weak", cy-GB = "Gwan" }
disposition = "Dx9"
advice = ["worse", "rest"]

[advice.rest]
text = { en-GB = "Rest.", cy-GB = "Gorffwyswch." }
[advice.worse]
text = { en-GB = "Ring again.", cy-GB = "Ffoniwch eto." }
"#;

const ADULT: Patient = Patient {
    years: 54,
    gender: None,
};

fn codes() -> Codes {
    Codes::read(&Source::new("clinical.toml", CODES)).unwrap()
}

fn read(text: &str) -> Result<Pathway, Vec<crate::diagnostic::Problem>> {
    Pathway::read("pain", &Source::new("pain.toml", text), &codes())
}

fn pathway() -> Arc<Pathway> {
    Arc::new(read(PATHWAY).unwrap())
}

fn code(text: &str) -> DispositionCode {
    text.parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn handler() -> By {
    By::handler("1001")
}

fn nurse() -> By {
    By::clinician("2001")
}

fn routing() -> std::path::PathBuf {
    File::new(env!("CARGO_MANIFEST_DIR")).join("routing")
}

fn shipped() -> (Codes, Pathways) {
    let codes = Codes::load(&routing()).unwrap();
    let pathways = Pathways::load(&routing(), &codes).unwrap();
    (codes, pathways)
}
