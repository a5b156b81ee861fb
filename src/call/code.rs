//! A call by which somebody steers: the phone of an account has dialled a code. It is answered, acted on,
//! said what has come of it, and hung up. No caller is in it, and nothing of it is kept.

use std::time::Duration;

use crate::flow::{ENGLISH, Utterance};
use crate::media::Playlist;
use crate::queue::{Code, HandlerId, Steered};
use crate::settings::Role;
use crate::sip::Incoming;

use super::announce::{
    CODE_NOT_ALLOWED, CODE_NOT_NOW, CODE_UNKNOWN, HANDLER_NOT_READY, HANDLER_READY,
    HANDLER_SIGNED_IN, HANDLER_SIGNED_OUT, HANDLER_WRAP_UP_ENDED, HANDLER_WRAP_UP_EXTENDED,
    SUPERVISOR_NOBODY,
};
use super::clock::Clock;
use super::log::Log;
use super::parties::{Happening, Parties, PartyId};
use super::plan::Plan;
use super::reception::refuse;
use super::service::{Service, Stage};
use super::voice::Voice;

/// Such a call is over by then, whatever happens.
const LIMIT: Duration = Duration::from_secs(20);
/// The playlist after which it is hung up.
const SAID: u64 = 1;

/// What somebody is told, and what is done once their phone is free again.
struct Answer {
    prompt: &'static str,
    then: Option<Code>,
}

/// Looks after such a call until it is over.
pub(super) async fn look_after(service: &Service, call: Incoming) {
    let Some(_steering) = service.admit_code() else {
        return refuse(&call, 503);
    };
    let plan = service.plan.load_full();
    // Held until the call is over: its place among the account's calls.
    let (invitation, _line) = (call.invitation, call.line);
    let answered = Parties::answer(
        (service.wire().clone(), service.engine.clone()),
        Log::unwritten(Clock::start()),
        call.leg,
        &invitation,
        &Voice::of_phone(None),
        call.events,
    );
    let Ok((mut parties, phone)) = answered else {
        return;
    };
    let handler = HandlerId::new(invitation.origin.name());
    let answer = act(service, &plan, &handler, &invitation.dialled);
    let said = plan.playlist(ENGLISH, &[Utterance::prompt(answer.prompt)], SAID);
    tokio::select! {
        () = say(&mut parties, phone, said) => {}
        () = tokio::time::sleep(LIMIT) => {}
        () = service.reaches(Stage::Stopping) => {}
    }
    parties.finish().await;
    if let Some(code) = answer.then {
        let extend = plan.settings.queue.extend.get();
        service.waiting_room.steer(&handler, &code, extend);
    }
}

/// Does what the code says, or leaves it for when the call is over: a handler who is ready is rung at once,
/// and a phone that is still in this call would be engaged.
fn act(service: &Service, plan: &Plan, handler: &HandlerId, dialled: &str) -> Answer {
    let code = plan.settings.codes.codes().parse(dialled);
    let accounts = &plan.settings.account;
    let account = accounts
        .iter()
        .find(|a| a.user.get_ref() == handler.as_str());
    let word = code.as_ref().map_or("unknown", Code::word);
    let refused = match (&code, account) {
        (Some(code), Some(account)) => refusal(code, account.role),
        _ => Some(CODE_UNKNOWN),
    };
    let (prompt, then) = match (refused, code) {
        (None, Some(code)) => {
            let extend = plan.settings.queue.extend.get();
            let room = &service.waiting_room;
            match room.steered(handler, &code, extend) {
                Steered::NotNow => (CODE_NOT_NOW, None),
                steered if code.frees() => (prompt_of(steered), Some(code)),
                _ => (prompt_of(room.steer(handler, &code, extend)), None),
            }
        }
        (refused, _) => (refused.unwrap_or(CODE_UNKNOWN), None),
    };
    tracing::info!(account = %handler, code = word, prompt, "a code is answered");
    metrics::counter!("ivr111_codes_total", "code" => word, "answer" => prompt).increment(1);
    Answer { prompt, then }
}

/// Why somebody may not dial a code, in the prompt that says so.
fn refusal(code: &Code, role: Role) -> Option<&'static str> {
    match (code.is_supervisors(), role.answers_callers()) {
        // A call to a handler who talks has been led into their conversation.
        (true, false) => Some(SUPERVISOR_NOBODY),
        (true, true) | (false, false) => Some(CODE_NOT_ALLOWED),
        (false, true) => None,
    }
}

fn prompt_of(steered: Steered) -> &'static str {
    match steered {
        Steered::Ready => HANDLER_READY,
        Steered::NotReady => HANDLER_NOT_READY,
        Steered::WrapUpEnded => HANDLER_WRAP_UP_ENDED,
        Steered::WrapUpExtended => HANDLER_WRAP_UP_EXTENDED,
        Steered::SignedIn => HANDLER_SIGNED_IN,
        Steered::SignedOut => HANDLER_SIGNED_OUT,
        Steered::NotNow => CODE_NOT_NOW,
    }
}

/// Says something once it can be heard, and waits until it has been said or the phone has hung up.
async fn say(parties: &mut Parties, phone: PartyId, said: Playlist) {
    let mut said = Some(said);
    loop {
        match parties.next().await {
            Happening::Ready(_) | Happening::Retrieved(_) => {
                if let Some(said) = said.take() {
                    parties.play(phone, said);
                }
            }
            Happening::Played(_, SAID) | Happening::Ended(..) => return,
            _ => {}
        }
    }
}
