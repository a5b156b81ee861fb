//! What handlers and supervisors dial to steer.

use std::collections::BTreeMap;

/// What somebody has dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Ready for callers.
    Ready,
    /// Not to be offered anybody, for one of the reasons that have a digit, or for none.
    NotReady(Option<u8>),
    /// Done with the last call.
    EndWrapUp,
    /// More time is needed after the last call.
    ExtendWrapUp,
    /// At work, by this phone.
    SignIn,
    /// Not at work, though the phone stays registered.
    SignOut,
    /// A supervisor hears a handler's call.
    Listen(String),
    /// And speaks to the handler, unheard by the caller.
    Whisper(String),
    /// And speaks to both.
    Barge(String),
    /// And has the caller instead of the handler.
    TakeOver(String),
}

impl Code {
    /// One word for logs and figures.
    pub fn word(&self) -> &'static str {
        match self {
            Code::Ready => "ready",
            Code::NotReady(_) => "not-ready",
            Code::EndWrapUp => "end-wrap-up",
            Code::ExtendWrapUp => "extend-wrap-up",
            Code::SignIn => "sign-in",
            Code::SignOut => "sign-out",
            Code::Listen(_) => "listen",
            Code::Whisper(_) => "whisper",
            Code::Barge(_) => "barge",
            Code::TakeOver(_) => "take-over",
        }
    }

    /// Whether it is for supervisors, and not for whoever answers callers.
    pub fn is_supervisors(&self) -> bool {
        matches!(
            self,
            Code::Listen(_) | Code::Whisper(_) | Code::Barge(_) | Code::TakeOver(_)
        )
    }

    /// Whether it makes somebody free for callers, whose phone must not be engaged by dialling it then.
    pub fn frees(&self) -> bool {
        matches!(self, Code::Ready | Code::EndWrapUp | Code::SignIn)
    }
}

/// What stands for what. Each is matched exactly: [`not_ready`](Codes::not_ready) alone or with the digit
/// of a reason, the supervisors' with the name of an account behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// [`Code::Ready`].
    pub ready: String,
    /// [`Code::NotReady`].
    pub not_ready: String,
    /// The reasons that there are, by their digits.
    pub reasons: BTreeMap<u8, String>,
    /// [`Code::EndWrapUp`].
    pub end_wrap_up: String,
    /// [`Code::ExtendWrapUp`].
    pub extend_wrap_up: String,
    /// [`Code::SignIn`].
    pub sign_in: String,
    /// [`Code::SignOut`].
    pub sign_out: String,
    /// [`Code::Listen`].
    pub listen: String,
    /// [`Code::Whisper`].
    pub whisper: String,
    /// [`Code::Barge`].
    pub barge: String,
    /// [`Code::TakeOver`].
    pub take_over: String,
}

impl Default for Codes {
    fn default() -> Self {
        let reasons = [
            (1, "break"),
            (2, "training"),
            (3, "meeting"),
            (4, "technical"),
        ];
        let reasons = reasons.map(|(digit, name)| (digit, name.to_owned()));
        Codes {
            ready: "*21".into(),
            not_ready: "*22".into(),
            reasons: BTreeMap::from(reasons),
            end_wrap_up: "*23".into(),
            extend_wrap_up: "*24".into(),
            sign_in: "*25".into(),
            sign_out: "*26".into(),
            listen: "*31".into(),
            whisper: "*32".into(),
            barge: "*33".into(),
            take_over: "*34".into(),
        }
    }
}

/// What may stand behind a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    Reason,
    Account,
}

/// A code, what may stand behind it, and what it means with that.
type Row<'a> = (&'a str, Tail, fn(&str) -> Code);

impl Codes {
    /// What was dialled; none where it is no code. A digit without a reason and a supervisor's code
    /// without an account are none.
    pub fn parse(&self, dialled: &str) -> Option<Code> {
        let mut codes = self.all().into_iter();
        codes.find_map(|(code, tail, means)| {
            let rest = dialled.strip_prefix(code)?;
            match tail {
                Tail::Nothing => rest.is_empty().then(|| means(rest)),
                Tail::Reason if rest.is_empty() => Some(means(rest)),
                Tail::Reason => self.reason(rest).map(|_| means(rest)),
                Tail::Account => (!rest.is_empty()).then(|| means(rest)),
            }
        })
    }

    /// The name of a reason.
    pub fn reason_named(&self, digit: u8) -> Option<&str> {
        self.reasons.get(&digit).map(String::as_str)
    }

    /// Codes that cannot be told apart: by their places in [`Codes::names`], the later one first. One that
    /// ends where another goes on is told from it by its length.
    pub fn alike(&self) -> Vec<(usize, usize)> {
        let all = self.all();
        let mut alike = Vec::new();
        for (later, (code, tail, _)) in all.iter().enumerate() {
            for (earlier, (other, others_tail, _)) in all[..later].iter().enumerate() {
                if takes(other, *others_tail, code) || takes(code, *tail, other) {
                    alike.push((later, earlier));
                }
            }
        }
        alike
    }

    /// Every code with its name in the settings.
    pub fn names(&self) -> [(&'static str, &str); 10] {
        [
            ("ready", &self.ready),
            ("not-ready", &self.not_ready),
            ("end-wrap-up", &self.end_wrap_up),
            ("extend-wrap-up", &self.extend_wrap_up),
            ("sign-in", &self.sign_in),
            ("sign-out", &self.sign_out),
            ("listen", &self.listen),
            ("whisper", &self.whisper),
            ("barge", &self.barge),
            ("take-over", &self.take_over),
        ]
    }

    /// In the order of [`Codes::names`].
    fn all(&self) -> [Row<'_>; 10] {
        [
            (&self.ready, Tail::Nothing, |_| Code::Ready),
            (&self.not_ready, Tail::Reason, |rest| {
                Code::NotReady(digit(rest))
            }),
            (&self.end_wrap_up, Tail::Nothing, |_| Code::EndWrapUp),
            (&self.extend_wrap_up, Tail::Nothing, |_| Code::ExtendWrapUp),
            (&self.sign_in, Tail::Nothing, |_| Code::SignIn),
            (&self.sign_out, Tail::Nothing, |_| Code::SignOut),
            (&self.listen, Tail::Account, |rest| {
                Code::Listen(rest.into())
            }),
            (&self.whisper, Tail::Account, |rest| {
                Code::Whisper(rest.into())
            }),
            (&self.barge, Tail::Account, |rest| Code::Barge(rest.into())),
            (&self.take_over, Tail::Account, |rest| {
                Code::TakeOver(rest.into())
            }),
        ]
    }

    fn reason(&self, text: &str) -> Option<&str> {
        self.reason_named(digit(text)?)
    }
}

/// Whether a code, with what may stand behind it, takes in another one, or all that begins with it.
fn takes(code: &str, tail: Tail, other: &str) -> bool {
    let Some(rest) = other.strip_prefix(code) else {
        return false;
    };
    match tail {
        Tail::Nothing => rest.is_empty(),
        Tail::Reason => rest.is_empty() || digit(rest).is_some(),
        Tail::Account => true,
    }
}

/// A text of one digit.
fn digit(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte @ b'0'..=b'9'] => Some(byte - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_code_is_matched_exactly() {
        let codes = Codes::default();
        for (dialled, code) in [
            ("*21", Code::Ready),
            ("*22", Code::NotReady(None)),
            ("*221", Code::NotReady(Some(1))),
            ("*23", Code::EndWrapUp),
            ("*24", Code::ExtendWrapUp),
            ("*25", Code::SignIn),
            ("*26", Code::SignOut),
            ("*311001", Code::Listen("1001".into())),
            ("*32anna", Code::Whisper("anna".into())),
            ("*331001", Code::Barge("1001".into())),
            ("*341001", Code::TakeOver("1001".into())),
        ] {
            assert_eq!(codes.parse(dialled), Some(code), "{dialled}");
        }
        for dialled in [
            "", "*", "*2", "*20", "*211", "*222x", "*2211", "*229", "*22٣", "*31", "21", " *21",
            "*21#", "*2 1", "999", "111", "*5",
        ] {
            assert_eq!(codes.parse(dialled), None, "{dialled}");
        }
        assert_eq!(codes.reason_named(2), Some("training"));
    }

    #[test]
    fn those_that_are_shipped_can_be_told_apart() {
        assert_eq!(Codes::default().alike(), []);
    }

    fn alike(change: impl FnOnce(&mut Codes)) -> Vec<(usize, usize)> {
        let mut codes = Codes::default();
        change(&mut codes);
        codes.alike()
    }

    #[test]
    fn codes_that_cannot_be_told_apart_are_found() {
        assert_eq!(alike(|c| c.end_wrap_up = "*21".into()), [(2, 0)]);
        // Not ready for the fifth reason, should there be one some day.
        assert_eq!(alike(|c| c.sign_in = "*225".into()), [(4, 1)]);
        assert_eq!(alike(|c| c.ready = "*31".into()), [(6, 0)]);
        assert_eq!(alike(|c| c.barge = "*312".into()), [(8, 6)]);
        // Only its length tells this one from others, and that is enough.
        assert_eq!(alike(|c| c.ready = "*2".into()), []);
        assert_eq!(alike(|c| c.sign_in = "*2255".into()), []);
    }

    fn any_codes() -> impl Strategy<Value = Codes> {
        proptest::collection::vec("\\*[1-3]{1,3}", 10).prop_map(|texts| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().unwrap_or_default();
            Codes {
                ready: next(),
                not_ready: next(),
                end_wrap_up: next(),
                extend_wrap_up: next(),
                sign_in: next(),
                sign_out: next(),
                listen: next(),
                whisper: next(),
                barge: next(),
                take_over: next(),
                ..Codes::default()
            }
        })
    }

    proptest! {
        #[test]
        fn what_can_be_told_apart_means_one_thing(codes in any_codes(), dialled in "\\*[1-4]{0,5}") {
            let alone = |n: usize| {
                let (code, tail, _) = codes.all()[n];
                dialled.strip_prefix(code).is_some_and(|rest| match tail {
                    Tail::Nothing => rest.is_empty(),
                    Tail::Reason => rest.is_empty() || codes.reason(rest).is_some(),
                    Tail::Account => !rest.is_empty(),
                })
            };
            let meant: Vec<usize> = (0..10).filter(|n| alone(*n)).collect();
            prop_assert_eq!(codes.parse(&dialled).is_some(), !meant.is_empty());
            for pair in meant.windows(2) {
                prop_assert!(codes.alike().contains(&(pair[1], pair[0])), "{pair:?}");
            }
        }
    }
}
