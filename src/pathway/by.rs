use serde::{Deserialize, Serialize};

use crate::queue::HandlerId;

/// Who has done something, and whether a clinician has: what only a clinician may do is refused to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The account.
    pub account: HandlerId,
    /// Whether it is a clinician's.
    pub clinician: bool,
}

impl By {
    /// A call handler.
    pub fn handler(account: &str) -> Self {
        By {
            account: HandlerId::new(account),
            clinician: false,
        }
    }

    /// A clinician.
    pub fn clinician(account: &str) -> Self {
        By {
            account: HandlerId::new(account),
            clinician: true,
        }
    }
}
