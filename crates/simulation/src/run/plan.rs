//! What a run is made of: drawn once, so that runs differ in kind and not in luck alone.

use crate::random::Random;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Move {
    Step,
    Work,
    Pump,
    PumpIndex,
    PassTime,
    Start,
    StartAgain,
    Stop,
    Describe,
    ReadHistory,
    Poll,
    Answer,
    Register,
    Crash,
    StopSoon,
    FailSyncSoon,
}

/// Each move, how often it comes in an ordinary run, and by how much it may be more or less.
const MOVES: [(Move, u64, &[u64]); 16] = [
    (Move::Step, 260, &[10]),
    (Move::Work, 60, &[3, 10, 20]),
    // A slow disk, a common one, a fast one.
    (Move::Pump, 160, &[2, 10, 30]),
    (Move::PumpIndex, 20, &[0, 10, 50]),
    (Move::PassTime, 70, &[3, 10, 20]),
    (Move::Start, 60, &[5, 10, 20]),
    (Move::StartAgain, 30, &[0, 10, 30]),
    (Move::Stop, 6, &[0, 10, 30]),
    (Move::Describe, 10, &[10]),
    (Move::ReadHistory, 10, &[10]),
    (Move::Poll, 80, &[4, 10, 20]),
    (Move::Answer, 110, &[4, 10, 20]),
    (Move::Register, 4, &[10]),
    (Move::Crash, 5, &[0, 10, 30]),
    (Move::StopSoon, 5, &[0, 10, 30]),
    (Move::FailSyncSoon, 2, &[0, 0, 10, 30]),
];

pub(super) struct Plan {
    pub(super) shards: usize,
    pub(super) machines: usize,
    pub(super) moves: u64,
    pub(super) executions_max: usize,
    /// How many names callers choose from, for each machine.
    pub(super) names: usize,
    pub(super) segment_bytes: u64,
    /// Large inputs now and then, so that checkpoints are written.
    pub(super) pad_bytes: usize,
    /// In percent: how often the process is stopped while it recovers.
    pub(super) stops_in_recovery: u64,
    weights: Vec<u64>,
}

impl Plan {
    pub(super) fn draw(random: &mut Random) -> Plan {
        // One run in ten is long and crowded.
        let (moves, executions) = if random.percent(10) { ((2_000, 5_000), 150) } else { ((200, 900), 30) };
        Plan {
            shards: random.between(1, 4) as usize,
            machines: random.between(1, 3) as usize,
            moves: random.between(moves.0, moves.1),
            executions_max: random.between(4, executions) as usize,
            names: random.between(2, executions) as usize,
            segment_bytes: *random.pick(&[4 << 10, 16 << 10, 64 << 10]),
            pad_bytes: *random.pick(&[0, 0, 200, 6_000]),
            stops_in_recovery: *random.pick(&[0, 10, 40]),
            weights: MOVES.iter().map(|(_, weight, times)| weight * random.pick(times)).collect(),
        }
    }

    pub(super) fn next_move(&self, random: &mut Random) -> Move {
        MOVES[random.weighted(&self.weights)].0
    }
}
