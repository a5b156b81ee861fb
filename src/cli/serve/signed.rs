//! What was signed, followed while the server runs: a set that takes effect or expires, and a history that goes on.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::alert::Alert;
use crate::call::{Plan, Service};
use crate::diagnostic::Problem;
use crate::settings::{Passwords, Settings};
use crate::sign_off::{Head, Set};
use crate::steady;

use super::super::output;
use super::super::sign_off::{Chosen, Nothing, choose, history_file, on_disk};

/// How often is looked whether the time has come, or somebody has signed something.
const LOOK: Duration = Duration::from_secs(1);

/// What a server begins, or goes on, with.
pub(super) struct Loaded {
    pub(super) plan: Plan,
    pub(super) passwords: Passwords,
    pub(super) follower: Follower,
}

/// Why a server cannot.
pub(super) struct Unloaded {
    pub(super) problems: Vec<Problem>,
    /// Nothing that was signed is in force.
    pub(super) is_unsigned: bool,
}

impl From<Vec<Problem>> for Unloaded {
    fn from(problems: Vec<Problem>) -> Self {
        Unloaded {
            problems,
            is_unsigned: false,
        }
    }
}

/// Reads the settings and what they name: the tables as they are on disk, or, where that is required, those that were
/// signed. `known` is what was followed before.
pub(super) fn load(file: &Path, known: &Known) -> Result<Loaded, Unloaded> {
    let settings = Settings::load(file).map_err(|problem| vec![problem])?;
    let mut chosen = None;
    let seen = Seen::of(&settings);
    if settings.sign_off.is_required() {
        let problems = settings.check();
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let found = choose(&settings, steady::now(), known.of(&settings));
        chosen = Some(found.map_err(|nothing| Unloaded {
            problems: nothing.problems,
            is_unsigned: true,
        })?);
    }
    let routing = chosen.as_ref().map(|chosen| chosen.routing.as_path());
    let plan = Plan::of(settings.clone(), routing)?;
    let passwords = plan.settings.passwords(|name| std::env::var(name).ok());
    let passwords = passwords.map_err(|problem| vec![problem])?;
    let following = chosen.map(|chosen| {
        let on_disk = on_disk(&settings);
        Box::new(Following {
            settings,
            passwords: passwords.clone(),
            seen,
            chosen,
            on_disk,
        })
    });
    Ok(Loaded {
        plan,
        passwords,
        follower: Follower(following),
    })
}

/// How far a history was known.
#[derive(Default)]
pub(super) struct Known(Option<(std::path::PathBuf, Head)>);

impl Known {
    /// The head, if it is of the history that these settings name.
    fn of(&self, settings: &Settings) -> Option<&Head> {
        let (file, head) = self.0.as_ref()?;
        (*file == history_file(settings)).then_some(head)
    }
}

/// The file of the history as it was when it was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen(Option<(u64, SystemTime)>);

impl Seen {
    fn of(settings: &Settings) -> Seen {
        let found = std::fs::metadata(history_file(settings)).ok();
        Seen(found.and_then(|found| Some((found.len(), found.modified().ok()?))))
    }
}

struct Following {
    settings: Settings,
    passwords: Passwords,
    seen: Seen,
    chosen: Chosen,
    /// What is wrong with what is under routing/.
    on_disk: Option<Problem>,
}

/// Follows what was signed, if only that is served.
pub(super) struct Follower(Option<Box<Following>>);

impl Follower {
    /// How far the history is known.
    pub(super) fn known(&self) -> Known {
        let known = self.0.as_ref();
        Known(known.map(|f| (history_file(&f.settings), f.chosen.head)))
    }

    /// Says by what callers are served from now on, and what is refused.
    pub(super) fn tell(&self) {
        let Some(following) = &self.0 else {
            return;
        };
        let (proposal, set) = (following.chosen.proposal, following.chosen.set.id());
        tracing::info!(proposal, %set, "callers are served by what was signed");
        following.chosen.tidy();
        following.tell_refused();
    }

    /// Waits until there is something to follow.
    pub(super) async fn due(&self) {
        let Some(following) = &self.0 else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(LOOK).await;
            let (next, seen) = (following.chosen.next, Seen::of(&following.settings));
            if next.is_some_and(|next| next <= steady::now()) || seen != following.seen {
                return;
            }
        }
    }

    /// Has callers from now on served by what is in force now. Where that is nothing, or cannot be served, all stays as
    /// it is, and somebody is told.
    pub(super) async fn follow(&mut self, service: &Service) {
        let Some(following) = &mut self.0 else {
            return;
        };
        let seen = Seen::of(&following.settings);
        let (settings, known) = (following.settings.clone(), following.chosen.head);
        let before = following.chosen.set.clone();
        let chosen = tokio::task::spawn_blocking(move || {
            let chosen = choose(&settings, steady::now(), Some(&known))?;
            Ok((following_plan(settings, &chosen, &before), chosen))
        });
        following.seen = seen;
        match chosen.await {
            Ok(Ok((plan, chosen))) => following.take(service, plan, chosen).await,
            Ok(Err(Nothing { problems, next })) => {
                following.chosen.next = next;
                not_followed(service, &problems);
            }
            Err(error) => tracing::error!(%error, "nothing is changed"),
        }
    }
}

/// The plan of a set, if it is another one than before.
fn following_plan(
    settings: Settings,
    chosen: &Chosen,
    before: &Set,
) -> Option<Result<Plan, Vec<Problem>>> {
    (chosen.set != *before).then(|| Plan::of(settings, Some(&chosen.routing)))
}

impl Following {
    async fn take(
        &mut self,
        service: &Service,
        plan: Option<Result<Plan, Vec<Problem>>>,
        chosen: Chosen,
    ) {
        match plan {
            None => self.chosen = chosen,
            Some(Ok(plan)) => {
                service.publish(plan, self.passwords.clone()).await;
                self.chosen = chosen;
                self.chosen.tidy();
                let (proposal, set) = (self.chosen.proposal, self.chosen.set.id());
                tracing::info!(proposal, %set, "another set is in force: new callers are served by it");
            }
            Some(Err(problems)) => {
                let proposal = chosen.proposal;
                tracing::error!(
                    proposal,
                    "what is in force cannot be served with these settings"
                );
                self.chosen.head = chosen.head;
                self.chosen.next = chosen.next;
                return not_followed(service, &problems);
            }
        }
        self.tell_refused();
    }

    fn tell_refused(&self) {
        for refused in &self.chosen.refused {
            tracing::error!("refused: {refused}");
        }
        if let Some(problem) = &self.on_disk {
            tracing::error!("refused: {}: {}", problem.file.display(), problem.message);
        }
        let refused = self.chosen.refused.len() + usize::from(self.on_disk.is_some());
        metrics::gauge!("ivr111_sign_off_refused").set(refused as f64);
        metrics::gauge!("ivr111_sign_off_proposal").set(self.chosen.proposal as f64);
    }
}

/// Tells whoever watches over the service that it goes on by what it has.
pub(super) fn not_followed(service: &Service, problems: &[Problem]) {
    output::problems(problems);
    metrics::gauge!("ivr111_sign_off_refused").set(problems.len() as f64);
    let why: Vec<&str> = problems
        .iter()
        .map(|p| p.message.as_str())
        .take(3)
        .collect();
    service.alerts().raise(&Alert {
        kind: "sign-off",
        about: None,
        text: format!(
            "callers are served by the last good set, since {}",
            why.join("; ")
        ),
    });
}
