//! Lines: callers of whom the same is needed stand in one, so that the next one is found without looking
//! at all of them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::flow::Priority;

use super::eligibility::{Kind, Needs, Rank};
use super::handler::{HandlerId, ProfileId};
use super::waiting::Turn;
use super::wanted::Wanted;

/// The number of a line.
pub(super) type LineId = usize;

/// Beyond so many lines, those in which nobody stands are cleared away.
const LINES: usize = 1_024;

/// Callers of whom the same is needed.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) needs: Needs,
    /// Profiles that will do, the best first.
    pub(super) row: Vec<(Rank, ProfileId)>,
    /// Whether a profile will do, by its number.
    suits: Vec<bool>,
    /// Those who are offered to nobody.
    pub(super) open: BTreeSet<Turn>,
    /// Those for whom a phone rings.
    pub(super) ringing: BTreeSet<Turn>,
}

impl Line {
    fn new(needs: Needs) -> Self {
        Line {
            needs,
            row: Vec::new(),
            suits: Vec::new(),
            open: BTreeSet::new(),
            ringing: BTreeSet::new(),
        }
    }

    pub(super) fn suits(&self, profile: ProfileId) -> bool {
        self.suits.get(profile).copied().unwrap_or(false)
    }

    /// Whether a handler with a profile will do.
    pub(super) fn takes(&self, handler: &HandlerId, profile: ProfileId) -> bool {
        self.suits(profile) && self.allows(handler)
    }

    /// Whether a handler may be offered those who stand here, as far as it is a question of who they are.
    pub(super) fn allows(&self, handler: &HandlerId) -> bool {
        let only = self.needs.wanted().only.as_ref();
        only.is_none_or(|only| only == handler)
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

    /// How many of them nobody's phone rings for.
    pub(super) fn open_before(&self, turn: Turn) -> usize {
        self.open.range(..turn).count()
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.ringing.is_empty()
    }
}

/// All lines. A number stays that of its line until [`Lines::clear_away`] or [`Lines::of`].
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    lines: Vec<Option<Line>>,
    spare: Vec<LineId>,
    known: HashMap<Needs, LineId>,
    /// All that those who wait want.
    kinds: HashSet<Arc<Wanted>>,
    /// The next one of every line in which somebody stands who is offered to nobody.
    heads: BTreeSet<(Turn, LineId)>,
    /// How many lines were left when they were last cleared away.
    left: usize,
}

impl Lines {
    pub(super) fn get(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id)?.as_ref()
    }

    /// Every line in which somebody stands.
    pub(super) fn iter(&self) -> impl Iterator<Item = (LineId, &Line)> {
        let lines = self.lines.iter().enumerate();
        lines.filter_map(|(id, line)| Some((id, line.as_ref().filter(|line| !line.is_empty())?)))
    }

    /// The next one of every line, in the order of their turns.
    pub(super) fn heads(&self) -> impl Iterator<Item = (Turn, LineId)> {
        self.heads.iter().copied()
    }

    /// Lines that are known, whether somebody stands there or not.
    pub(super) fn known(&self) -> Vec<LineId> {
        self.known.values().copied().collect()
    }

    /// What somebody wants, the same for all who want it. Among those who are in no danger the priority
    /// decides whose turn it is, and not who will do; so does a deadline among all.
    pub(super) fn kind(&mut self, wanted: &Wanted) -> Kind {
        let mut wanted = Cow::Borrowed(wanted);
        if !matches!(wanted.priority, Priority::Emergency | Priority::Ordinary) {
            wanted.to_mut().priority = Priority::Ordinary;
        }
        if wanted.deadline.is_some() {
            wanted.to_mut().deadline = None;
        }
        if let Some(known) = self.kinds.get(wanted.as_ref()) {
            return Kind(Arc::clone(known));
        }
        let kind = Arc::new(wanted.into_owned());
        self.kinds.insert(Arc::clone(&kind));
        Kind(kind)
    }

    /// The line for whoever needs this, and whether it is a new one, whose row is still to be found.
    pub(super) fn of(&mut self, needs: Needs) -> (LineId, bool) {
        if let Some(known) = self.known.get(&needs) {
            return (*known, false);
        }
        if self.known.len() >= LINES.max(self.left * 2) {
            self.clear_away();
        }
        let line = Some(Line::new(needs.clone()));
        let id = self.spare.pop().unwrap_or(self.lines.len());
        match self.lines.get_mut(id) {
            Some(spare) => *spare = line,
            None => self.lines.push(line),
        }
        self.known.insert(needs, id);
        (id, true)
    }

    /// Forgets the lines in which nobody stands.
    pub(super) fn clear_away(&mut self) {
        for (id, line) in self.lines.iter_mut().enumerate() {
            if let Some(empty) = line.take_if(|line| line.is_empty()) {
                self.known.remove(&empty.needs);
                self.spare.push(id);
            }
        }
        self.kinds.retain(|kind| Arc::strong_count(kind) > 1);
        self.left = self.known.len();
    }

    /// Says who will do for those in a line.
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

    /// Somebody stands in a line from now on, with phones that ring or without.
    pub(super) fn stand(&mut self, id: LineId, turn: Turn, rings: bool) {
        self.alter(id, |line| {
            if rings {
                line.ringing.insert(turn);
            } else {
                line.open.insert(turn);
            }
        });
    }

    /// Somebody stands there no longer.
    pub(super) fn leave(&mut self, id: LineId, turn: Turn) {
        self.alter(id, |line| {
            line.ringing.remove(&turn);
            line.open.remove(&turn);
        });
    }

    fn alter(&mut self, id: LineId, alter: impl FnOnce(&mut Line)) {
        let Some(Some(line)) = self.lines.get_mut(id) else {
            return;
        };
        let before = line.next();
        alter(line);
        let after = line.next();
        if before != after {
            before.map(|before| self.heads.remove(&(before, id)));
            after.map(|after| self.heads.insert((after, id)));
        }
    }
}
