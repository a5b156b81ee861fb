//! The exact path of one stream of callers through handlers who answer first come first served.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// One caller of a stream: what the caller brings, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// How long after the caller before.
    pub after_ns: u64,
    /// How long the talk would last.
    pub talk_ns: u64,
    /// How long the caller waits before giving up; `u64::MAX` never gives up.
    pub patience_ns: u64,
}

/// What became of one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How long the caller was in the queue, until answered or until giving up.
    pub waited_ns: u64,
    /// Whether the caller gave up.
    pub abandoned: bool,
}

/// The exact path of a stream of callers through handlers who answer first come first served, by virtual waits: the
/// next caller waits until the earliest handler is free, or gives up before that and occupies nobody.
#[derive(Clone, Debug)]
pub struct Path {
    handlers: usize,
    now_ns: u64,
    /// When each handler who is promised to a caller will be free of all of them; the others are free now.
    free_at_ns: BinaryHeap<Reverse<u64>>,
    known: Known,
}

/// What the path has shown of the ends of talks: all that end until `until_ns`, which runs ahead of now while callers
/// wait, for the virtual wait of the latest caller shows when the next handler is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Nanoseconds since the path began.
    pub until_ns: u64,
    /// How many talks have ended; those that end in the same nanosecond count as one.
    pub ended: u64,
    /// How long all handlers together have talked. Wraps after 584 years of talk; differences stay right.
    pub talked_ns: u64,
}

impl Path {
    /// A floor of so many handlers, all free. With none, every caller waits until they give up.
    pub fn new(handlers: u32) -> Self {
        let handlers = handlers as usize;
        let free_at_ns = BinaryHeap::with_capacity(handlers);
        Self {
            handlers,
            now_ns: 0,
            free_at_ns,
            known: Known::default(),
        }
    }

    /// The next caller arrives; what becomes of them. Time saturates at 584 years.
    pub fn next(&mut self, caller: Caller) -> Outcome {
        self.now_ns = self.now_ns.saturating_add(caller.after_ns);
        self.free_until_now();
        if self.free_at_ns.len() < self.handlers {
            self.free_at_ns
                .push(Reverse(self.now_ns.saturating_add(caller.talk_ns)));
            return Outcome {
                waited_ns: 0,
                abandoned: false,
            };
        }
        let busy = self.handlers as u64;
        let gives_up = Outcome {
            waited_ns: caller.patience_ns,
            abandoned: true,
        };
        let Some(mut earliest) = self.free_at_ns.peek_mut() else {
            return gives_up;
        };
        let Reverse(free_at) = *earliest;
        self.known.reach(free_at, busy);
        let waited_ns = free_at - self.now_ns;
        if caller.patience_ns < waited_ns {
            return gives_up;
        }
        *earliest = Reverse(free_at.saturating_add(caller.talk_ns));
        Outcome {
            waited_ns,
            abandoned: false,
        }
    }

    /// Handlers whose last talk has ended by now are free.
    fn free_until_now(&mut self) {
        let mut busy = self.free_at_ns.len() as u64;
        while let Some(earliest) = self.free_at_ns.peek_mut() {
            if earliest.0 > self.now_ns {
                break;
            }
            self.known.reach(earliest.0, busy);
            PeekMut::pop(earliest);
            busy -= 1;
        }
        self.known.pass(self.now_ns, busy);
    }

    /// How many handlers are promised to a caller.
    pub fn busy(&self) -> usize {
        self.free_at_ns.len()
    }

    /// Now: when the latest caller arrived, since the path began.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// What the path has shown so far of the ends of talks.
    pub fn known(&self) -> Known {
        self.known
    }
}

impl Known {
    /// Time is known to have passed with so many busy.
    fn pass(&mut self, until_ns: u64, busy: u64) {
        let more = until_ns.saturating_sub(self.until_ns);
        self.talked_ns = self.talked_ns.wrapping_add(more.wrapping_mul(busy));
        self.until_ns += more;
    }

    /// The same, up to the end of a talk; one that was known before is not counted again.
    fn reach(&mut self, end_ns: u64, busy: u64) {
        self.ended += u64::from(end_ns > self.until_ns);
        self.pass(end_ns, busy);
    }
}
