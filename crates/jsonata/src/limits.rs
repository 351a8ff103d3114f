//! How much an expression may do. Every bound is a count, so that one expression with one input ends the
//! same way on every machine; the clock that watches over all of it stands outside.

/// The bounds of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes evaluated and functions called back; 1,024 steps of a regular expression count as one.
    pub steps: u64,
    /// How deep evaluation may nest.
    pub depth: usize,
    /// The bytes of one value: 8 for each item of an array, or those of a string.
    pub value_bytes: usize,
    /// The bytes of all values that nodes give, each time they do: 24 for an item of an array, 64 for a field
    /// of an object, and those of a string.
    pub worked_bytes: u64,
    /// The bytes of all values that nodes make, about as much as the engine takes for them. Nothing is given
    /// back, so what an evaluation holds is less.
    pub made_bytes: u64,
    /// The bytes of the expression's own value as JSON.
    pub result_bytes: usize,
}

impl Limits {
    /// What AWS was measured to allow, and counts where AWS has a clock.
    pub fn step_functions() -> Limits {
        Limits {
            // LIMIT: AWS ends an evaluation after 1 s; this many steps take about half of one here.
            steps: 5_000_000,
            // LIMIT: AWS refuses all five shapes of recursion measured between 99 and 101 (floci-io/floci#2737).
            depth: 100,
            // LIMIT: AWS takes `[1..873782]` and refuses one more, takes 2^22 characters and refuses 2^23
            // (floci-io/floci#2737, #2783).
            value_bytes: 6_990_256,
            // LIMIT: ours; about half a second of copying.
            worked_bytes: 256 << 20,
            // LIMIT: ours; with what the reading of the data and the result take it stays below 64 MiB.
            made_bytes: 40 << 20,
            // LIMIT: ours; the largest array that AWS makes is not written out by any state.
            result_bytes: 1 << 20,
        }
    }

    /// Room enough for the official test suite.
    pub fn official() -> Limits {
        let unbounded = 1 << 27;
        Limits {
            steps: 20_000_000,
            depth: 5_000,
            value_bytes: unbounded,
            worked_bytes: 1 << 32,
            made_bytes: 1 << 32,
            result_bytes: unbounded,
        }
    }

    /// Items of an array under this limit.
    pub(crate) fn items(&self) -> usize {
        self.value_bytes / BYTES_OF_NUMBER
    }
}

/// What an item counts against `Limits::value_bytes`. AWS's two measurements leave 5 to 9; a number is a double.
const BYTES_OF_NUMBER: usize = 8;

/// The first, quick attempt at every evaluation: bounds so low that even an expression that copies its
/// largest value at every step stays within 64 MiB and a few milliseconds.
// LIMIT: ours; 2,000 steps x 1,000 items x 24 bytes, or x 16 KiB of string.
pub(crate) const QUICK_STEPS: u64 = 2_000;
pub(crate) const QUICK_ITEMS: usize = 1_000;
pub(crate) const QUICK_STRING_BYTES: usize = 16 << 10;
pub(crate) const QUICK_RESULT_BYTES: usize = 1 << 20;

/// A step of the engine covers 1,024 steps of a regular expression, so an expression with one gets fewer.
// LIMIT: ours; keeps a pattern that backtracks without end within the second that AWS gives.
pub(crate) const STEPS_PER_REGEX_STEP: u64 = 128;

/// A match of a regular expression is found by counting characters from the beginning of its text.
// LIMIT: ours; matches times characters of the longest text.
pub(crate) const REGEX_CHARACTERS: u64 = 150_000_000;
/// The longest text that a regular expression may meet unless the data has a longer one.
// LIMIT: ours; leaves nine thousand matches.
pub(crate) const REGEX_TEXT_BYTES: usize = 16 << 10;

/// What an expression that names a function which makes much of little may have: items of an array, bytes of
/// a string.
// LIMIT: ours, each so that the function takes neither 64 MiB nor a second at its bound.
pub(crate) const DEAR_FUNCTIONS: &[(&str, usize, usize)] = &[
    // Compares each item with all before it: 10,000 different items are 50 million comparisons.
    ("distinct", 10_000, usize::MAX),
    // The same with names of fields.
    ("keys", 20_000, usize::MAX),
    // An object for each field of each object.
    ("spread", 20_000, usize::MAX),
    ("zip", 100_000, usize::MAX),
    ("partition", 100_000, usize::MAX),
    // An item for each character, and an object for each match.
    ("split", usize::MAX, 512 << 10),
    ("match", usize::MAX, 512 << 10),
    ("parse", usize::MAX, 512 << 10),
];

/// Grouping as in `list{key: value}` looks for each item's group among those before it.
// LIMIT: ours, as above.
pub(crate) const GROUPED_ITEMS_MAX: usize = 20_000;

/// The text of an expression of Step Functions.
// LIMIT: ours; its tree takes up to 500 bytes for each byte.
pub(crate) const EXPRESSION_BYTES_MAX: usize = 64 << 10;

/// Nesting of JSON that is read, here and in `$parse`.
// LIMIT: ours, as everywhere in the product; it keeps reading within a thread's stack.
pub(crate) const JSON_DEPTH_MAX: usize = 1_000;
