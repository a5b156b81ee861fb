use std::sync::mpsc::{Receiver, sync_channel};

use crate::live::{Journal, Key};
use crate::media::Position;

/// Batches that have not been put down yet; what comes beyond that is out of date in a second anyway.
const BATCHES: usize = 16;

/// What media threads tell of their streams is put into the journal by a thread of its own, so that no packet
/// waits for it. Gives what they are to call.
pub fn keep_positions(journal: Journal) -> std::io::Result<impl Fn(Vec<Position>) + Send + Sync> {
    let (sender, batches) = sync_channel(BATCHES);
    let thread = std::thread::Builder::new().name("positions".to_owned());
    thread.spawn(move || put_down(&journal, &batches))?;
    Ok(move |positions: Vec<Position>| {
        let _ = sender.try_send(positions);
    })
}

fn put_down(journal: &Journal, batches: &Receiver<Vec<Position>>) {
    for position in batches.iter().flatten() {
        keep_position(journal, &position);
    }
}

/// Puts down how far a stream has got.
pub(in crate::call) fn keep_position(journal: &Journal, position: &Position) {
    match serde_json::to_vec(position) {
        Ok(bytes) => journal.put(Key::Stream(position.port), bytes),
        Err(error) => tracing::error!(%error, "a stream cannot be kept"),
    }
}
