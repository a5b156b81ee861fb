use crate::report::page::{Block, Part};
use crate::report::words::dash;
use crate::settings::{AbandonedOf, ClockStart, Ivr};

use super::about::About;

/// By what rules it was counted.
pub fn rules(about: &About) -> Part {
    let settings = about.settings;
    let clock = match settings.clock_starts {
        ClockStart::Introduced => {
            "the introductory message has been said, or a key has cut it short"
        }
        ClockStart::Arrived => "the call arrives",
        ClockStart::Answered => "the line is answered",
        ClockStart::Queued => "the caller begins to wait for a handler",
    };
    let ivr = match settings.ivr {
        Ivr::Led => "the menus have led somewhere",
        Ivr::Streamed => "the menus have led elsewhere than to a handler or a clinician",
    };
    let of = match settings.abandoned_of {
        AbandonedOf::Received => "of all calls that were received (B02 of A01)",
        AbandonedOf::Offered => "of the calls that were answered or abandoned (B02 of A03 + B02)",
    };
    let mut text = format!(
        "A call counts where and when it arrived, from the first moment of the period, inclusive, to the last, exclusive. \
         Days and hours are London’s.\n\n\
         The time to answer begins when {clock}, and ends when a handler or a clinician has answered and the caller is on the \
         line. A call is abandoned when the caller has hung up before anything was done for them; a promised callback, a crisis \
         line, 999 and a kept place are something.\n\n\
         Abandoned calls are told in hundredths {of}. Calls routed through the IVR (A02) are those that {ivr}. The 95th centile \
         (B07) is the smallest time such that at least 95 % of the times to answer are no longer.\n\n\
         A target of nobody’s calls is neither met nor missed."
    );
    text.push(' ');
    text.push_str(&dash(about.suppressed));
    Part {
        heading: "How this was counted".to_owned(),
        blocks: vec![Block::Text(text)],
    }
}
