//! What a control room is told of a caller besides their number.

use crate::support::people::{BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other};
use crate::support::server::Server;

const ROOM: f64 = 619.0;
/// The trunk of the control rooms in the shipped settings.
const TRUNK: &str = "name = \"ambulance-secamb\"";

/// The request that a control room has taken: the last one before it rang.
fn request(room: &Person) -> String {
    room.sipp.wait_message("INVITE ", SOON);
    room.sipp.messages()
}

#[test]
fn the_location_that_the_network_gave_reaches_the_control_room_as_it_came() {
    let priority = format!("{TRUNK}\nresource-priority = \"esnet.0\"");
    let _server = Server::start_with(&[(TRUNK, &priority)], &[]);
    let room = Person::answers_and_hangs_up(5991, 200, TALK, ROOM);
    let caller = Person::calls_from_a_place(BRIGHTON);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    let invite = request(&room);
    assert!(invite.contains("Content-Type: multipart/mixed;boundary="));
    assert!(invite.contains("Geolocation: <cid:"), "{invite}");
    assert!(invite.contains(", <https://lis.example/1>"), "{invite}");
    assert!(invite.contains("Geolocation-Routing: no"));
    assert!(invite.contains("<gml:pos>50.8225 -0.1372</gml:pos>"));
    assert!(invite.contains("entity=\"pres:x\"") && invite.contains("Cell"));
    assert!(invite.contains("Resource-Priority: esnet.0"));
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_postcode_that_is_held_for_the_number_is_marked_as_such() {
    let server = Server::start();
    let care_home = "kind = \"care-home\"";
    let with_postcode = format!("{care_home}\npostcode = \"NE1 4LP\"");
    server.changes("routing/national.toml", &[(care_home, &with_postcode)]);
    let operator = Person::answers_and_hangs_up(5999, 200, TALK, ROOM);
    let caller = Person::calls("111", "+441632960111", false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &operator.rtp, ROOM);
    let invite = request(&operator);
    assert!(invite.contains("<ca:PC>NE1 4LP</ca:PC>"), "{invite}");
    assert!(invite.contains("<gp:method>Manual</gp:method>"));
    assert!(invite.contains("this postcode is held for the caller"));
    operator.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn where_nothing_is_known_no_location_is_made_up() {
    let _server = Server::start();
    let room = Person::answers_and_hangs_up(5991, 200, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    let invite = request(&room);
    assert!(!invite.contains("Geolocation") && !invite.contains("multipart"));
    assert!(!invite.contains("Resource-Priority"));
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_room_that_refuses_what_goes_along_is_asked_again_plainly() {
    let urn = format!("{TRUNK}\nemergency-urn = true");
    for (status, trunk) in [(415, TRUNK), (416, &urn)] {
        let server = Server::start_with(&[(TRUNK, trunk)], &[]);
        let room = Person::takes_plain(5991, status, TALK, ROOM);
        let caller = Person::calls_from_a_place(BRIGHTON);
        caller.presses("9");
        hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
        let invites = request(&room);
        assert!(invites.contains("CSeq: 1 INVITE") && invites.contains("CSeq: 2 INVITE"));
        let plain = invites.split("CSeq: 2 INVITE").nth(1).unwrap();
        let plain = plain.split("ACK sip:").next().unwrap();
        assert!(!plain.contains("multipart") && !plain.contains("Geolocation"));
        room.sipp.succeeds(SOON);
        caller.sipp.succeeds(SOON);
        drop(server);
    }
}

#[test]
fn a_trunk_that_wants_the_service_urn_gets_it_by_a_route() {
    let urn = format!("{TRUNK}\nemergency-urn = true");
    let _server = Server::start_with(&[(TRUNK, &urn)], &[]);
    let room = Person::answers_and_hangs_up(5991, 200, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    let invite = request(&room);
    assert!(invite.contains("INVITE urn:service:sos.ambulance SIP/2.0"));
    assert!(
        invite.contains("Route: <sip:999@127.0.0.1:5991;lr>"),
        "{invite}"
    );
    assert!(invite.contains("To: <urn:service:sos.ambulance>"));
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}
