//! The words in which need is spoken of: what an assessment comes to (a disposition), what the matter is (symptom
//! group and discriminators), and who the patient is. Pathways lead to them, services say which of them they
//! take. They all stand in `routing/clinical.toml`; whatever names one that does not is refused.

mod code;
mod codes;
mod disposition;
mod patient;
#[cfg(test)]
mod tests;

pub use code::{CodeError, DiscriminatorCode, DispositionCode, SymptomGroupCode};
pub use codes::Codes;
pub use disposition::{Disposition, Kind};
pub use patient::{AgeGroup, Gender, Patient};
