//! Pages that tell figures: one HTML document that holds all that it needs, with plots as SVG and behind every
//! plot the figures it was drawn from. Pure: a [`Page`] says what there is to tell, [`Page::html`] writes it.
//!
//! Whatever the texts and figures are, the document is well formed, by the rules of XML too. Nothing in it is
//! told by colour alone, and nothing needs a script.

mod axis;
mod figures;
mod frame;
mod legend;
mod lying;
mod marks;
mod notation;
mod pen;
mod places;
mod plot;
mod sheet;
mod svg;
mod table;
mod targets;
#[cfg(test)]
mod tests;
mod text;
mod thin;
mod told;
mod upright;

pub use notation::{clock, number};
pub use plot::{Plot, Series, Shape, X};
pub use sheet::{Block, Page, Part};
pub use table::{Cell, Table};
