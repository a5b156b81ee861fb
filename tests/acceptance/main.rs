//! The acceptance tests: the real binary with its shipped settings, against SIPp, baresip and the test
//! phones of the command line. Each test has a network of its own, where the kernel allows it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alone;
mod api_conforms;
mod as_foreseen;

mod assess;
mod assessed;
mod audit;
mod call_recording;
mod callback;
mod callback_rules;
mod called_back;
mod checked;
mod codes;
mod crisis_line;
mod directory;
mod directory_line;
mod distribution;
mod emergency;
mod emergency_failures;
mod emergency_travels;
mod faults;
mod foresight;
mod generator;
mod handler_queue;
mod killed;
mod live_summary;
mod measures;
mod names;
mod outliving;
mod outliving_ours;
mod pages;
mod postcodes;
mod prompts_heard;
mod recordings;
mod ringing_again;
mod sharing;
mod sign_off;
mod signalling;
mod softphone;
mod support;
mod terminal_phones;
mod transfers;
mod trunks;
mod waiting;
