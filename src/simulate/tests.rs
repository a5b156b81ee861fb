//! Simulated days: against theory, and for what must hold of any day.

mod against_theory;
mod days;
mod lab;
mod theory;
