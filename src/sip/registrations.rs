//! The accounts at work: REGISTER requests in, the phones of each account out, and who may call as one.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Request, Transport};
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, watch};

use crate::settings::{Account, Passwords, Peer};
use crate::steady;

use super::doorkeeper::{Doorkeeper, Verdict};
use super::line::Line;
use super::message;
use super::origin::{Admission, Origin};
use super::registrar::{Binding, Contacts, Event, Limits, Outcome, Register, Registrar};

/// At most so many calls at once from one account: one that is talked in, one held, one for a code, and
/// one that is about to end.
const CALLS: u32 = 4;

/// Every account that is reachable, with its phones, best first.
pub type Registered = BTreeMap<String, Vec<Binding>>;

struct State {
    registrar: Registrar,
    accounts: Vec<String>,
    passwords: Arc<Passwords>,
    /// The calls that each account has opened.
    calls: HashMap<String, Arc<AtomicU32>>,
}

/// Who is registered. What others see of it is the latest state, by [`Registrations::watch`].
pub struct Registrations {
    doorkeeper: Arc<Doorkeeper>,
    state: Mutex<State>,
    registered: watch::Sender<Arc<Registered>>,
}

impl Registrations {
    /// Nobody is registered yet.
    pub fn new(
        accounts: &[Account],
        passwords: Arc<Passwords>,
        doorkeeper: Arc<Doorkeeper>,
    ) -> Self {
        Registrations {
            doorkeeper,
            state: Mutex::new(State {
                registrar: Registrar::new(Limits::default()),
                accounts: users(accounts),
                passwords,
                calls: HashMap::new(),
            }),
            registered: watch::Sender::new(Arc::default()),
        }
    }

    /// Takes changed settings; accounts that are gone are signed out. Calls that run stay where they are.
    pub fn reload(&self, accounts: &[Account], passwords: Arc<Passwords>) {
        let mut state = self.lock();
        state.accounts = users(accounts);
        state.passwords = passwords;
        let State {
            registrar,
            accounts,
            ..
        } = &mut *state;
        let events = registrar.retain(|aor| accounts.iter().any(|known| known == aor));
        self.publish(&state, &events);
    }

    /// Puts back what was registered before a restart.
    pub fn restore(&self, bindings: Vec<(String, Binding)>) {
        let now = steady::now();
        let mut state = self.lock();
        for (account, binding) in bindings {
            if state.accounts.contains(&account) {
                state.registrar.restore(now, &account, binding);
            }
        }
        self.publish(&state, &[]);
    }

    /// The latest state, and word of every change.
    pub fn watch(&self) -> watch::Receiver<Arc<Registered>> {
        self.registered.subscribe()
    }

    /// The phones of an account, those it prefers first.
    pub fn phones(&self, account: &str) -> Vec<Binding> {
        let now = steady::now();
        let state = self.lock();
        let bindings = state.registrar.bindings(now, account);
        bindings.into_iter().cloned().collect()
    }

    /// Whether there is such an account.
    pub(super) fn is_account(&self, user: &str) -> bool {
        self.lock().knows(user)
    }

    /// Whether there is any account at all.
    pub(super) fn has_accounts(&self) -> bool {
        !self.lock().accounts.is_empty()
    }

    /// Whom the credentials of a request name, right or wrong; none where it brings none for us.
    pub(super) fn named_in(&self, request: &Request) -> Option<String> {
        self.doorkeeper.named_in(request)
    }

    /// Whether the call that `request` opens may come in as that of the account `claimed`.
    pub(super) fn admit(
        &self,
        request: &Request,
        source: SocketAddr,
        claimed: String,
    ) -> Admission {
        let mut state = self.lock();
        match state.judge(&self.doorkeeper, request, source, &claimed) {
            Verdict::Known(user) if user == claimed => match state.take_line(&user) {
                Some(line) => Admission::Admitted(Origin::Account { user }, line),
                None => Admission::Full,
            },
            Verdict::Known(_) => Admission::Refused,
            Verdict::Ask(headers) => Admission::Challenge(headers),
            Verdict::Malformed => Admission::Malformed,
        }
    }

    /// Lets registrations run out, for as long as the endpoint lives.
    pub(super) async fn run_out(self: Arc<Self>) {
        let mut changes = self.watch();
        loop {
            let now = steady::now();
            let deadline = {
                let mut state = self.lock();
                let events = state.registrar.tick(now);
                if !events.is_empty() {
                    self.publish(&state, &events);
                }
                state.registrar.deadline()
            };
            changes.mark_unchanged();
            let wait = deadline.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
            let wait = wait.unwrap_or(Duration::from_secs(3_600));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = changes.changed() => {}
            }
        }
    }

    /// Signs out the phones that were reached by connections which have closed.
    pub(super) async fn see_off(self: Arc<Self>, mut gone: mpsc::UnboundedReceiver<SocketAddr>) {
        while let Some(address) = gone.recv().await {
            let transport = crate::settings::Transport::Tcp;
            let mut state = self.lock();
            let phones = state.registrar.all().count();
            let events = state.registrar.disconnected(Peer { transport, address });
            if state.registrar.all().count() < phones {
                self.publish(&state, &events);
            }
        }
        // Without TCP nothing of the kind happens.
        std::future::pending().await
    }

    /// Answers a REGISTER.
    pub(super) async fn register(&self, mut transaction: Transaction) {
        let (status, reason, headers) = self.answer(&transaction);
        let mut response = message::response(
            &transaction.original,
            status,
            Some(&super::wire::token()),
            headers,
            None,
        );
        response.wire_reason = reason.map(str::to_owned);
        if let Err(error) = transaction.respond(response).await {
            tracing::debug!(%error, "response to REGISTER not sent");
        }
    }

    fn answer(&self, transaction: &Transaction) -> (u16, Option<&'static str>, Vec<Header>) {
        let request = &transaction.original;
        let Some(source) = source_of(transaction) else {
            return (400, None, vec![]);
        };
        let Some(aor) = user_of_to(request) else {
            return (400, Some("To names no user"), vec![]);
        };
        let mut state = self.lock();
        let user = match state.judge(&self.doorkeeper, request, source.address, &aor) {
            Verdict::Known(user) => user,
            Verdict::Ask(headers) => return (401, None, headers),
            Verdict::Malformed => return (400, Some("Malformed Credentials"), vec![]),
        };
        let register = match read(request, aor, user, source) {
            Ok(register) => register,
            Err(reason) => return (400, Some(reason), vec![]),
        };
        let outcome = state.registrar.on(steady::now(), &register);
        if outcome.status == 200 {
            self.publish(&state, &outcome.events);
        }
        let headers = headers_of(&outcome);
        (outcome.status, outcome.reason, headers)
    }

    fn publish(&self, state: &State, events: &[Event]) {
        for event in events {
            match event {
                Event::SignedIn(account) => tracing::info!(account, "signed in"),
                Event::SignedOut(account) => tracing::info!(account, "signed out"),
                Event::Displaced { aor, uri } => {
                    tracing::warn!(
                        account = aor,
                        uri,
                        "too many phones; the oldest was put out"
                    );
                }
            }
        }
        let mut registered = Registered::new();
        for (account, binding) in state.registrar.all() {
            let phones = registered.entry(account.to_owned()).or_default();
            phones.push(binding.clone());
        }
        self.registered.send_replace(Arc::new(registered));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn knows(&self, user: &str) -> bool {
        self.accounts.iter().any(|account| account == user)
    }

    /// Asks the doorkeeper about a request of an account.
    fn judge(
        &self,
        doorkeeper: &Doorkeeper,
        request: &Request,
        source: SocketAddr,
        claimed: &str,
    ) -> Verdict {
        let password = |user: &str| self.passwords.of(user).filter(|_| self.knows(user));
        doorkeeper.judge(request, source, claimed, password)
    }

    fn take_line(&mut self, user: &str) -> Option<Line> {
        Line::take(self.calls.entry(user.to_owned()).or_default(), CALLS)
    }
}

fn users(accounts: &[Account]) -> Vec<String> {
    accounts.iter().map(|a| a.user.get_ref().clone()).collect()
}

fn user_of_to(request: &Request) -> Option<String> {
    let uri = request.to_header().ok()?.uri().ok()?;
    let user = uri.user()?.to_owned();
    (!user.is_empty()).then_some(user)
}

fn source_of(transaction: &Transaction) -> Option<Peer> {
    let remote = transaction.connection.as_ref()?.get_remote_addr()?;
    let address: SocketAddr = remote.get_socketaddr().ok()?;
    let transport = match remote.r#type {
        Some(Transport::Tcp) => crate::settings::Transport::Tcp,
        _ => crate::settings::Transport::Udp,
    };
    Some(Peer { transport, address })
}

fn read(
    request: &Request,
    aor: String,
    user: String,
    source: Peer,
) -> Result<Register, &'static str> {
    let values = message::values(request, "Contact");
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let contacts = Contacts::read(&values).map_err(|_| "Malformed Contact")?;
    let call_id = request.call_id_header().map_err(|_| "No Call-ID")?;
    let cseq = request.cseq_header().ok().and_then(|cseq| cseq.seq().ok());
    // An unreadable Expires counts as 3600 (RFC 3261 section 20.19).
    let expires = message::value(request, "Expires").map(|v| v.parse().unwrap_or(3_600));
    Ok(Register {
        aor,
        user,
        contacts,
        expires,
        call_id: call_id.value().to_owned(),
        cseq: cseq.ok_or("No CSeq")?,
        source,
    })
}

fn headers_of(outcome: &Outcome) -> Vec<Header> {
    let header = |(name, value): &(&'static str, String)| match *name {
        "Contact" => Header::Contact(value.clone().into()),
        name => Header::Other(name.into(), value.clone()),
    };
    outcome.headers.iter().map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_names() {
        let outcome = Outcome {
            status: 423,
            reason: None,
            headers: vec![
                ("Min-Expires", "60".into()),
                ("Contact", "<sip:a@b>".into()),
            ],
            events: vec![],
        };
        let headers = headers_of(&outcome);
        assert_eq!(headers[0].name(), "Min-Expires");
        assert!(matches!(headers[1], Header::Contact(_)));
    }
}
