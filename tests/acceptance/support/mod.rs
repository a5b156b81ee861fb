//! What the acceptance tests share: the server with its shipped settings, SIPp, baresip, and peers
//! that send and measure sound.

pub mod baresip;
pub mod desk;
pub mod network;
pub mod people;
#[allow(dead_code)]
#[path = "../../../src/store/testing.rs"]
pub mod postgres;
pub mod program;
pub mod relay;
pub mod rtp;
pub mod server;
pub mod sipp;
pub mod sound;
