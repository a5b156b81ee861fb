use std::collections::{BTreeMap, BTreeSet};

use crate::flow::ENGLISH;

/// A text in every language that its pathway offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) BTreeMap<String, String>);

impl Text {
    /// In this language; where it is not offered, in English, which every pathway has.
    pub(super) fn within(&self, language: &str) -> &str {
        let text = self.0.get(language).or_else(|| self.0.get(ENGLISH));
        text.map_or("", String::as_str)
    }

    /// The first language in which both say the same to whoever reads them.
    pub(super) fn same_in<'a>(
        &self,
        other: &Text,
        languages: &'a BTreeSet<String>,
    ) -> Option<&'a str> {
        let plain = |text: &str| text.trim().to_lowercase();
        let same = languages.iter().find(|language| {
            let both = (
                self.0.get(language.as_str()),
                other.0.get(language.as_str()),
            );
            matches!(both, (Some(one), Some(two)) if plain(one) == plain(two))
        });
        same.map(String::as_str)
    }
}
