//! What `ivr111 load` says of calls that are joined.

use crate::generator::{CRISIS_LINE, load};
use crate::support::network;
use crate::support::people::SOON;
use crate::support::server::Server;

#[test]
fn joined_calls_are_counted_and_their_sound_is_timed_both_ways() {
    network::enter_alone();
    let server = Server::start();
    let (good, figures) = load(&[
        "--calls",
        "20",
        "--rate",
        "20",
        "--hold",
        "5",
        "--keys",
        "2@1",
        "--answer",
        CRISIS_LINE,
    ]);
    assert!(good, "{figures}");
    for (name, wanted) in [("calls", 20), ("failed", 0), ("taken", 20)] {
        assert_eq!(figures[name], wanted, "{name}: {figures}");
    }
    assert_eq!(figures["answer_ms"]["count"], 20, "{figures}");
    assert_eq!(figures["keys"]["pressed"], 20, "{figures}");
    let number = |part: &str, name: &str| figures[part][name].as_f64().unwrap();
    let packets = |name| number("packets", name);
    // Twenty calls of 5 s are 5,000 packets; between prompt and crisis line nothing is heard for a moment.
    assert!(packets("expected") >= 4_900.0, "{figures}");
    assert!(packets("received") > 0.9 * packets("expected"), "{figures}");
    assert_eq!(packets("lost"), 0.0, "{figures}");
    // Three seconds at least of each talk, both ways.
    assert!(
        number("delay_ms", "count") > 2.0 * 20.0 * 150.0,
        "{figures}"
    );
    assert!(number("spacing_ms", "count") > 4_000.0, "{figures}");
    server.wait_metric("ivr111_calls", 0.0, SOON);
}
