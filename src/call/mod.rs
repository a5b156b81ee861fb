//! One task per call: it feeds what happens to the machines of the ground, and carries out what they
//! answer. It decides nothing itself.
//!
//! A [`Service`] is everything that calls share. A call that comes in becomes a case: answered, led
//! through the menus, brought to its destination. Whoever is promised a call, or keeps a
//! place, has a task that makes it; once they are on the line it is a case like any other. A call by which a
//! handler steers is no case.

mod again;
mod announce;
mod book_keeper;
mod callback;
mod capacities;
mod capacity_line;
mod case;
mod chain_head;
mod clock;
mod code;
mod colleague;
mod conversation;
mod crisis;
mod decision;
mod descriptors;
mod desks;
mod emergency;
mod handlers;
mod handling;
mod health;
mod identity_out;
mod inheritance;
mod keeper;
mod keeping;
mod kept_place;
mod kept_places;
mod letting_go;
mod log;
mod menu;
mod offers;
mod opening;
mod ordering;
mod orders;
mod outliving;
mod outreach;
mod outside;
mod outward;
mod parties;
mod passage;
mod phones;
mod plan;
mod playlists;
mod promise;
mod providers;
mod putting_back;
mod queue_figures;
mod reception;
mod ring_back;
mod ring_backs;
mod service;
mod service_line;
mod sought;
mod standing;
mod visits;
mod voice;
mod wait;
mod waited;
mod waiting;
mod waiting_room;

pub use announce::SERVICE_PROMPTS;
pub(crate) use announce::{
    CALLBACK_BOOKED, CALLBACK_NOT_BOOKED, CRISIS_CONNECTING, CRISIS_NO_ANSWER, QUEUE_FULL_CALLBACK,
    QUEUE_KEPT,
};
pub use desks::{About, Answer, Ordered};
pub use outliving::keep_positions;
pub use plan::Plan;
pub use service::{DrainLimits, Service, ServiceParts};
