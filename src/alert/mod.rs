//! Alerts: what somebody has to know at once. Each is a line in the log and a figure, and goes to a webhook
//! where there is one.

mod alerts;
mod post;
mod said;
mod sender;

pub use alerts::{Alert, Alerts};
