//! Numbers that a seed repeats.

/// SplitMix64: small, and good enough to choose moments and ways.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// True this many times out of a hundred.
    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.within(0..100) < chance
    }

    /// A stream of its own for another thread.
    pub(super) fn fork(&mut self) -> Random {
        Random(self.next())
    }
}
