//! A new input from known ones: small damage, words of the language, and growth, since what costs much is
//! mostly something small that is said many times or inside itself.

use crate::measure::INPUT_BYTES_MAX;
use crate::random::Random;

/// Applies some changes to `input`; `others` is what parts may be taken from.
pub(crate) fn mutate(input: &mut Vec<u8>, others: &[&[u8]], words: &[&str], random: &mut Random) {
    for _ in 0..=random.skewed(6) {
        one(input, others, words, random);
    }
    input.truncate(INPUT_BYTES_MAX);
}

fn one(input: &mut Vec<u8>, others: &[&[u8]], words: &[&str], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let range = part_of(input.len(), random);
    match random.below(12) {
        0 => insert(input, at, &[random.next() as u8]),
        1 if !input.is_empty() => {
            let at = random.below(input.len());
            input[at] ^= 1 << random.below(8);
        }
        2 => drop(input.drain(range)),
        3..=5 => insert(input, at, random.pick(words).as_bytes()),
        6 => {
            let word = random.pick(words).as_bytes().to_vec();
            input.splice(range, word);
        }
        7 => {
            let other = *random.pick(others);
            let taken = other[part_of(other.len(), random)].to_vec();
            input.splice(range, taken);
        }
        8 => {
            let part = input[range].to_vec();
            insert(input, at, &part);
        }
        9 => {
            let part = input[range.clone()].to_vec();
            let times = times_for(part.len(), input.len(), random);
            insert(input, range.end, &part.repeat(times));
        }
        10 => {
            // A separator makes a list out of a repetition.
            let part =
                [&input[range.clone()], random.pick(&[",", ".", " ", "&", "~>", ";", "\n"]).as_bytes()];
            let part = part.concat();
            let times = times_for(part.len(), input.len(), random);
            insert(input, range.start, &part.repeat(times));
        }
        _ => nest(input, range, random),
    }
}

/// Puts a part of the input inside brackets, some or very many.
fn nest(input: &mut Vec<u8>, range: std::ops::Range<usize>, random: &mut Random) {
    const BRACKETS: [(&str, &str); 9] = [
        ("(", ")"),
        ("[", "]"),
        ("{\"a\":", "}"),
        ("$.", ""),
        ("$string(", ")"),
        ("$map($v,function($x){", "})"),
        ("States.Array(", ")"),
        ("[?(", ")]"),
        ("-", ""),
    ];
    let (open, close) = random.pick(&BRACKETS);
    let times = times_for(open.len() + close.len(), input.len(), random);
    insert(input, range.end, close.repeat(times).as_bytes());
    insert(input, range.start, open.repeat(times).as_bytes());
}

fn insert(input: &mut Vec<u8>, at: usize, what: &[u8]) {
    input.splice(at..at, what.iter().copied());
}

/// A part, short ones often.
fn part_of(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    start..start + random.skewed(length - start + 1)
}

/// How often something may be said without leaving the bound on inputs.
fn times_for(length: usize, used: usize, random: &mut Random) -> usize {
    let room = INPUT_BYTES_MAX.saturating_sub(used) / length.max(1);
    match random.one_in(8) {
        true => room,
        false => random.skewed(room.min(4_096) + 1),
    }
}
