//! `ivr111 load`: many test phones at once, with sound, against any SIP endpoint.
//!
//! What it measures comes from its own media engine: packets are timed by the kernel as they
//! arrive, so that its own load does not blur them.

mod answerer;
mod caller;
mod keys;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::args::Load;
use super::phone::Client;
use super::{Outcome, output};
use caller::Caller;
use tally::Tally;

pub(super) use keys::TimedKeys;

/// How often calls that are due are begun.
const STEP: Duration = Duration::from_millis(2);

pub(super) fn run(arguments: &Load) -> Outcome {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(error),
    };
    super::raise_descriptor_limit();
    let tally = Arc::new(Tally::default());
    if let Err(error) = runtime.block_on(calls(arguments, &tally)) {
        return output::failed(error);
    }
    let figures = tally.figures();
    match arguments.json {
        true => match output::json(&figures) {
            Outcome::Good => {}
            other => return other,
        },
        false => figures.print(),
    }
    match figures.failed {
        0 => Outcome::Good,
        _ => Outcome::Wrong,
    }
}

async fn calls(arguments: &Load, tally: &Arc<Tally>) -> Result<(), Box<dyn std::error::Error>> {
    let phones = Client::open(arguments.server).await?;
    let answering = match arguments.answer {
        Some(address) => {
            let answerer = Client::listen(arguments.server, address, &phones.engine).await?;
            let tally = Arc::clone(tally);
            Some(tokio::spawn(answerer::answer(answerer, tally)))
        }
        None => None,
    };
    let caller = Arc::new(Caller::new(phones, arguments, Arc::clone(tally)));
    let places = Arc::new(Semaphore::new(arguments.calls));
    let total = arguments.total.unwrap_or(arguments.calls);
    let mut running = JoinSet::new();
    let (start, mut begun) = (Instant::now(), 0);
    while begun < total {
        let due = (start.elapsed().as_secs_f64() * arguments.rate) as usize + 1;
        while begun < due.min(total) {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                break;
            };
            let caller = Arc::clone(&caller);
            running.spawn(async move {
                caller.call(begun).await;
                drop(place);
            });
            begun += 1;
        }
        while running.try_join_next().is_some() {}
        tokio::time::sleep(STEP).await;
    }
    while running.join_next().await.is_some() {}
    if let Some(answering) = answering {
        // Whoever was called hears the goodbye a moment after the caller has said it.
        tally.all_put_down(Duration::from_secs(2)).await;
        answering.abort();
    }
    Ok(())
}
