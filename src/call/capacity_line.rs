//! A provider who dials in to say whether their service has room.

use std::time::Duration;

use jiff::Timestamp;

use crate::directory::{Capacities, CapacityKeys, CapacitySetting, Colour, Keyed, ServiceId};
use crate::flow::{Priority, Utterance};
use crate::queue::Wanted;

use super::announce::{
    CAPACITY_AMBER, CAPACITY_ASK, CAPACITY_GREEN, CAPACITY_HOURS, CAPACITY_RED, CAPACITY_UNKNOWN,
};
use super::case::{Case, Gone};
use super::parties::Happening;

impl Case {
    /// Asks for the capacity of the service from whose number the call comes, by what its network says. Whoever is no
    /// such service, or does not get on with the keys, talks to a handler.
    pub(super) async fn capacity_line(&mut self) -> Result<&'static str, Gone> {
        let Some((service, name)) = self.calling_service() else {
            self.hears(CAPACITY_UNKNOWN).await?;
            return self.waits_for_somebody().await;
        };
        let Some((colour, returns_after)) = self.keys_capacity(&name).await? else {
            return self.waits_for_somebody().await;
        };
        let now = self.clock.now();
        let Some(setting) = setting(&service, colour, now, returns_after) else {
            return self.waits_for_somebody().await;
        };
        if let Err(error) = self.service.set_capacity(setting).await {
            self.log.happened("capacity", format!("not set: {error}"));
            return self.waits_for_somebody().await;
        }
        self.log
            .happened("capacity", format!("{service} is {}", colour.word()));
        self.passage.served();
        let said = match colour {
            Colour::Green => CAPACITY_GREEN,
            Colour::Amber => CAPACITY_AMBER,
            Colour::Red => CAPACITY_RED,
        };
        self.say(&[Utterance::prompt(&name), Utterance::prompt(said)]);
        loop {
            let happening = self.next().await?;
            if self.is_said(&happening) {
                return Ok("the capacity is set");
            }
        }
    }

    /// The active service whose number the network has given, and the prompt with its name.
    fn calling_service(&self) -> Option<(ServiceId, String)> {
        let number = self.who.network.known()?;
        let service = self.plan.directory.active_by_phone(number)?;
        Some((service.id.clone(), self.plan.name_of(service)))
    }

    async fn keys_capacity(
        &mut self,
        name: &str,
    ) -> Result<Option<(Colour, Option<Duration>)>, Gone> {
        let mut keys = CapacityKeys::default();
        self.say(&[Utterance::prompt(name), Utterance::prompt(CAPACITY_ASK)]);
        let mut until: Option<Timestamp> = None;
        loop {
            let clock = self.clock;
            let keyed = tokio::select! {
                happening = self.next() => match happening? {
                    Happening::Key(id, key) if id == self.caller => keys.on(key),
                    happening => {
                        if self.is_said(&happening) {
                            until = self.clock.now().checked_add(CapacityKeys::WAIT).ok();
                        }
                        continue;
                    }
                },
                () = clock.at(until) => keys.on_silence(),
            };
            let ask = match keyed {
                Keyed::Set {
                    colour,
                    returns_after,
                } => return Ok(Some((colour, returns_after))),
                Keyed::GivenUp => return Ok(None),
                Keyed::More => {
                    until = self.clock.now().checked_add(CapacityKeys::WAIT).ok();
                    continue;
                }
                Keyed::AskColour => CAPACITY_ASK,
                Keyed::AskHours => CAPACITY_HOURS,
            };
            until = None;
            self.say(&[Utterance::prompt(ask)]);
        }
    }

    async fn waits_for_somebody(&mut self) -> Result<&'static str, Gone> {
        let skill = self.plan.flow.fallback_skill();
        let wanted = Wanted::by_skill(skill, skill, Priority::Ordinary);
        Box::pin(self.wait_for_handler(wanted, &[])).await
    }
}

/// The setting, if the limits allow it.
fn setting(
    service: &ServiceId,
    colour: Colour,
    now: Timestamp,
    returns_after: Option<Duration>,
) -> Option<CapacitySetting> {
    let mut alone = Capacities::default();
    let by = "the service's own telephone";
    let set = alone.set(service, colour, now, returns_after, by);
    set.inspect_err(|error| tracing::error!(%error, "a keyed capacity is not set"))
        .ok()
        .cloned()
}
