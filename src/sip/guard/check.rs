//! What must hold for any bytes at all. Run over random bytes by the test below, and by the fuzzer
//! (`fuzz/fuzz_targets/guard.rs` takes in this very file).

use super::{Frame, Limits, Origin, StreamFramer, Verdict, Wire, validate};

fn frames(limits: &Limits, pieces: &[&[u8]]) -> Vec<Frame> {
    let mut framer = StreamFramer::new(limits.clone());
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        frames.extend(framer.by_ref());
    }
    frames
}

/// Panics where the guard does not keep its word: a stream is framed alike however it is cut, and a message that passes
/// passes again unchanged.
pub fn check(bytes: &[u8]) {
    let limits = Limits::default();
    let whole = frames(&limits, &[bytes]);
    let half = usize::from(bytes.first().copied().unwrap_or(0)) % bytes.len().max(1);
    let (begin, end) = bytes.split_at(half);
    assert_eq!(frames(&limits, &[begin, end]), whole, "cut at {half}");
    for wire in [Wire::Udp, Wire::Tcp] {
        settled(bytes, wire, &limits);
    }
    for frame in whole {
        if let Frame::Message(message) = frame {
            settled(&message, Wire::Tcp, &limits);
        }
    }
}

fn settled(bytes: &[u8], wire: Wire, limits: &Limits) {
    let source = ([192, 0, 2, 7], 5060).into();
    let origin = Origin { source, wire };
    let Verdict::Pass { message, .. } = validate(bytes, origin, limits) else {
        return;
    };
    match validate(&message, origin, limits) {
        Verdict::Pass { message: again, .. } => assert_eq!(again, message),
        other => panic!("passed once, then {other:?}"),
    }
    let framed = frames(limits, &[&message]);
    assert_eq!(framed, [Frame::Message(message.into_owned())]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_guard_keeps_its_word_for_any_bytes(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..2_000),
                "(BYE sip:a SIP/2\\.0\r\n([A-Za-z]{1,3} ?: ?[ -~]{0,9}\r\n( [ -~]{0,5}\r\n)?){0,9}\r\n){1,3}".prop_map(String::into_bytes),
            ],
        ) {
            super::check(&bytes);
        }
    }
}
