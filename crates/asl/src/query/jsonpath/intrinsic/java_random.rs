//! `java.util.Random`: what a seed gives must be the same everywhere.

/// The linear congruential generator that Java documents, 48 bits of state.
pub(super) struct JavaRandom(u64);

const MULTIPLIER: u64 = 0x5_deec_e66d;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub(super) fn new(seed: i64) -> JavaRandom {
        JavaRandom((seed as u64 ^ MULTIPLIER) & MASK)
    }

    /// `start + nextInt(end - start)`, the idiom for a number from `start` and below `end`. The caller sees
    /// to it that `start` is below `end`.
    pub(super) fn between(&mut self, start: i32, end: i32) -> i32 {
        match end.checked_sub(start) {
            Some(width) => start + self.below(width),
            // Wider than 31 bits, so at least every other draw is inside: as `ints(start, end)` does it.
            None => loop {
                let drawn = self.bits(32);
                if (start..end).contains(&drawn) {
                    return drawn;
                }
            },
        }
    }

    /// `nextInt(bound)`
    fn below(&mut self, bound: i32) -> i32 {
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(self.bits(31))) >> 31) as i32;
        }
        loop {
            let drawn = self.bits(31);
            let remainder = drawn % bound;
            // The last, incomplete run of values would favour small remainders: it is drawn again.
            if (drawn - remainder).checked_add(bound - 1).is_some() {
                return remainder;
            }
        }
    }

    fn bits(&mut self, count: u32) -> i32 {
        self.0 = (self.0.wrapping_mul(MULTIPLIER) + 0xb) & MASK;
        (self.0 >> (48 - count)) as i32
    }
}
