//! Who we say is calling, on calls out.

use std::net::SocketAddr;

use crate::identity::Caller;
use crate::sip::quoted;

/// From and the headers that go with it.
pub(super) struct IdentityOut {
    pub(super) from: String,
    pub(super) headers: Vec<(String, String)>,
}

/// The caller's own identity, for a crisis line. What they withheld stays hidden from those who are not
/// to see it (RFC 3323); the network number goes along all the same (RFC 3325).
pub(super) fn of_caller(caller: &Caller, ours: SocketAddr) -> IdentityOut {
    let from = match caller.presentation.known() {
        Some(number) => format!("<sip:{}@{ours};user=phone>", number.e164()),
        None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
    };
    let mut headers = asserted(caller, ours);
    if caller.presentation.known().is_none() && !headers.is_empty() {
        headers.push(("Privacy".into(), "id".into()));
    }
    IdentityOut { from, headers }
}

/// The caller's number for a control room, which is given it whatever the caller withheld.
pub(super) fn for_emergency(caller: &Caller, ours: SocketAddr) -> IdentityOut {
    let from = match caller.best() {
        Some(number) => format!("<sip:{}@{ours};user=phone>", number.e164()),
        None => format!("<sip:unavailable@{ours}>"),
    };
    let headers = asserted(caller, ours);
    IdentityOut { from, headers }
}

/// For a handler's phone: what the caller is about, and their number where there is one.
pub(super) fn for_handler(caller: &Caller, display: &str, ours: SocketAddr) -> IdentityOut {
    let user = match caller.best() {
        Some(number) => number.e164(),
        None => caller.word(),
    };
    IdentityOut {
        from: format!("{} <sip:{user}@{ours}>", quoted(display)),
        headers: vec![],
    }
}

/// The service itself, which rings somebody back.
pub(super) fn of_service(ours: SocketAddr) -> IdentityOut {
    IdentityOut {
        from: format!("\"NHS 111\" <sip:111@{ours}>"),
        headers: vec![("P-Asserted-Identity".into(), format!("<sip:111@{ours}>"))],
    }
}

fn asserted(caller: &Caller, ours: SocketAddr) -> Vec<(String, String)> {
    let number = caller.best().map(|number| number.e164());
    let value = number.map(|number| format!("<sip:{number}@{ours};user=phone>"));
    value
        .map(|value| ("P-Asserted-Identity".into(), value))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{CallerNumber, Number};

    #[test]
    fn a_withheld_number_is_shown_to_a_control_room_and_to_no_crisis_line() {
        let number = CallerNumber::Known(Number::parse("01632960001").unwrap());
        let caller = Caller {
            network: number,
            presentation: CallerNumber::Withheld,
            text_relay: false,
        };
        let ours = "127.0.0.1:5060".parse().unwrap();
        let emergency = for_emergency(&caller, ours);
        assert!(emergency.from.contains("+441632960001"));
        let crisis = of_caller(&caller, ours);
        assert!(crisis.from.contains("anonymous"));
        assert!(crisis.headers.contains(&("Privacy".into(), "id".into())));
    }
}
