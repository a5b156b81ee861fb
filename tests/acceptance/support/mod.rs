//! What the acceptance tests share: the server with its shipped settings, SIPp, baresip, and peers
//! that send and measure sound.

pub mod api;
pub mod baresip;
pub mod browser;
pub mod crowd;
pub mod desk;
pub mod mass;
pub mod network;
pub mod nodes;
pub mod people;
#[allow(dead_code)]
#[path = "../../../src/store/testing.rs"]
pub mod postgres;
pub mod prober;
pub mod program;
pub mod relay;
pub mod rtp;
pub mod server;
pub mod shift;
pub mod signers;
pub mod sipp;
pub mod sound;
pub mod webhook;
