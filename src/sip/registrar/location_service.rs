use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::uri::Parts;
use super::{Binding, Contact, Contacts, Event, Outcome, Register};

/// What the registrar grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Phones of one account at once. A further one takes the place of the one refreshed longest ago.
    pub contacts: usize,
    /// The shortest time a binding may ask for, in seconds; less is answered 423.
    pub min_expires: u32,
    /// The longest time a binding gets, in seconds.
    pub max_expires: u32,
    /// The time for a phone that asks for none, in seconds.
    pub default_expires: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            contacts: 5,
            min_expires: 60,
            max_expires: 3_600,
            default_expires: 3_600,
        }
    }
}

/// Who is reachable where.
#[derive(Debug, Default)]
pub struct Registrar {
    limits: Limits,
    /// No account stands here without a binding.
    bindings: BTreeMap<String, Vec<Binding>>,
}

/// Why a REGISTER is refused: status, reason, and a header that explains it.
struct Refused(u16, &'static str, Option<(&'static str, String)>);

impl Registrar {
    /// An empty registrar.
    pub fn new(limits: Limits) -> Self {
        Registrar {
            limits,
            bindings: BTreeMap::new(),
        }
    }

    /// Answers a REGISTER by RFC 3261 section 10.3: all of it is carried out, or nothing.
    pub fn on(&mut self, now: Timestamp, register: &Register) -> Outcome {
        let mut events = self.tick(now);
        let current = self.bindings.get(&register.aor);
        let current = current.cloned().unwrap_or_default();
        let result = self.apply(now, register, &current);
        let (bindings, displaced) = match result {
            Ok(changed) => changed,
            Err(Refused(status, reason, header)) => {
                return Outcome {
                    status,
                    reason: Some(reason),
                    headers: header.into_iter().collect(),
                    events,
                };
            }
        };
        let aor = &register.aor;
        events.extend(displaced.into_iter().map(|uri| Event::Displaced {
            aor: aor.clone(),
            uri,
        }));
        events.extend(match (current.is_empty(), bindings.is_empty()) {
            (true, false) => Some(Event::SignedIn(aor.clone())),
            (false, true) => Some(Event::SignedOut(aor.clone())),
            _ => None,
        });
        let contacts = bindings.iter().map(|b| ("Contact", b.to_contact(now)));
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers = contacts.chain([("Date", date)]).collect();
        if bindings.is_empty() {
            self.bindings.remove(aor);
        } else {
            self.bindings.insert(aor.clone(), bindings);
        }
        Outcome {
            status: 200,
            reason: None,
            headers,
            events,
        }
    }

    /// Lets bindings run out.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Event> {
        self.keep(|_, binding| binding.expires > now)
    }

    /// When the next binding runs out; [`Registrar::tick`] is due then.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.bindings.values().flatten().map(|b| b.expires).min()
    }

    /// The phones of an account that can be rung, those it prefers first, among equals the one
    /// refreshed last.
    pub fn bindings(&self, now: Timestamp, aor: &str) -> Vec<&Binding> {
        let all = self.bindings.get(aor).into_iter().flatten();
        let mut live: Vec<&Binding> = all.filter(|b| b.expires > now).collect();
        live.sort_by_key(|b| (std::cmp::Reverse(b.q), std::cmp::Reverse(b.refreshed)));
        live
    }

    /// Every binding with its account, to be listed or stored.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Binding)> {
        let accounts = self.bindings.iter();
        accounts.flat_map(|(aor, all)| all.iter().map(move |b| (aor.as_str(), b)))
    }

    /// Puts back a binding that was stored before a restart; one that has run out is left out. It
    /// gives way to one for the same phone that is there already.
    pub fn restore(&mut self, now: Timestamp, aor: &str, binding: Binding) -> Option<Event> {
        let parts = Parts::read(&binding.uri)?;
        let bindings = self.bindings.get(aor).map_or(&[][..], Vec::as_slice);
        let known = |b: &Binding| b.is(&parts, binding.instance.as_deref());
        if binding.expires <= now
            || bindings.len() >= self.limits.contacts
            || bindings.iter().any(known)
        {
            return None;
        }
        let first = bindings.is_empty();
        self.bindings
            .entry(aor.to_owned())
            .or_default()
            .push(binding);
        first.then(|| Event::SignedIn(aor.to_owned()))
    }

    /// Drops the bindings of accounts that are no longer known, as after a reload.
    pub fn retain(&mut self, known: impl Fn(&str) -> bool) -> Vec<Event> {
        self.keep(|aor, _| known(aor))
    }

    /// Drops the bindings that a connection carried which has closed: nobody can be reached by it.
    pub fn disconnected(&mut self, peer: crate::settings::Peer) -> Vec<Event> {
        self.keep(|_, binding| binding.hop() != peer)
    }

    fn keep(&mut self, keep: impl Fn(&str, &Binding) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        self.bindings.retain(|aor, bindings| {
            bindings.retain(|binding| keep(aor, binding));
            if bindings.is_empty() {
                events.push(Event::SignedOut(aor.clone()));
            }
            !bindings.is_empty()
        });
        events
    }

    /// The bindings as they will be, and the contacts that were put out.
    fn apply(
        &self,
        now: Timestamp,
        register: &Register,
        current: &[Binding],
    ) -> Result<(Vec<Binding>, Vec<String>), Refused> {
        if register.user != register.aor {
            return Err(Refused(403, "Not your own address", None));
        }
        match &register.contacts {
            Contacts::Query => Ok((current.to_vec(), vec![])),
            Contacts::All => match register.expires {
                Some(0) => without_all(register, current).map(|all| (all, vec![])),
                _ => Err(Refused(400, "Contact: * needs Expires: 0", None)),
            },
            Contacts::List(contacts) => self.with(now, register, current, contacts),
        }
    }

    fn with(
        &self,
        now: Timestamp,
        register: &Register,
        current: &[Binding],
        contacts: &[Contact],
    ) -> Result<(Vec<Binding>, Vec<String>), Refused> {
        let mut bindings = current.to_vec();
        let mut live = 0;
        for contact in contacts {
            let seconds = self.granted(contact.expires.or(register.expires))?;
            let parts =
                Parts::read(&contact.uri).ok_or(Refused(400, "Contact is no SIP URI", None))?;
            let instance = contact.instance.as_deref();
            let known = |b: &Binding| b.is(&parts, instance);
            // Judged by the bindings from before this request: its own contacts share its CSeq.
            if current.iter().any(|b| known(b) && overtaken(b, register)) {
                return Err(Refused(500, "Out of order", None));
            }
            bindings.retain(|b| !known(b));
            if seconds > 0 {
                live += 1;
                bindings.push(Binding {
                    uri: contact.uri.clone(),
                    received: register.source,
                    q: contact.q,
                    expires: now + SignedDuration::from_secs(seconds.into()),
                    refreshed: now,
                    instance: contact.instance.clone(),
                    call_id: register.call_id.clone(),
                    cseq: register.cseq,
                });
            }
        }
        if live > self.limits.contacts {
            return Err(Refused(403, "Too many contacts", None));
        }
        // Refreshed ones go to the end, so those at the front were refreshed longest ago.
        let surplus = bindings.len().saturating_sub(self.limits.contacts);
        let displaced = bindings.drain(..surplus).map(|b| b.uri).collect();
        Ok((bindings, displaced))
    }

    /// The seconds that a contact gets; 0 removes it.
    fn granted(&self, asked: Option<u32>) -> Result<u32, Refused> {
        match asked.unwrap_or(self.limits.default_expires) {
            0 => Ok(0),
            asked if asked < self.limits.min_expires => {
                let least = ("Min-Expires", self.limits.min_expires.to_string());
                Err(Refused(423, "Interval Too Brief", Some(least)))
            }
            asked => Ok(asked.min(self.limits.max_expires)),
        }
    }
}

/// Whether a request comes after a later one of the same phone (RFC 3261 section 10.3, step 7).
fn overtaken(binding: &Binding, register: &Register) -> bool {
    binding.call_id == register.call_id && register.cseq <= binding.cseq
}

/// Step 6: `*` removes every binding, unless a later request of the same phone has come already.
fn without_all(register: &Register, current: &[Binding]) -> Result<Vec<Binding>, Refused> {
    match current.iter().any(|b| overtaken(b, register)) {
        true => Err(Refused(500, "Out of order", None)),
        false => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests;
