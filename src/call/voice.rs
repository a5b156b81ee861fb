//! What is spoken with whom.

use crate::media::Codec;
use crate::settings::{Settings, VoiceCodec};

/// The codecs to offer and to take.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    /// The best first.
    pub(super) codecs: Vec<Codec>,
    /// Offered before the others if it is among them: what the other side of the call speaks, so that
    /// nothing need be translated.
    pub(super) first: Option<Codec>,
}

impl Voice {
    /// With a phone that has registered here: everything.
    pub(super) fn of_phone(first: Option<Codec>) -> Voice {
        Voice {
            codecs: Codec::ALL.to_vec(),
            first,
        }
    }

    /// By a trunk: what its settings say; everything where there is no such trunk.
    pub(super) fn of_trunk(settings: &Settings, trunk: &str, first: Option<Codec>) -> Voice {
        let Some(trunk) = settings.trunk_named(trunk) else {
            return Voice::of_phone(first);
        };
        let codecs = trunk.codecs.get_ref().iter().map(|codec| match codec {
            VoiceCodec::Pcma => Codec::Pcma,
            VoiceCodec::Pcmu => Codec::Pcmu,
            VoiceCodec::G722 => Codec::G722,
        });
        Voice {
            codecs: codecs.collect(),
            first,
        }
    }
}
