//! Chance that a seed decides: the same seed gives the same machine and the same outcomes everywhere.

use asl::query::Entropy;

pub(crate) struct Dice(Entropy);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(Entropy::new(seed))
    }

    /// Dice for one occasion: what is drawn for others before does not matter.
    pub(crate) fn for_occasion(seed: u64, occasion: &str) -> Self {
        let mixed = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Dice::new(occasion.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mixed))
    }

    pub(crate) fn draw(&self) -> u64 {
        self.0.next_u64()
    }

    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.draw() % bound as u64) as usize
    }

    pub(crate) fn one_in(&self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub(crate) fn pick<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
