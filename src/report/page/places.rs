use super::notation::{NONE, Notation, clock};
use super::plot::{Plot, X};
use super::text::or;

/// How the places of a plot's points are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'a> {
    x: &'a X,
    notation: Notation,
}

impl Places<'_> {
    /// Those of this plot.
    pub(super) fn of(plot: &Plot) -> Places<'_> {
        let all: Vec<f64> = plot
            .series
            .iter()
            .flat_map(|s| &s.points)
            .map(|point| point.0)
            .collect();
        Places {
            x: &plot.x,
            notation: Notation::of(&all),
        }
    }

    /// What a point is told by: its time, its name or its number.
    pub(super) fn write(&self, x: f64) -> String {
        match self.x {
            X::Time { .. } => clock(x),
            X::Number { .. } => self.notation.write(x),
            X::Categories { names, .. } => match index(x).and_then(|at| names.get(at)) {
                Some(name) => or(name, NONE).to_owned(),
                None => Notation::of(&[x]).write(x),
            },
        }
    }

    /// The same in a sentence.
    pub(super) fn at(&self, x: f64) -> String {
        let place = self.write(x);
        match self.x {
            X::Categories { names, .. } if index(x).is_some_and(|at| at < names.len()) => {
                format!("for {place}")
            }
            X::Categories { .. } | X::Time { .. } | X::Number { .. } => format!("at {place}"),
        }
    }

    /// From one to another, in a sentence.
    pub(super) fn between(&self, from: f64, to: f64) -> String {
        let (first, last) = (self.write(from), self.write(to));
        match first == last {
            true => self.at(from),
            false => format!("from {first} to {last}"),
        }
    }
}

/// The place of a name; `None` for what can be none.
pub(super) fn index(x: f64) -> Option<usize> {
    let at = x.round();
    (0.0..1e9).contains(&at).then_some(at as usize)
}
