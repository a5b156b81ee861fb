use serde::{Deserialize, Serialize};

use crate::audit::Hash;

/// Which pathway it was, to the last letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The pathway's id: the stem of its file.
    pub pathway: String,
    /// Its version, as its owners call it.
    pub version: String,
    /// The hash of its file: another byte is another content.
    pub content: Hash,
    /// Whether it is a sample, which is not for clinical use.
    pub sample: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assessments and referrals are kept with it.
    #[test]
    fn it_is_kept_in_one_form() {
        let stamp = Stamp {
            pathway: "dental-pain".into(),
            version: "1.2".into(),
            content: Hash::of(b"abc"),
            sample: true,
        };
        let kept = "{\"pathway\":\"dental-pain\",\"version\":\"1.2\",\"content\":\
            \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"sample\":true}";
        assert_eq!(serde_json::to_string(&stamp).unwrap(), kept);
        assert_eq!(serde_json::from_str::<Stamp>(kept).unwrap(), stamp);
        assert!(serde_json::from_str::<Stamp>(&kept.replace("ba78", "BA78")).is_err());
    }
}
