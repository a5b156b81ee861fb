//! What a REFER of the peer sets going (RFC 3515): a reply, and NOTIFY for as long as the transfer takes.

use std::time::{Duration, Instant};

use rsipstack::sip::{Header, StatusCode};

use super::handle::ReferId;

/// How long the call may take to reply to a REFER.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a transfer may take, until the peer is told no more of it.
const LASTS: Duration = Duration::from_secs(180);

/// One REFER. Time is passed in.
#[derive(Debug)]
pub(super) struct Referral {
    /// Its name, which is its CSeq.
    pub id: ReferId,
    /// The peer wants to hear nothing of what comes of it (RFC 4488).
    pub silent: bool,
    /// The dialog has seen others, so that NOTIFY must tell which one it is about (section 2.4.6).
    named: bool,
    accepted: bool,
    deadline: Instant,
    last: u16,
}

/// What stands in a NOTIFY.
#[derive(Debug)]
pub(super) struct Notification {
    /// Event and Subscription-State.
    pub headers: Vec<Header>,
    /// A status line, as `message/sipfrag` (RFC 3420).
    pub body: String,
}

impl Referral {
    pub(super) fn new(id: ReferId, named: bool, silent: bool, now: Instant) -> Self {
        Referral {
            id,
            silent,
            named,
            accepted: false,
            deadline: now + PATIENCE,
            last: 100,
        }
    }

    /// Until when something must have come of it.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the call has agreed to it.
    pub(super) fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// The call has agreed: the time of the transfer begins.
    pub(super) fn accept(&mut self, now: Instant) {
        self.accepted = true;
        self.deadline = now + LASTS;
    }

    /// How far the transfer has got; a final status is the last that the peer hears of it.
    pub(super) fn progress(&mut self, status: u16, now: Instant) -> Notification {
        self.last = status;
        if status >= 200 {
            return self.notification("terminated;reason=noresource".into());
        }
        let left = self.deadline.saturating_duration_since(now).as_secs();
        self.notification(format!("active;expires={left}"))
    }

    /// The transfer has taken too long (RFC 6665 section 4.2.2).
    pub(super) fn run_out(&self) -> Notification {
        self.notification("terminated;reason=timeout".into())
    }

    fn notification(&self, state: String) -> Notification {
        let event = match self.named {
            true => format!("refer;id={}", self.id.0),
            false => "refer".to_owned(),
        };
        Notification {
            headers: vec![
                Header::Event(event.into()),
                Header::SubscriptionState(state.into()),
            ],
            body: format!("SIP/2.0 {}\r\n", StatusCode::from(self.last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(notification: &Notification) -> (Vec<&str>, &str) {
        let headers = notification.headers.iter().map(Header::value);
        (headers.collect(), &notification.body)
    }

    #[test]
    fn the_peer_hears_how_far_it_has_got_until_the_end() {
        let start = Instant::now();
        let mut referral = Referral::new(ReferId(7), false, false, start);
        assert_eq!(referral.deadline(), start + PATIENCE);
        referral.accept(start);
        assert_eq!(referral.deadline(), start + LASTS);
        let later = start + Duration::from_secs(30);
        assert_eq!(
            told(&referral.progress(180, later)),
            (
                vec!["refer", "active;expires=150"],
                "SIP/2.0 180 Ringing\r\n"
            )
        );
        assert_eq!(
            told(&referral.progress(486, later)),
            (
                vec!["refer", "terminated;reason=noresource"],
                "SIP/2.0 486 Busy Here\r\n"
            )
        );
    }

    #[test]
    fn a_later_one_is_named_by_its_cseq_and_one_too_long_ends() {
        let start = Instant::now();
        let mut referral = Referral::new(ReferId(7), true, false, start);
        referral.accept(start);
        referral.progress(180, start);
        assert_eq!(
            told(&referral.run_out()),
            (
                vec!["refer;id=7", "terminated;reason=timeout"],
                "SIP/2.0 180 Ringing\r\n"
            )
        );
    }
}
