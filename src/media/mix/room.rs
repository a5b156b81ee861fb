//! A conference: who hears whom.

use std::time::Duration;

use super::{JitterBuffer, Played, TURN};

/// Members of a room at most.
pub(crate) const MEMBERS: usize = 8;
/// Samples over which a member comes into a mix or goes out of it when its audience changes: 5 ms.
const RAMP: usize = 80;

/// Who hears a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    /// All the others.
    #[default]
    Everyone,
    /// One other: whispering. Nobody, while that one is not in the room.
    Only(usize),
    /// Listening.
    Nobody,
}

impl Audience {
    fn has(self, member: usize) -> bool {
        match self {
            Audience::Everyone => true,
            Audience::Only(one) => one == member,
            Audience::Nobody => false,
        }
    }
}

/// A conference of up to [`MEMBERS`]. Each member hears the sum of all whose audience it is of, at
/// the level at which they came, and never itself; too loud a sum is limited to full scale.
#[derive(Debug, Default)]
pub(crate) struct Room {
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    id: usize,
    audience: Audience,
    /// The audience that it had in the last turn.
    before: Audience,
    received: JitterBuffer,
    /// What it says in this turn; only looked at if it `speaks`.
    says: [i16; TURN],
    speaks: bool,
    hears: [i16; TURN],
}

impl Room {
    /// An empty room.
    pub(crate) fn new() -> Room {
        Room {
            members: Vec::with_capacity(MEMBERS),
        }
    }

    /// Lets a member in; whether it is in now. One that has been in keeps its sound and only gets
    /// another audience. This allocates the member's jitter buffer.
    pub(crate) fn enter(&mut self, member: usize, audience: Audience) -> bool {
        if self.find(member).is_some() {
            self.set_audience(member, audience);
            return true;
        }
        if self.members.len() >= MEMBERS {
            return false;
        }
        self.members.push(Member {
            id: member,
            audience,
            before: audience,
            received: JitterBuffer::new(),
            says: [0; TURN],
            speaks: false,
            hears: [0; TURN],
        });
        true
    }

    /// Lets a member out; nothing is heard of it from the next turn on.
    pub(crate) fn leave(&mut self, member: usize) {
        self.members.retain(|m| m.id != member);
    }

    /// Members in the room.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Who hears a member from the next turn on. What is still waiting was said before: those who
    /// hear it no more get 5 ms of it, fading out.
    pub(crate) fn set_audience(&mut self, member: usize, audience: Audience) {
        if let Some(member) = self.find(member) {
            member.audience = audience;
        }
    }

    /// Takes a packet of a member; see [`JitterBuffer::push`]. One who is not in is not heard.
    pub(crate) fn push(
        &mut self,
        member: usize,
        now: Duration,
        sequence: u16,
        timestamp: u32,
        samples: &[i16],
    ) {
        if let Some(member) = self.find(member) {
            member.received.push(now, sequence, timestamp, samples);
        }
    }

    /// What comes of a member from now on is of another source; see [`JitterBuffer::restart`].
    pub(crate) fn restart(&mut self, member: usize) {
        if let Some(member) = self.find(member) {
            member.received.restart();
        }
    }

    /// Mixes the next 20 ms; to be called every 20 ms. Called late or left out, it does no harm.
    pub(crate) fn turn(&mut self, now: Duration) {
        for member in &mut self.members {
            member.speaks = member.received.pull(now, &mut member.says) != Played::Silence;
        }
        for listener in 0..self.members.len() {
            self.mix(listener);
        }
        for member in &mut self.members {
            member.before = member.audience;
        }
    }

    /// What a member hears in this turn; zeros before the first. `None` if it is not in.
    pub(crate) fn hear(&self, member: usize) -> Option<&[i16; TURN]> {
        let found = self.members.iter().find(|m| m.id == member)?;
        Some(&found.hears)
    }

    fn mix(&mut self, listener: usize) {
        let Some(id) = self.members.get(listener).map(|m| m.id) else {
            return;
        };
        let mut sum = [0i32; TURN];
        for speaker in self.members.iter().filter(|m| m.speaks && m.id != id) {
            match (speaker.before.has(id), speaker.audience.has(id)) {
                (true, true) => add(&mut sum, &speaker.says),
                (false, true) => ramp(&mut sum, &speaker.says, |n| n + 1),
                (true, false) => ramp(&mut sum, &speaker.says, |n| RAMP - 1 - n),
                (false, false) => {}
            }
        }
        if let Some(listener) = self.members.get_mut(listener) {
            for (heard, sum) in listener.hears.iter_mut().zip(sum) {
                *heard = sum.clamp(-32_767, 32_767) as i16;
            }
        }
    }

    fn find(&mut self, member: usize) -> Option<&mut Member> {
        self.members.iter_mut().find(|m| m.id == member)
    }
}

fn add(sum: &mut [i32], says: &[i16]) {
    for (sum, &said) in sum.iter_mut().zip(says) {
        *sum += i32::from(said);
    }
}

/// Adds with a share, in `RAMP` parts, that changes over the first samples and then stays.
fn ramp(sum: &mut [i32], says: &[i16], share: impl Fn(usize) -> usize) {
    for (n, (sum, &said)) in sum.iter_mut().zip(says).enumerate() {
        let share = share(n.min(RAMP - 1)) as i32;
        *sum += i32::from(said) * share / RAMP as i32;
    }
}

#[cfg(test)]
mod tests;
