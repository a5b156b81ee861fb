use std::collections::BTreeMap;

/// The key that has a letter or a digit on it (ITU-T E.161); none for anything else.
fn key_of(character: char) -> Option<char> {
    let key = match character.to_ascii_uppercase() {
        digit @ '0'..='9' => digit,
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        _ => return None,
    };
    Some(key)
}

/// The first half of a postcode, such as `BN1` or `SW1A`. `Debug` hides it: it tells where somebody is.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OutwardCode {
    code: String,
    tells_region: bool,
}

impl OutwardCode {
    /// A code, and whether whoever is there is in one region for certain.
    pub fn new(code: &str, tells_region: bool) -> Self {
        OutwardCode {
            code: code.to_ascii_uppercase(),
            tells_region,
        }
    }

    /// The code, in capitals.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// Whether whoever is there is in one region for certain. Some lie on a border.
    pub fn tells_region(&self) -> bool {
        self.tells_region
    }

    /// The keys that spell it, each letter and digit by the key that it stands on, pressed once.
    pub fn keys(&self) -> String {
        self.code.chars().filter_map(key_of).collect()
    }
}

impl std::fmt::Debug for OutwardCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutwardCode(_)")
    }
}

/// Every outward code that there is, found by the keys that spell it: 261 is B61, BN1, CM1 or CO1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutwardCodes(BTreeMap<String, Vec<OutwardCode>>);

impl OutwardCodes {
    /// No more of them than there are keys to choose by may be spelt alike.
    pub const MOST_ALIKE: usize = 9;

    /// What the keys spell; nothing where no code is spelt so. Of a whole postcode (five to seven keys, of
    /// which the last three are its other half) the first half counts.
    pub fn spelt(&self, keys: &str) -> &[OutwardCode] {
        let outward = || {
            let (first, rest) = keys.split_at_checked(keys.len().checked_sub(3)?)?;
            let inward = rest.bytes().skip(1).all(|key| (b'2'..=b'9').contains(&key));
            (first.len() >= 2 && inward).then(|| self.0.get(first))?
        };
        let codes = self.0.get(keys).or_else(outward);
        codes.map_or(&[], Vec::as_slice)
    }

    /// Whether whoever is there is in one region for certain, as the tables have it now.
    pub fn tells_region(&self, code: &OutwardCode) -> bool {
        let alike = self.spelt(&code.keys());
        let found = alike.iter().find(|found| found.code == code.code);
        found.is_some_and(|found| found.tells_region)
    }

    /// The codes that the same keys spell, where they are most.
    pub fn most_alike(&self) -> &[OutwardCode] {
        let most = self.0.values().max_by_key(|codes| codes.len());
        most.map_or(&[], Vec::as_slice)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &OutwardCode> {
        self.0.values().flatten()
    }
}

impl FromIterator<OutwardCode> for OutwardCodes {
    fn from_iter<I: IntoIterator<Item = OutwardCode>>(codes: I) -> Self {
        let mut spelt: BTreeMap<String, Vec<OutwardCode>> = BTreeMap::new();
        for code in codes {
            spelt.entry(code.keys()).or_default().push(code);
        }
        for codes in spelt.values_mut() {
            codes.sort_by(|a, b| a.code.cmp(&b.code));
            codes.dedup();
        }
        OutwardCodes(spelt)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes() -> OutwardCodes {
        let all = ["BN1", "CO1", "CM1", "B61", "SW1A", "S1", "SE1", "BN26"];
        all.map(|code| OutwardCode::new(code, true))
            .into_iter()
            .collect()
    }

    fn spelt(keys: &str) -> Vec<String> {
        let codes = codes();
        let spelt = codes.spelt(keys).iter();
        spelt.map(|code| code.as_str().to_owned()).collect()
    }

    #[test]
    fn keys_spell_every_code_that_is_keyed_so() {
        assert_eq!(spelt("261"), ["B61", "BN1", "CM1", "CO1"]);
        assert_eq!(spelt("7912"), ["SW1A"]);
        assert_eq!(spelt("71"), ["S1"]);
        assert!(spelt("99").is_empty() && spelt("").is_empty() && spelt("1").is_empty());
    }

    #[test]
    fn of_a_whole_postcode_the_first_half_counts() {
        assert_eq!(spelt("261122"), spelt("261"));
        assert_eq!(spelt("7912222"), ["SW1A"]);
        assert_eq!(spelt("71899"), ["S1"]);
        // Four keys are an outward code or nothing, and no second half has a letter on 0 or 1.
        assert_eq!(spelt("2626"), ["BN26"]);
        assert!(spelt("7122").is_empty());
        assert!(spelt("261101").is_empty());
    }

    #[test]
    fn what_is_printed_tells_nobody_where_a_caller_is() {
        assert!(!format!("{:?}", codes()).contains("BN1"));
    }

    proptest! {
        #[test]
        fn whatever_is_keyed_nothing_panics(keys in ".{0,9}") {
            let _ = codes().spelt(&keys);
        }

        #[test]
        fn every_code_is_found_by_its_keys(code in "[A-Z]{1,2}[0-9]{1,2}[A-Z]?") {
            let code = OutwardCode::new(&code, false);
            let codes: OutwardCodes = [code.clone()].into_iter().collect();
            prop_assert_eq!(codes.spelt(&code.keys()), &[code]);
        }
    }
}
