//! `ivr111 report`: what happened, in the measures that the service is held to.

mod adc;
mod csv;
mod duplication;
mod form;
mod gaps;
mod outcomes;
mod reading;
mod text;

pub(super) use reading::{courses_while, past_calls};
pub(super) use text::measured as print_measured;

use super::Outcome;
use super::args::{Report, ReportCommand};

pub(super) fn run(arguments: &Report) -> Outcome {
    match &arguments.command {
        ReportCommand::Adc(arguments) => adc::run(arguments),
        ReportCommand::Outcomes(arguments) => outcomes::run(arguments),
        ReportCommand::Gaps(arguments) => gaps::run(arguments),
        ReportCommand::Duplication(arguments) => duplication::run(arguments),
    }
}
