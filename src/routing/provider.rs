use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::hours::{BankHolidays, Hours};

/// One of the partners who take a region's calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Provider {
    /// Its name in reports.
    pub id: Spanned<String>,
    /// Its share of the region's calls in per cent.
    pub share: u32,
    /// When it takes calls; always, when left out.
    #[serde(default)]
    pub hours: Hours,
    /// It cannot take calls just now: others take its callers, who still count to its share. Written by hand,
    /// and taken away by hand; a provider that has failed in one region has failed in all.
    #[serde(default)]
    pub failed: bool,
}

/// Which provider a call falls to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderDecision {
    /// The provider's id.
    pub provider: String,
    /// A sentence for the timeline.
    pub why: String,
}

/// 2^64 divided by the golden ratio: multiples of it fill the unit interval evenly, so that any run of
/// calls is split by the shares far more exactly than by chance.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Who takes calls now, and what is to be said of that.
fn among<'a>(
    providers: &'a [Provider],
    now: Timestamp,
    holidays: &BankHolidays,
) -> (Vec<&'a Provider>, &'static str) {
    let open = providers.iter().filter(|p| p.hours.is_open(now, holidays));
    let open: Vec<&Provider> = open.collect();
    if open.is_empty() {
        (providers.iter().collect(), ", though all are closed")
    } else if open.len() < providers.len() {
        (open, " of those open")
    } else {
        (open, "")
    }
}

/// Whether a provider has any part of the calls now.
pub(super) fn may_decide(
    providers: &[Provider],
    provider: &str,
    now: Timestamp,
    holidays: &BankHolidays,
) -> bool {
    let (among, _) = among(providers, now, holidays);
    let mut sharing = among.iter().filter(|one| one.share > 0);
    sharing.any(|one| one.id.get_ref() == provider)
}

/// Decides by the call's number in its region: the same number, the same provider. Closed providers'
/// shares go to those that are open; with all closed, the shares stand as written, because a caller is
/// never left without one.
pub(super) fn decide(
    providers: &[Provider],
    turn: u64,
    now: Timestamp,
    holidays: &BankHolidays,
) -> Option<ProviderDecision> {
    let (among, note) = among(providers, now, holidays);
    let sum: u64 = among.iter().map(|p| u64::from(p.share)).sum();
    let place = u128::from(turn.wrapping_mul(GOLDEN)) * u128::from(sum);
    let mut place = (place >> 64) as u64;
    let chosen = among.iter().find(|p| {
        let share = u64::from(p.share);
        let here = place < share;
        place = place.wrapping_sub(if here { 0 } else { share });
        here
    });
    let chosen = chosen.or(among.first())?;
    let diverted = match chosen.failed {
        true => "; it has failed, and others take its callers",
        false => "",
    };
    Some(ProviderDecision {
        provider: chosen.id.get_ref().clone(),
        why: format!("share of {} in {sum}{note}{diverted}", chosen.share),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn provider(id: &str, share: u32, hours: &str) -> Provider {
        toml::from_str(&format!("id = \"{id}\"\nshare = {share}\n{hours}")).unwrap()
    }

    fn counts(providers: &[Provider], from: u64, now: &str) -> Vec<usize> {
        let now = now.parse().unwrap();
        let none = BankHolidays::default();
        let decided: Vec<String> = (from..from + 10_000)
            .map(|turn| decide(providers, turn, now, &none).unwrap().provider)
            .collect();
        let count = |p: &Provider| decided.iter().filter(|d| *d == p.id.get_ref()).count();
        providers.iter().map(count).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn ten_thousand_calls_split_within_one_per_cent(share in 1u32..99, from in 0u64..1 << 40) {
            let providers = [provider("a", share, ""), provider("b", 100 - share, "")];
            let counts = counts(&providers, from, "2026-11-02T12:00:00Z");
            let wanted = share as usize * 100;
            prop_assert!(counts[0].abs_diff(wanted) <= 100, "{counts:?} of {share}");
        }
    }

    #[test]
    fn a_closed_providers_share_goes_to_the_others() {
        let night = "hours = { week = { mon = [\"18:00-24:00\"] } }";
        let providers = [
            provider("a", 50, night),
            provider("b", 25, ""),
            provider("c", 25, ""),
        ];
        let day = counts(&providers, 0, "2026-11-02T12:00:00Z");
        assert_eq!(day[0], 0);
        assert!(day[1].abs_diff(5_000) <= 50, "{day:?}");
        let evening = counts(&providers, 0, "2026-11-02T19:00:00Z");
        assert!(evening[0].abs_diff(5_000) <= 50, "{evening:?}");
    }

    #[test]
    fn the_callers_of_a_failed_provider_count_to_its_share() {
        let providers = [provider("a", 70, "failed = true"), provider("b", 30, "")];
        let counts = counts(&providers, 0, "2026-11-02T12:00:00Z");
        assert!(counts[0].abs_diff(7_000) <= 100, "{counts:?}");
        let now = "2026-11-02T12:00:00Z".parse().unwrap();
        let none = BankHolidays::default();
        let why = |turn| decide(&providers, turn, now, &none).unwrap();
        for decision in (0..10).map(why) {
            let diverted = decision.why.contains("others take its callers");
            assert_eq!(diverted, decision.provider == "a", "{}", decision.why);
        }
    }

    #[test]
    fn with_all_closed_a_caller_still_has_one() {
        let never = "hours = { week = {} }";
        let providers = [provider("a", 70, never), provider("b", 30, never)];
        let counts = counts(&providers, 7, "2026-11-02T12:00:00Z");
        assert!(counts[0].abs_diff(7_000) <= 100, "{counts:?}");
    }
}
