//! What callers hear outside the menus: the prompts by name.

pub(super) const QUEUE_JOINED: &str = "queue-joined";
pub(super) const QUEUE_COMFORT: &str = "queue-comfort";
pub(super) const MUSIC: &str = "music";
pub(super) const CALLBACK_BOOKED: &str = "callback-booked";
pub(super) const CALLBACK_NOT_BOOKED: &str = "callback-not-booked";
pub(super) const CALLBACK_CLINICIAN: &str = "callback-clinician";
pub(super) const CALLBACK_NO_ANSWER: &str = "callback-no-answer";
pub(super) const CRISIS_CONNECTING: &str = "crisis-connecting";
pub(super) const CRISIS_NO_ANSWER: &str = "crisis-no-answer";
pub(super) const EMERGENCY_CONNECTING: &str = "emergency-connecting";
pub(super) const EMERGENCY_WAITING: &str = "emergency-waiting";
pub(super) const EMERGENCY_HANDLER: &str = "emergency-handler";
pub(super) const EMERGENCY_AGAIN: &str = "emergency-again";
pub(super) const HANDLER_READY: &str = "handler-ready";
pub(super) const HANDLER_NOT_READY: &str = "handler-not-ready";
pub(super) const HANDLER_SIGNED_IN: &str = "handler-signed-in";
pub(super) const HANDLER_SIGNED_OUT: &str = "handler-signed-out";
pub(super) const HANDLER_WRAP_UP_ENDED: &str = "handler-wrap-up-ended";
pub(super) const HANDLER_WRAP_UP_EXTENDED: &str = "handler-wrap-up-extended";
pub(super) const CODE_UNKNOWN: &str = "code-unknown";
pub(super) const CODE_NOT_NOW: &str = "code-not-now";
pub(super) const CODE_NOT_ALLOWED: &str = "code-not-allowed";

/// Every prompt that is said outside the menus: each must have been recorded.
pub const SERVICE_PROMPTS: [&str; 13] = [
    QUEUE_JOINED,
    QUEUE_COMFORT,
    MUSIC,
    CALLBACK_BOOKED,
    CALLBACK_NOT_BOOKED,
    CALLBACK_CLINICIAN,
    CALLBACK_NO_ANSWER,
    CRISIS_CONNECTING,
    CRISIS_NO_ANSWER,
    EMERGENCY_CONNECTING,
    EMERGENCY_WAITING,
    EMERGENCY_HANDLER,
    EMERGENCY_AGAIN,
];
