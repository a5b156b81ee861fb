//! Chance, by a number from which everything else follows.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::Priority;
use crate::queue::tests::given::*;
use crate::queue::*;

pub(super) const CALLERS: u64 = 40;
pub(super) const HANDLERS: u64 = 12;
const REGIONS: [&str; 3] = ["kent", "london", "suffolk"];
const PROVIDERS: [&str; 4] = ["harmoni", "secamb", "cityline", "anglia"];
const SKILLS: [&str; 4] = ["general", "dental", "mental-health", "clinician"];

/// A generator of random numbers (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let n = u64::try_from(from.len()).unwrap();
        (n > 0).then(|| from[usize::try_from(self.below(n)).unwrap()])
    }

    fn word(&mut self, from: &[&str]) -> String {
        self.pick(from).unwrap().to_owned()
    }

    pub(super) fn provider(&mut self) -> String {
        self.word(&PROVIDERS)
    }

    pub(super) fn caller(&mut self) -> u64 {
        self.below(CALLERS)
    }

    pub(super) fn handler(&mut self) -> HandlerId {
        id(&format!("h{}", self.below(HANDLERS)))
    }

    pub(super) fn wanted(&mut self) -> Wanted {
        let priority = match self.below(10) {
            0 => Priority::Emergency,
            1 | 2 => Priority::YoungOrOld,
            3 => Priority::HealthProfessional,
            _ => Priority::Ordinary,
        };
        let skill = self.word(&SKILLS);
        let mut wanted = match skill.as_str() {
            "clinician" => Wanted::for_callback(CLINICIAN, priority),
            skill => wanted(skill, priority),
        };
        if self.one_in(4) {
            wanted.preferred = [self.word(&SKILLS)].into();
        }
        let provider = (!self.one_in(6)).then(|| self.provider());
        let language = self.one_in(6).then(|| "cy-GB".to_owned());
        wanted.from_region(self.pick(&REGIONS).unwrap(), provider, language)
    }

    pub(super) fn profile(&mut self) -> Profile {
        let level = |dice: &mut Dice| u8::try_from(dice.below(3)).unwrap();
        let mut skills: BTreeMap<String, u8> = BTreeMap::new();
        for _ in 0..=self.below(3) {
            skills.insert(self.word(&SKILLS), level(self));
        }
        Profile {
            skills,
            languages: match self.one_in(3) {
                true => ["cy-GB".to_owned()].into(),
                false => BTreeSet::new(),
            },
            provider: (!self.one_in(5)).then(|| self.provider()),
        }
    }

    fn seconds_below(&mut self, end: u64) -> std::time::Duration {
        seconds(self.below(end))
    }

    fn overflow(&mut self) -> Overflow {
        let to = match self.one_in(4) {
            true => Reach::Everyone,
            false => Reach::Providers([self.provider(), self.provider()].into()),
        };
        Overflow {
            to,
            after: self.one_in(2).then(|| self.seconds_below(120)),
            longer_than: (self.one_in(3)).then(|| usize::try_from(self.below(8)).unwrap()),
            estimate_over: self.one_in(3).then(|| self.seconds_below(300)),
        }
    }

    fn rules(&mut self) -> Rules {
        use Strategy::*;
        let all = [LongestIdle, FewestCalls, HighestSkill, RingAll, RoundRobin];
        Rules {
            strategy: self.pick(&all).unwrap(),
            ring: seconds(5 + self.below(15)),
            wrap_up: match self.one_in(2) {
                true => seconds(0),
                false => self.seconds_below(10),
            },
            breath: self.seconds_below(4),
            missed: u32::try_from(self.below(4)).unwrap(),
            missed_pause: seconds(1 + self.below(60)),
            capacity: (self.one_in(2)).then(|| usize::try_from(2 + self.below(8)).unwrap()),
            overflow: (0..self.below(4)).map(|_| self.overflow()).collect(),
        }
    }

    pub(super) fn settings(&mut self) -> Settings {
        let regions = REGIONS[..2].iter();
        Settings {
            rules: self.rules(),
            regions: regions.map(|r| ((*r).to_owned(), self.rules())).collect(),
            ageing: self.seconds_below(200),
            proof: seconds(3),
            handling: seconds(1 + self.below(200)),
            retry: self.seconds_below(30),
            tries: u32::try_from(1 + self.below(3)).unwrap(),
            grace: seconds(2),
        }
    }
}
