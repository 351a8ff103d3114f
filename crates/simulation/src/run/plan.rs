//! What a run is made of: drawn once, so that runs differ in kind and not in luck alone.

use asl::definition::MachineType;

use crate::random::Random;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Move {
    Step,
    Work,
    Pump,
    PumpIndex,
    PassTime,
    /// A turn of a lane of Express executions.
    StepLane,
    Start,
    StartAgain,
    /// An Express execution is described, or stopped.
    VisitExpress,
    Stop,
    Redrive,
    Describe,
    ReadHistory,
    Poll,
    Answer,
    /// A service does something of what it was asked for.
    Serve,
    /// The auditor looks at one shard.
    Audit,
    Register,
    Update,
    Publish,
    Route,
    Delete,
    Crash,
    StopSoon,
    FailSyncSoon,
    FailWriteSoon,
    FailReadSoon,
    /// Files may grow by so much and no more, or freely again.
    FillDisk,
    FreeDisk,
    JumpClock,
}

impl Move {
    /// As a coverage report names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Move::Step => "move Step",
            Move::Work => "move Work",
            Move::Pump => "move Pump",
            Move::PumpIndex => "move PumpIndex",
            Move::PassTime => "move PassTime",
            Move::StepLane => "move StepLane",
            Move::VisitExpress => "move VisitExpress",
            Move::Start => "move Start",
            Move::StartAgain => "move StartAgain",
            Move::Stop => "move Stop",
            Move::Redrive => "move Redrive",
            Move::Describe => "move Describe",
            Move::ReadHistory => "move ReadHistory",
            Move::Poll => "move Poll",
            Move::Answer => "move Answer",
            Move::Serve => "move Serve",
            Move::Audit => "move Audit",
            Move::Register => "move Register",
            Move::Update => "move Update",
            Move::Publish => "move Publish",
            Move::Route => "move Route",
            Move::Delete => "move Delete",
            Move::Crash => "move Crash",
            Move::StopSoon => "move StopSoon",
            Move::FailSyncSoon => "move FailSyncSoon",
            Move::FailWriteSoon => "move FailWriteSoon",
            Move::FailReadSoon => "move FailReadSoon",
            Move::FillDisk => "move FillDisk",
            Move::FreeDisk => "move FreeDisk",
            Move::JumpClock => "move JumpClock",
        }
    }
}

/// Each move, how often it comes in an ordinary run, and by how much it may be more or less.
const MOVES: [(Move, u64, &[u64]); 30] = [
    (Move::Step, 240, &[10]),
    (Move::StepLane, 60, &[10]),
    (Move::VisitExpress, 10, &[0, 10, 30]),
    (Move::Work, 60, &[3, 10, 20]),
    // A slow disk, a common one, a fast one.
    (Move::Pump, 160, &[2, 10, 30]),
    (Move::PumpIndex, 20, &[0, 10, 50]),
    (Move::PassTime, 70, &[3, 10, 20]),
    (Move::Start, 60, &[5, 10, 20]),
    (Move::StartAgain, 30, &[0, 10, 30]),
    (Move::Stop, 6, &[0, 10, 30]),
    (Move::Redrive, 10, &[0, 10, 30]),
    (Move::Describe, 10, &[10]),
    (Move::ReadHistory, 10, &[10]),
    (Move::Poll, 80, &[4, 10, 20]),
    (Move::Answer, 110, &[4, 10, 20]),
    (Move::Serve, 110, &[4, 10, 20]),
    (Move::Audit, 6, &[0, 10, 40]),
    (Move::Register, 4, &[10]),
    (Move::Update, 3, &[0, 10, 20]),
    (Move::Publish, 3, &[0, 10, 20]),
    (Move::Route, 3, &[0, 10, 20]),
    (Move::Delete, 3, &[0, 10, 20]),
    (Move::Crash, 5, &[0, 10, 30]),
    (Move::StopSoon, 5, &[0, 10, 30]),
    (Move::FailSyncSoon, 2, &[0, 0, 10, 30]),
    (Move::FailWriteSoon, 2, &[0, 0, 10, 30]),
    (Move::FailReadSoon, 4, &[0, 0, 10, 30]),
    (Move::FillDisk, 3, &[0, 0, 10, 30]),
    (Move::FreeDisk, 6, &[10]),
    (Move::JumpClock, 3, &[0, 0, 10, 30]),
];

pub(super) struct Plan {
    pub(super) shards: usize,
    /// Of each machine, by number.
    pub(super) kinds: Vec<MachineType>,
    pub(super) moves: u64,
    pub(super) executions_max: usize,
    /// How many names callers choose from, for each machine.
    pub(super) names: usize,
    pub(super) segment_bytes: u64,
    /// Free bytes that are kept for what runs.
    pub(super) room_reserve_bytes: u64,
    /// Executions of one shard that stay in memory while they wait, and when they have ended.
    pub(super) residents_max: usize,
    pub(super) ended_residents_max: usize,
    /// Large inputs now and then, so that checkpoints are written.
    pub(super) pad_bytes: usize,
    /// In percent: how often the process is stopped while it recovers.
    pub(super) stops_in_recovery: u64,
    /// In percent: how often a copy of the disk is damaged after a crash, to see whether that is found.
    pub(super) damages: u64,
    weights: Vec<u64>,
}

fn draw_kind(random: &mut Random) -> MachineType {
    if random.percent(30) { MachineType::Express } else { MachineType::Standard }
}

impl Plan {
    pub(super) fn draw(random: &mut Random) -> Plan {
        // One run in ten is long and crowded.
        let (moves, executions) = if random.percent(10) { ((2_000, 5_000), 150) } else { ((200, 900), 30) };
        Plan {
            shards: random.between(1, 4) as usize,
            kinds: (0..random.between(1, 4)).map(|_| draw_kind(random)).collect(),
            moves: random.between(moves.0, moves.1),
            executions_max: random.between(4, executions) as usize,
            names: random.between(2, executions) as usize,
            segment_bytes: *random.pick(&[4 << 10, 16 << 10, 64 << 10]),
            room_reserve_bytes: *random.pick(&[0, 4 << 10, 64 << 10]),
            residents_max: *random.pick(&[0, 2, 20_000]),
            ended_residents_max: *random.pick(&[0, 512]),
            pad_bytes: *random.pick(&[0, 0, 200, 6_000]),
            stops_in_recovery: *random.pick(&[0, 10, 40]),
            damages: *random.pick(&[0, 20]),
            weights: MOVES.iter().map(|(_, weight, times)| weight * random.pick(times)).collect(),
        }
    }

    pub(super) fn next_move(&self, random: &mut Random) -> Move {
        MOVES[random.weighted(&self.weights)].0
    }
}
