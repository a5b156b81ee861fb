use serde::Serialize;
use thiserror::Error;

/// Why an assessment does not do what it was asked to. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case", tag = "refused", content = "detail")]
pub enum Refused {
    /// The pathway is for other patients.
    #[error("{pathway} is not for this patient: it is for {whom}")]
    NotForPatient {
        /// Its id.
        pathway: String,
        /// For whom it is.
        whom: String,
    },
    /// The pathway has no texts in the language.
    #[error("{pathway} is not offered in {language}, but in {offered}")]
    NotInLanguage {
        /// Its id.
        pathway: String,
        /// What was asked for.
        language: String,
        /// What there is.
        offered: String,
    },
    /// The answer is to another question than the one that is open: it was given twice, perhaps.
    #[error("`{given}` is not asked now, but `{open}`")]
    NotAsked {
        /// To which question it was given.
        given: String,
        /// Which is open.
        open: String,
    },
    /// The question has no such answer.
    #[error("`{question}` has no answer {number}: there are 1 to {most}")]
    NoSuchAnswer {
        /// The question.
        question: String,
        /// What was given.
        number: usize,
        /// What there is.
        most: usize,
    },
    /// There is nothing left to answer.
    #[error("the assessment has ended")]
    Ended,
    /// There is no end that could be acted on.
    #[error("the assessment has not ended")]
    NotEnded,
    /// No answer stands that could be taken back.
    #[error("there is no answer to take back")]
    NothingToTakeBack,
    /// Something has been done with the end.
    #[error("what the assessment came to has been acted on: it stands")]
    ActedOn,
    /// So much has been taken back that no more may be.
    #[error("too many answers have been taken back: answer what is asked")]
    TooLong,
}

/// Why an assessment cannot be gone on with from its record.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case", tag = "refused", content = "detail")]
pub enum Unresumable {
    /// It was made with another pathway.
    #[error("it was made with the pathway `{made_with}`, and this is `{given}`")]
    OtherPathway {
        /// Its id.
        made_with: String,
        /// The one that was given.
        given: String,
    },
    /// It was made with another version.
    #[error("it was made with version {made_with} of `{pathway}`, and this is {given}")]
    OtherVersion {
        /// The pathway.
        pathway: String,
        /// Its version then.
        made_with: String,
        /// Its version now.
        given: String,
    },
    /// The version is the same, and yet the file has been altered.
    #[error(
        "`{pathway}` {version} has been altered since: its content is {given}, and was {made_with}"
    )]
    OtherContent {
        /// The pathway.
        pathway: String,
        /// Its version.
        version: String,
        /// Its content's hash then.
        made_with: String,
        /// And now.
        given: String,
    },
    /// The record is none that such an assessment could have made.
    #[error("its record is damaged at deed {deed}: {why}")]
    Damaged {
        /// Which deed, counted from 1; 0 is the beginning.
        deed: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Why a case does not take what was said to have happened. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "kebab-case", tag = "refused", content = "detail")]
pub enum NotNow {
    /// It is with 999, and nothing undoes that.
    #[error("the ambulance is on its way: nothing undoes that")]
    OnItsWay,
    /// It is closed.
    #[error("the case is closed")]
    Closed,
    /// Only a clinician may.
    #[error("only a clinician may do that: hand the case over")]
    ClinicianOnly,
    /// It does not fit what is to be done now.
    #[error("that does not fit: {now}")]
    OutOfTurn {
        /// What is to be done now.
        now: String,
    },
    /// Nobody knows the code.
    #[error("there is no disposition `{0}`")]
    UnknownDisposition(String),
    /// Nobody knows the code.
    #[error("there is no symptom group `{0}`")]
    UnknownSymptomGroup(String),
    /// A service is looked up for it, and nothing says what the matter is.
    #[error("{0} asks the directory: say the symptom group as well")]
    SymptomGroupWanted(String),
    /// The service has been tried.
    #[error("`{0}` has been tried: choose another service")]
    StruckOut(String),
    /// A text is missing, or longer than it may be.
    #[error("{what} must have 1 to {most} characters")]
    Text {
        /// What it is.
        what: &'static str,
        /// The most characters.
        most: usize,
    },
    /// So much has happened that the case can only be closed.
    #[error("too much has happened in this case: bring it to an end, or have a clinician close it")]
    TooLong,
}
