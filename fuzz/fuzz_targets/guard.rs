//! `cargo +nightly fuzz run guard`: any bytes at all, as a stream and as a datagram.
#![no_main]

use ivr111::sip::guard::{Frame, Limits, Origin, StreamFramer, Verdict, Wire, validate};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/sip/guard/check.rs"]
mod check;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
