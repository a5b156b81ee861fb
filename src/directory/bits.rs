/// Bits in a word.
const WORD: usize = u64::BITS as usize;

/// A set of services, by their places in the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for so many.
    pub(super) fn none(len: usize) -> Self {
        Bits(vec![0; len.div_ceil(WORD)])
    }

    /// The set of those, of so many, for which something is so.
    pub(super) fn collect(len: usize, mut is_so: impl FnMut(usize) -> bool) -> Self {
        let word = |begins: usize| {
            let ends = (begins + WORD).min(len);
            (begins..ends).fold(0, |word, i| word | (u64::from(is_so(i)) << (i - begins)))
        };
        Bits((0..len).step_by(WORD).map(word).collect())
    }

    pub(super) fn insert(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / WORD) {
            *word |= 1 << (i % WORD);
        }
    }

    pub(super) fn contains(&self, i: usize) -> bool {
        let word = self.0.get(i / WORD);
        word.is_some_and(|word| word >> (i % WORD) & 1 == 1)
    }

    /// Keeps those that are in the other set too.
    pub(super) fn keep(&mut self, other: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// Adds those of the other set.
    pub(super) fn add(&mut self, other: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Those in it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0
            .iter()
            .enumerate()
            .flat_map(|(n, word)| set(n, *word))
    }

    /// Those that are not in it, in order; the last few may be none of those that there are.
    pub(super) fn missing(&self) -> impl Iterator<Item = usize> {
        self.0
            .iter()
            .enumerate()
            .flat_map(|(n, word)| set(n, !*word))
    }

    /// How many are in both, and how many in either.
    pub(super) fn shared(&self, other: &Bits) -> (u32, u32) {
        let pairs = self.0.iter().zip(&other.0);
        pairs.fold((0, 0), |(both, either), (a, b)| {
            (both + (a & b).count_ones(), either + (a | b).count_ones())
        })
    }
}

/// The bits that are set in the word of a number.
fn set(n: usize, mut left: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(n * WORD + bit)
    })
}
