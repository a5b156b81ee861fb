//! Assessment algorithms: what a pathway file says, whether it can be trusted, the machine that leads a handler
//! through it, and the machine that sees to whatever it comes to. Every path ends in a disposition, what is
//! asked of life-threatening things is asked first, and a case that is open always says what comes next.

mod advice;
mod assessment;
mod by;
mod case;
mod check;
mod end;
mod event;
mod file;
mod model;
mod need;
mod order;
mod outcome;
mod pathways;
mod question;
mod read;
mod record;
mod refusal;
mod stamp;
#[cfg(test)]
mod tests;
mod text;
mod walk;

pub use advice::Advice;
pub use assessment::Assessment;
pub use by::By;
pub use case::{Case, Entry, State};
pub use end::{End, Step};
pub use event::{CameOf, Event};
pub use model::Pathway;
pub use need::Need;
pub use order::{Order, in_words};
pub use outcome::{Closed, Outcome};
pub use pathways::{Pathways, Summary};
pub use question::{Asked, Choice};
pub use record::{Act, Deed, Record};
pub use refusal::{NotNow, Refused, Unresumable};
pub use stamp::Stamp;
pub use walk::{Path, Paths};
