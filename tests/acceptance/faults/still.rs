//! The process stands still for a while, as a machine does that is moved to another host.

use std::time::{Duration, Instant};

use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, registers};
use crate::support::server::Server;
use crate::support::shift::Shift;

use super::{HANDLER, HOLD, ROOM, Scene, TALKING, is_written_down};

const STILL: Duration = Duration::from_secs(10);
/// Those who talked hear each other again within a second; the machine may need as much for itself.
const AGAIN: Duration = Duration::from_secs(2);

#[test]
fn after_ten_seconds_of_standing_still_everybody_is_where_they_were() {
    let mut scene = Scene::begin(Server::start());
    // Somebody waits: whoever could take them talks.
    let busy = Person::calls("111", BRIGHTON, false);
    busy.presses("12");
    hear_each_other(&busy.rtp, CALLER, &scene.desk.calls[0], HANDLER);
    let waits = Person::calls("111", "+441273555001", false);
    waits.presses("12");
    scene.server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    scene.server.signal("STOP");
    let stopped = Instant::now();
    let rings = Person::calls_and_hangs_up("111", "+441273555002", false, HOLD);
    std::thread::sleep(STILL.saturating_sub(stopped.elapsed()));
    let before = [&scene.talker, &scene.handler].map(|person| person.rtp.heard().len());
    scene.server.signal("CONT");
    let again = Instant::now();
    for ((person, from), tone) in [&scene.talker, &scene.handler]
        .into_iter()
        .zip(before)
        .zip([TALKING, CALLER])
    {
        person.rtp.wait_tone_after(from, tone, AGAIN);
    }
    println!("they hear each other again after {:?}", again.elapsed());
    scene.is_alerted("stood-still", "the process stood still for");
    // Who rang meanwhile is answered, and is brought to 999 as ever.
    rings.presses("9");
    hear_each_other(&rings.rtp, CALLER, &scene.room.calls[0], ROOM);
    rings.sipp.succeeds(SOON);
    scene.emergencies += 1;
    // Who waited waits still, and is the next.
    let next = Shift::answers(0, 1, HANDLER + 200.0);
    registers("1003", next.port);
    hear_each_other(&waits.rtp, CALLER, &next.calls[0], HANDLER + 200.0);
    hear_each_other(&busy.rtp, CALLER, &scene.desk.calls[0], HANDLER);
    scene.calls += 1;
    drop((busy, waits));
    scene.so_far = scene.talker.rtp.heard().len();
    scene.reaches_999();
    is_written_down(&scene.server, "+441273555002", "emergency");
    crate::callback::books(&scene.server, false);
    scene.they_talk_still();
}
