//! Answers the NHS's 111 line: SIP in front, prompts and keys, regions, a handler's queue,
//! clinical callbacks, crisis lines and 999 behind.
//!
//! The rooms on the *ground* decide and do nothing else: they read no clock, open no socket and
//! await nothing. The *edges* act. `call` joins the two, one task per call.

// The ground: pure.
pub mod audit;
pub mod callback;
pub mod clinical;
pub mod diagnostic;
pub mod directory;
pub mod emergency;
pub mod flow;
pub mod health;
pub mod identity;
pub mod pathway;
pub mod queue;
pub mod routing;
pub mod settings;
pub mod sign_off;
pub mod transfer;

// The edges, and what they tell the calls by.
pub mod alert;
pub mod live;
pub mod mailbox;
pub mod media;
pub mod sip;
pub mod steady;
pub mod store;

// Above them.
pub mod call;
pub mod cli;
pub mod desk;
pub mod report;
pub mod simulate;
