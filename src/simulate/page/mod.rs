//! A simulated day as a page, by the parts of a report and what only a simulation knows: how many wait at each moment, how
//! busy people are, what becomes of 999. The page says of itself that it is a simulation.

mod day_page;
mod emergencies;
mod moments;
mod on_the_line;
mod quarters;
mod queueing;
mod reckoned;
mod setting;
mod staffing;
#[cfg(test)]
mod tests;

pub use day_page::DayPage;
