//! What callers hear outside the menus: the prompts by name.

pub(super) const QUEUE_JOINED: &str = "queue-joined";
pub(super) const QUEUE_COMFORT: &str = "queue-comfort";
pub(crate) const QUEUE_KEPT: &str = "queue-kept";
pub(crate) const QUEUE_FULL_CALLBACK: &str = "queue-full-callback";
pub(super) const KEPT_PLACE_GREETING: &str = "kept-place-greeting";
pub(super) const MUSIC: &str = "music";
pub(crate) const CALLBACK_BOOKED: &str = "callback-booked";
pub(crate) const CALLBACK_NOT_BOOKED: &str = "callback-not-booked";
pub(super) const CALLBACK_CLINICIAN: &str = "callback-clinician";
pub(super) const CALLBACK_NO_ANSWER: &str = "callback-no-answer";
pub(crate) const CRISIS_CONNECTING: &str = "crisis-connecting";
pub(crate) const CRISIS_NO_ANSWER: &str = "crisis-no-answer";
pub(super) const CAPACITY_ASK: &str = "capacity-ask";
pub(super) const CAPACITY_HOURS: &str = "capacity-hours";
pub(super) const CAPACITY_GREEN: &str = "capacity-green";
pub(super) const CAPACITY_AMBER: &str = "capacity-amber";
pub(super) const CAPACITY_RED: &str = "capacity-red";
pub(super) const CAPACITY_UNKNOWN: &str = "capacity-unknown";
pub(super) const DIRECTORY_CONNECTING: &str = "directory-connecting";
pub(super) const DIRECTORY_BACK: &str = "directory-back";
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
pub(super) const TRANSFER_CONNECTING: &str = "transfer-connecting";
pub(super) const TRANSFER_FAILED: &str = "transfer-failed";
pub(super) const CALLER_RETURNED: &str = "caller-returned";
pub(super) const SUPERVISOR_LISTENING: &str = "supervisor-listening";
pub(super) const SUPERVISOR_NOBODY: &str = "supervisor-nobody";

// Of callbacks.
pub(super) const CALLBACK_CONNECTING: &str = "callback-connecting";
pub(super) const DECISION_BEFORE: &str = "decision-before";
pub(super) const DECISION_NUMBER: &str = "decision-number";
pub(super) const DECISION_CHOICES: &str = "decision-choices";
pub(super) const DECISION_NOW: &str = "decision-now";
pub(super) const DECISION_LATER: &str = "decision-later";
pub(super) const DECISION_CLOSED: &str = "decision-closed";

/// Every prompt that handlers, supervisors and providers hear: each must have been recorded too.
pub const STAFF_PROMPTS: [&str; 26] = [
    CAPACITY_ASK,
    CAPACITY_HOURS,
    CAPACITY_GREEN,
    CAPACITY_AMBER,
    CAPACITY_RED,
    CAPACITY_UNKNOWN,
    HANDLER_READY,
    HANDLER_NOT_READY,
    HANDLER_SIGNED_IN,
    HANDLER_SIGNED_OUT,
    HANDLER_WRAP_UP_ENDED,
    HANDLER_WRAP_UP_EXTENDED,
    CODE_UNKNOWN,
    CODE_NOT_NOW,
    CODE_NOT_ALLOWED,
    TRANSFER_CONNECTING,
    TRANSFER_FAILED,
    CALLER_RETURNED,
    SUPERVISOR_LISTENING,
    SUPERVISOR_NOBODY,
    DECISION_BEFORE,
    DECISION_NUMBER,
    DECISION_CHOICES,
    DECISION_NOW,
    DECISION_LATER,
    DECISION_CLOSED,
];

/// Every prompt that is said outside the menus: each must have been recorded.
pub const SERVICE_PROMPTS: [&str; 19] = [
    QUEUE_JOINED,
    QUEUE_COMFORT,
    QUEUE_KEPT,
    QUEUE_FULL_CALLBACK,
    KEPT_PLACE_GREETING,
    MUSIC,
    CALLBACK_BOOKED,
    CALLBACK_NOT_BOOKED,
    CALLBACK_CLINICIAN,
    CALLBACK_NO_ANSWER,
    CRISIS_CONNECTING,
    CRISIS_NO_ANSWER,
    DIRECTORY_BACK,
    DIRECTORY_CONNECTING,
    EMERGENCY_CONNECTING,
    EMERGENCY_WAITING,
    EMERGENCY_HANDLER,
    EMERGENCY_AGAIN,
    CALLBACK_CONNECTING,
];
