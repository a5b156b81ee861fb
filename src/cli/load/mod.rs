//! `ivr111 load`: many test phones at once, with sound, against any SIP endpoint.
//!
//! What it measures comes from its own media engine. Packets are timed by the kernel as they arrive;
//! what the generator itself sends leaves when its thread comes to it, so joined calls show both.

mod answerer;
mod caller;
mod keys;
mod stop;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::args::Load;
use super::phone::Client;
use super::{Outcome, output};
use caller::Caller;
use stop::Stop;
use tally::Tally;

pub(super) use keys::TimedKeys;

/// A call that is begun this late by the timer is no reason for a slower pace.
const MADE_UP: Duration = Duration::from_millis(20);
/// How long the side that was called may take to notice the goodbyes.
const GOODBYES: Duration = Duration::from_secs(2);

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
    let legs = arguments.calls * (1 + usize::from(arguments.answer.is_some()));
    if legs > Client::LEGS {
        let most = Client::LEGS;
        return Err(format!(
            "{} calls need {legs} ports for sound, and there are {most}",
            arguments.calls
        )
        .into());
    }
    let phones = Client::open(arguments.server).await?;
    let answering = match arguments.answer {
        Some(address) => {
            let answerer = Client::listen(arguments.server, address, &phones.engine).await?;
            let tally = Arc::clone(tally);
            Some(tokio::spawn(answerer::answer(answerer, tally)))
        }
        None => None,
    };
    let mut stop = Stop::on_interrupt();
    let caller = Caller::new(phones, arguments, Arc::clone(tally), stop.clone());
    let caller = Arc::new(caller);
    let places = Arc::new(Semaphore::new(arguments.calls));
    let total = arguments.total.unwrap_or(arguments.calls);
    let mut running = JoinSet::new();
    let pace = Duration::from_secs_f64(1.0 / arguments.rate);
    let mut next = Instant::now();
    for number in 0..total {
        let turn = async {
            let place = Arc::clone(&places).acquire_owned().await;
            sleep_until(next).await;
            place
        };
        let place = tokio::select! {
            // First, for the calls that end by it make places free.
            biased;
            () = stop.told() => break,
            place = turn => place?,
        };
        // Whoever had to wait for a place is not made up for: that would be a burst.
        next = next.max(Instant::now() - MADE_UP) + pace;
        let caller = Arc::clone(&caller);
        running.spawn(async move {
            caller.call(number).await;
            drop(place);
        });
        while let Some(ended) = running.try_join_next() {
            ended?;
        }
    }
    while let Some(ended) = running.join_next().await {
        ended?;
    }
    if let Some(answering) = answering {
        // Whoever was called hears the goodbye a moment after the caller has said it.
        tally.all_put_down(GOODBYES).await;
        answering.abort();
        tally.compare();
    }
    tally.thread(&caller.phones.engine.stats());
    Ok(())
}
