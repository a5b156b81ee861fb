//! What is wrong with a table or a setting, where it stands, and what to write instead.
//!
//! [`Source`] is a file that has been read; it turns byte spans into [`Problem`]s with line and
//! column. [`Source::toml`] parses it and names the nearest known key when a key is unknown.

mod problem;
mod source;

pub use problem::Problem;
pub use source::Source;
