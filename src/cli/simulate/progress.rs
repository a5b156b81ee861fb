use std::io::{IsTerminal as _, Write as _};

/// Characters of the bar.
const WIDTH: u64 = 40;

/// How far a day has come, on the terminal. Nowhere else is anything of it seen.
pub(super) struct Progress {
    all: u64,
    /// Steps of the bar that have been drawn.
    drawn: Option<u64>,
}

impl Progress {
    pub(super) fn begin(all: u64) -> Self {
        let mut progress = Progress {
            all: all.max(1),
            drawn: std::io::stderr().is_terminal().then_some(WIDTH + 1),
        };
        progress.at(0);
        progress
    }

    /// So many callers have come.
    pub(super) fn at(&mut self, calls: u64) {
        let Some(drawn) = self.drawn else {
            return;
        };
        let steps = (calls.min(self.all) * WIDTH) / self.all;
        if steps != drawn {
            self.drawn = Some(steps);
            let done = "#".repeat(steps as usize);
            let width = WIDTH as usize;
            let _ = write!(
                std::io::stderr(),
                "\r[{done:<width$}] {calls} of {} calls",
                self.all
            );
        }
    }

    pub(super) fn end(self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
