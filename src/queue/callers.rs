//! Everybody who waits, so ordered that the next one is found without looking at all of them: callers of
//! whom the same is needed stand in one line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Priority;
use crate::identity::Reference;

use super::eligibility::{Needs, Rank};
use super::event::Place;
use super::handler::{HandlerId, ProfileId};
use super::wanted::Wanted;

/// Which caller comes first: emergencies, then those who have been with a handler already, then by time of
/// arrival, from which each priority takes some time off.
pub(super) type Turn = (u8, Timestamp, Reference);

pub(super) type LineId = usize;

/// Beyond so many lines, those in which nobody stands are cleared away.
const LINES: usize = 4_096;

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) wanted: Wanted,
    pub(super) place: Place,
    pub(super) since: Timestamp,
    /// Whose phones ring for them.
    pub(super) offered_to: BTreeSet<HandlerId>,
    /// Who has let them ring or has refused them: asked again only after all others.
    pub(super) passed_over: BTreeSet<HandlerId>,
    /// Steps of overflow that their waiting has brought.
    pub(super) steps: usize,
    /// They are not on the line, and have been tried so often.
    pub(super) kept: Option<u32>,
    /// To be offered to nobody before then: they could not be reached.
    pub(super) not_before: Option<Timestamp>,
    line: Option<LineId>,
    /// When something happens to them by time alone.
    due: Option<Timestamp>,
}

impl Waiting {
    pub(super) fn new(wanted: Wanted, place: Place, since: Timestamp) -> Self {
        Waiting {
            wanted,
            place,
            since,
            offered_to: BTreeSet::new(),
            passed_over: BTreeSet::new(),
            steps: 0,
            kept: None,
            not_before: None,
            line: None,
            due: None,
        }
    }

    pub(super) fn is_emergency(&self) -> bool {
        self.wanted.priority == Priority::Emergency
    }

    pub(super) fn turn(&self, ticket: Reference, ageing: Duration) -> Turn {
        let levels = match self.wanted.priority {
            Priority::Emergency => return (0, self.since, ticket),
            Priority::YoungOrOld => 2,
            Priority::HealthProfessional => 1,
            Priority::Ordinary => 0,
        };
        let ahead = SignedDuration::try_from(ageing).unwrap_or(SignedDuration::MAX);
        let ahead = ahead.saturating_mul(levels);
        let from = self.since.checked_sub(ahead).unwrap_or(Timestamp::MIN);
        let tier = if self.place == Place::Top { 1 } else { 2 };
        (tier, from, ticket)
    }

    fn needs(&self) -> Needs {
        let priority = match self.wanted.priority {
            Priority::Emergency => Priority::Emergency,
            _ => Priority::Ordinary,
        };
        let mut wanted = self.wanted.clone();
        wanted.priority = priority;
        Needs {
            wanted,
            steps: self.steps,
            passed_over: self.passed_over.clone(),
        }
    }
}

/// Callers of whom the same is needed.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) needs: Needs,
    /// Profiles that will do, the best first.
    pub(super) row: Vec<(Rank, ProfileId)>,
    /// Whether a profile will do, by its number.
    suits: Vec<bool>,
    /// Those who are offered to nobody.
    open: BTreeSet<Turn>,
    /// Those for whom a phone rings.
    ringing: BTreeSet<Turn>,
}

impl Line {
    pub(super) fn suits(&self, profile: ProfileId) -> bool {
        self.suits.get(profile).copied().unwrap_or(false)
    }

    /// The next one for whom nobody's phone rings.
    pub(super) fn next(&self) -> Option<Turn> {
        self.open.first().copied()
    }

    /// The first one for whom phones ring.
    pub(super) fn first_ringing(&self) -> Option<Turn> {
        self.ringing.first().copied()
    }

    /// How many come before somebody.
    pub(super) fn ahead_of(&self, turn: Turn) -> usize {
        self.open.range(..turn).count() + self.ringing.range(..turn).count()
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.ringing.is_empty()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Callers {
    waiting: HashMap<Reference, Waiting>,
    lines: Vec<Option<Line>>,
    spare: Vec<LineId>,
    known: BTreeMap<Needs, LineId>,
    /// The next one of every line in which somebody stands who is offered to nobody.
    heads: BTreeSet<(Turn, LineId)>,
    /// How many wait in each region.
    regions: BTreeMap<String, usize>,
}

impl Callers {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn get(&self, ticket: Reference) -> Option<&Waiting> {
        self.waiting.get(&ticket)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Reference, &Waiting)> {
        self.waiting
            .iter()
            .map(|(ticket, waiting)| (*ticket, waiting))
    }

    /// How many wait in a region.
    pub(super) fn in_region(&self, region: &str) -> usize {
        self.regions.get(region).copied().unwrap_or_default()
    }

    /// The regions in which somebody waits.
    pub(super) fn regions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.regions
            .iter()
            .map(|(region, waiting)| (region.as_str(), *waiting))
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = (Turn, LineId)> + use<'_> {
        self.heads.iter().copied()
    }

    pub(super) fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id)?.as_ref()
    }

    pub(super) fn set_deadline(&mut self, ticket: Reference, at: Timestamp) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.due = Some(at);
        }
    }

    pub(super) fn take_deadline(&mut self, ticket: Reference) -> Option<Timestamp> {
        self.waiting.get_mut(&ticket)?.due.take()
    }

    pub(super) fn line_of(&self, ticket: Reference) -> Option<LineId> {
        self.waiting.get(&ticket)?.line
    }

    /// Every line in which somebody stands.
    pub(super) fn lines(&self) -> impl Iterator<Item = (LineId, &Line)> {
        let lines = self.lines.iter().enumerate();
        lines.filter_map(|(id, line)| Some((id, line.as_ref().filter(|line| !line.is_empty())?)))
    }

    /// Takes a caller out.
    pub(super) fn take(&mut self, ticket: Reference, ageing: Duration) -> Option<Waiting> {
        self.unlist(ticket, ageing);
        let mut waiting = self.waiting.remove(&ticket)?;
        waiting.line = None;
        let region = &waiting.wanted.region;
        if let Some(count) = self.regions.get_mut(region) {
            *count -= 1;
            if *count == 0 {
                self.regions.remove(region);
            }
        }
        Some(waiting)
    }

    /// Puts a caller in. Gives the line where it is a new one, whose row is still to be found.
    pub(super) fn put(
        &mut self,
        ticket: Reference,
        waiting: Waiting,
        ageing: Duration,
    ) -> Option<LineId> {
        self.take(ticket, ageing);
        *self
            .regions
            .entry(waiting.wanted.region.clone())
            .or_default() += 1;
        self.waiting.insert(ticket, waiting);
        self.list(ticket, ageing)
    }

    fn unlist(&mut self, ticket: Reference, ageing: Duration) {
        let Some(waiting) = self.waiting.get(&ticket) else {
            return;
        };
        let (turn, id) = (waiting.turn(ticket, ageing), waiting.line);
        let Some((id, line)) = id.and_then(|id| Some((id, self.lines.get_mut(id)?.as_mut()?)))
        else {
            return;
        };
        line.ringing.remove(&turn);
        let before = line.next();
        line.open.remove(&turn);
        let after = line.next();
        self.move_head(id, before, after);
    }

    fn list(&mut self, ticket: Reference, ageing: Duration) -> Option<LineId> {
        let waiting = self.waiting.get_mut(&ticket)?;
        if waiting.not_before.is_some() {
            waiting.line = None;
            return None;
        }
        let (turn, needs) = (waiting.turn(ticket, ageing), waiting.needs());
        let rings = !waiting.offered_to.is_empty();
        let (id, fresh) = self.line_for(needs);
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.line = Some(id);
        }
        if let Some(Some(line)) = self.lines.get_mut(id) {
            if rings {
                line.ringing.insert(turn);
            } else {
                let before = line.next();
                line.open.insert(turn);
                let after = line.next();
                self.move_head(id, before, after);
            }
        }
        fresh.then_some(id)
    }

    fn move_head(&mut self, id: LineId, before: Option<Turn>, after: Option<Turn>) {
        if before != after {
            if let Some(before) = before {
                self.heads.remove(&(before, id));
            }
            if let Some(after) = after {
                self.heads.insert((after, id));
            }
        }
    }

    fn line_for(&mut self, needs: Needs) -> (LineId, bool) {
        if let Some(known) = self.known.get(&needs) {
            return (*known, false);
        }
        if self.known.len() >= LINES {
            self.clear_away();
        }
        let line = Line {
            needs: needs.clone(),
            row: Vec::new(),
            suits: Vec::new(),
            open: BTreeSet::new(),
            ringing: BTreeSet::new(),
        };
        let id = self.spare.pop().unwrap_or(self.lines.len());
        match self.lines.get_mut(id) {
            Some(spare) => *spare = Some(line),
            None => self.lines.push(Some(line)),
        }
        self.known.insert(needs, id);
        (id, true)
    }

    fn clear_away(&mut self) {
        for (id, line) in self.lines.iter_mut().enumerate() {
            if let Some(empty) = line.take_if(|line| line.is_empty()) {
                self.known.remove(&empty.needs);
                self.spare.push(id);
            }
        }
    }

    /// Lines that are known, whether somebody stands there or not.
    pub(super) fn known(&self) -> Vec<LineId> {
        self.known.values().copied().collect()
    }

    pub(super) fn set_row(&mut self, id: LineId, row: Vec<(Rank, ProfileId)>) {
        let Some(Some(line)) = self.lines.get_mut(id) else {
            return;
        };
        let most = row.iter().map(|(_, profile)| profile + 1).max();
        line.suits = vec![false; most.unwrap_or_default()];
        for (_, profile) in &row {
            line.suits[*profile] = true;
        }
        line.row = row;
    }

    /// Changes a caller, but for the region. Gives the line where it is a new one.
    pub(super) fn change(
        &mut self,
        ticket: Reference,
        ageing: Duration,
        change: impl FnOnce(&mut Waiting),
    ) -> Option<LineId> {
        self.unlist(ticket, ageing);
        let waiting = self.waiting.get_mut(&ticket)?;
        change(waiting);
        self.list(ticket, ageing)
    }

    /// Orders everybody anew, because priorities are worth something else now.
    pub(super) fn reorder(&mut self, before: Duration, now: Duration) -> Vec<LineId> {
        let all: Vec<Reference> = self.waiting.keys().copied().collect();
        for ticket in &all {
            self.unlist(*ticket, before);
        }
        let mut fresh = Vec::new();
        for ticket in all {
            fresh.extend(self.list(ticket, now));
        }
        fresh
    }
}
