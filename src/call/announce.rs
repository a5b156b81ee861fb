//! What callers hear outside the menus: the prompts by name.

pub(super) const QUEUE_JOINED: &str = "queue-joined";
pub(super) const QUEUE_COMFORT: &str = "queue-comfort";
pub(super) const QUEUE_KEPT: &str = "queue-kept";
pub(super) const QUEUE_KEPT_NUMBER_UNKNOWN: &str = "queue-kept-number-unknown";
pub(super) const QUEUE_FULL_CALLBACK: &str = "queue-full-callback";
pub(super) const KEPT_PLACE_GREETING: &str = "kept-place-greeting";
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
