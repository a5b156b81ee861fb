use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::pathway::{Pathway, Pathways, Record};

/// So many pathways are remembered that are not in force any more.
const REMEMBERED: usize = 200;

/// Pathways by which assessments were begun here: an assessment ends by the version with which it began, whatever is
/// published meanwhile.
#[derive(Debug, Default)]
pub(in crate::desk::api) struct Shelf(Mutex<VecDeque<Arc<Pathway>>>);

impl Shelf {
    /// Remembers a pathway by which an assessment is begun.
    pub(super) fn keep(&self, pathway: &Arc<Pathway>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = pathway.stamp();
        kept.retain(|known| known.stamp() != stamp);
        kept.push_back(Arc::clone(pathway));
        if kept.len() > REMEMBERED {
            kept.pop_front();
        }
    }

    /// The pathway of a record: the very one, or else the one of that name that is in force.
    pub(super) fn find(&self, record: &Record, now: &Pathways) -> Option<Arc<Pathway>> {
        let in_force = now.get(&record.pathway.pathway);
        if let Some(same) = in_force.filter(|pathway| pathway.stamp() == record.pathway) {
            return Some(Arc::clone(same));
        }
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = kept.iter().find(|known| known.stamp() == record.pathway);
        same.or(in_force).cloned()
    }
}
