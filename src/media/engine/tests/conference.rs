//! Conferences on the thread, heard over real sockets.

use super::*;

/// Tones that have whole turns in 20 ms, so that one does not show in the share of another.
const CALLER: f32 = 500.0;
const HANDLER: f32 = 1000.0;
const ROOM: f32 = 1500.0;

/// Somebody on the phone, who says a tone.
struct Member {
    phone: Phone,
    leg: Leg,
    tone: f32,
}

fn member(bench: &Bench, codec: Codec, tone: f32) -> Member {
    let leg = bench.open(events().0).unwrap();
    let mut phone = Phone::new(codec);
    phone.call(&leg);
    Member { phone, leg, tone }
}

/// All say their tones for a while.
fn talk(members: &mut [Member], frames: usize) {
    let tones: Vec<SineTone> = members
        .iter()
        .map(|member| SineTone::new(member.tone, -16.0))
        .collect();
    for member in members.iter_mut() {
        member.phone.heard.clear();
    }
    let mut phones: Vec<_> = members
        .iter_mut()
        .zip(tones)
        .map(|(member, tone)| (&mut member.phone, Some(tone)))
        .collect();
    run(&mut phones, frames, frames);
}

/// Asserts that somebody has heard these tones in the last half second, at one level each, and no
/// other of the three.
fn hears(member: &Member, tones: &[f32]) {
    let samples = member.phone.samples();
    let last = &samples[samples.len() - 25 * 160..];
    for tone in [CALLER, HANDLER, ROOM] {
        let share = share_of_frames(last, tone);
        match tones.contains(&tone) {
            true => {
                let due = 1.0 / tones.len() as f32;
                assert!((share / due - 1.0).abs() < 0.15, "{tone} Hz: {share}");
            }
            false => assert!(share < 0.01, "{tone} Hz: {share}"),
        }
    }
}

#[test]
fn each_of_three_hears_the_two_others_and_not_itself() {
    let bench = engine(18_200..=18_219);
    let mut members = [
        member(&bench, Codec::Pcma, CALLER),
        member(&bench, Codec::Pcmu, HANDLER),
        member(&bench, Codec::G722, ROOM),
    ];
    // Two of them talk already.
    members[0].leg.join(&members[1].leg);
    let conference = bench.lane.conference();
    for member in &members {
        member.leg.enter(&conference, Audience::Everyone);
    }
    talk(&mut members, 60);
    hears(&members[0], &[HANDLER, ROOM]);
    hears(&members[1], &[CALLER, ROOM]);
    hears(&members[2], &[CALLER, HANDLER]);
    // One leaves: the others stay with each other.
    members[1].leg.part();
    talk(&mut members, 50);
    hears(&members[0], &[ROOM]);
    hears(&members[2], &[CALLER]);
    hears(&members[1], &[]);
    // From a conference two can be joined again.
    members[0].leg.join(&members[2].leg);
    talk(&mut members, 50);
    hears(&members[0], &[ROOM]);
    hears(&members[2], &[CALLER]);
}

#[test]
fn a_supervisor_listens_whispers_and_barges_in() {
    let bench = engine(18_220..=18_239);
    let mut members = [
        member(&bench, Codec::Pcma, CALLER),
        member(&bench, Codec::Pcma, HANDLER),
        member(&bench, Codec::Pcma, ROOM),
    ];
    let conference = bench.lane.conference();
    let (caller, handler) = (members[0].leg.clone(), members[1].leg.clone());
    let supervisor = members[2].leg.clone();
    caller.enter(&conference, Audience::Everyone);
    handler.enter(&conference, Audience::Everyone);
    supervisor.enter(&conference, Audience::Nobody);
    talk(&mut members, 60);
    hears(&members[0], &[HANDLER]);
    hears(&members[1], &[CALLER]);
    hears(&members[2], &[CALLER, HANDLER]);
    supervisor.enter(&conference, Audience::Only(handler.id()));
    talk(&mut members, 50);
    hears(&members[0], &[HANDLER]);
    hears(&members[1], &[CALLER, ROOM]);
    supervisor.enter(&conference, Audience::Everyone);
    talk(&mut members, 50);
    hears(&members[0], &[HANDLER, ROOM]);
    hears(&members[1], &[CALLER, ROOM]);
    // What a leg is played goes before what it hears.
    caller.tone(ROOM + 500.0, -10.0);
    talk(&mut members, 50);
    hears(&members[0], &[]);
    hears(&members[2], &[CALLER, HANDLER]);
    caller.stop();
    // Whoever hangs up is out; the others go on.
    handler.close();
    talk(&mut members[..1], 50);
}

#[test]
fn a_full_conference_lets_nobody_else_in_and_an_empty_one_begins_anew() {
    let bench = engine(18_240..=18_269);
    let mut members: Vec<Member> = (0..9)
        .map(|n| {
            let tone = if n == 0 { CALLER } else { HANDLER };
            member(&bench, Codec::Pcma, tone)
        })
        .collect();
    let conference = bench.lane.conference();
    members[8].leg.join(&members[7].leg);
    for member in &members[..7] {
        member.leg.enter(&conference, Audience::Nobody);
    }
    let another = member(&bench, Codec::Pcma, ROOM);
    another.leg.enter(&conference, Audience::Nobody);
    // The ninth stays with whom it was.
    members[8].leg.enter(&conference, Audience::Everyone);
    talk(&mut members[7..], 50);
    hears(&members[8], &[HANDLER]);
    // All go, and others come.
    for member in &members[..7] {
        member.leg.part();
    }
    another.leg.close();
    for n in [0, 8] {
        members[n].leg.enter(&conference, Audience::Everyone);
    }
    talk(&mut members, 50);
    hears(&members[0], &[HANDLER]);
    hears(&members[8], &[CALLER]);
}
