//! Handing received sound out, decoded, in frames of 20 ms.

use tokio::sync::mpsc;

use crate::media::event::Heard;

/// Gathers samples into frames. A full channel loses frames; their timestamps show it.
#[derive(Debug)]
pub(crate) struct Tap {
    to: mpsc::Sender<Heard>,
    frame: Heard,
    filled: usize,
}

impl Tap {
    pub(crate) fn new(to: mpsc::Sender<Heard>) -> Tap {
        Tap {
            to,
            frame: Heard {
                timestamp: 0,
                samples: [0; 160],
            },
            filled: 0,
        }
    }

    /// Takes a packet's sound; whether anyone still listens.
    pub(crate) fn on_voice(&mut self, timestamp: u32, samples: &[i16]) -> bool {
        let expected = self.frame.timestamp.wrapping_add(self.filled as u32);
        if self.filled > 0 && timestamp != expected {
            self.hand_out();
        }
        for (n, &sample) in samples.iter().enumerate() {
            if self.filled == 0 {
                self.frame.timestamp = timestamp.wrapping_add(n as u32);
            }
            self.frame.samples[self.filled] = sample;
            self.filled += 1;
            if self.filled == self.frame.samples.len() {
                self.hand_out();
            }
        }
        !self.to.is_closed()
    }

    /// Hands out the frame, what is missing of it as silence.
    fn hand_out(&mut self) {
        self.frame.samples[self.filled..].fill(0);
        // A listener that is too slow loses the frame rather than holding up every call.
        let _ = self.to.try_send(self.frame.clone());
        self.filled = 0;
    }
}
