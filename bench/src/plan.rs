//! What is measured, and for how long.

use std::time::Duration;

/// What one run puts under load.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Subject {
    /// The yardstick: the very same request, parsed and answered with nothing in between.
    EmptyHandler,
    /// One Pass state; a start that answers `SUCCEEDED` has shown the end, else the long poll does.
    OneState,
    /// The same, and the end is always asked for: two requests an execution.
    OneStatePolled,
    /// Ten Pass states that change the data.
    TenStates,
    /// The same two on a server whose logs, events and webhook lead to a slow sink, everything logged.
    OneStateSlowSinks,
    TenStatesSlowSinks,
    /// One Task state, done by workers that poll an activity.
    Activity,
    /// An inline Map over 1,000 items, each a Pass state.
    Map,
    /// The yardstick of synchronous executions: the same handler, answering what they answer.
    EmptySyncHandler,
    /// One Pass state of an Express machine, by StartSyncExecution.
    SyncOneState,
    /// Ten Pass states that change the data, in the same way.
    SyncTenStates,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Point {
    pub(crate) subject: Subject,
    pub(crate) clients: usize,
}

pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
    /// Executions of the Map in a round.
    pub(crate) maps: u64,
    /// HTTP threads of the server; none leaves them to the server, as it is shipped.
    pub(crate) http_threads: Option<usize>,
    /// Nothing else than these and the yardstick.
    pub(crate) only: Option<&'static [Subject]>,
}

impl Plan {
    pub(crate) fn includes(&self, point: Point) -> bool {
        let is_wanted = |only: &[Subject]| {
            only.iter().any(|wanted| point.subject == *wanted || point.subject == wanted.yardstick())
        };
        self.only.is_none_or(is_wanted)
    }

    pub(crate) fn full() -> Plan {
        Plan {
            rounds: 5,
            warm_up: Duration::from_millis(300),
            window: Duration::from_secs(2),
            maps: 20,
            http_threads: None,
            only: None,
        }
    }

    pub(crate) fn quick() -> Plan {
        Plan {
            rounds: 3,
            warm_up: Duration::from_millis(150),
            window: Duration::from_millis(500),
            maps: 5,
            http_threads: None,
            only: None,
        }
    }
}

impl Subject {
    /// As `--only` names it.
    pub(crate) fn named(name: &str) -> Option<&'static [Subject]> {
        let subjects: &[Subject] = match name {
            "one" => &[Subject::OneState],
            "polled" => &[Subject::OneStatePolled],
            "ten" => &[Subject::TenStates],
            "activity" => &[Subject::Activity],
            "map" => &[Subject::Map],
            "express" => &[Subject::SyncOneState],
            "express-ten" => &[Subject::SyncTenStates],
            "sinks" => &[
                Subject::OneState,
                Subject::OneStateSlowSinks,
                Subject::TenStates,
                Subject::TenStatesSlowSinks,
            ],
            _ => return None,
        };
        Some(subjects)
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Subject::EmptyHandler => "empty hyper handler",
            Subject::OneState => "one Pass, end in the answer",
            Subject::OneStatePolled => "one Pass, end by long poll",
            Subject::TenStates => "ten Pass that change data",
            Subject::OneStateSlowSinks => "one Pass, slow sinks",
            Subject::TenStatesSlowSinks => "ten Pass, slow sinks",
            Subject::Activity => "activity round trip",
            Subject::Map => "inline Map, 1,000 items",
            Subject::EmptySyncHandler => "empty handler, sync answer",
            Subject::SyncOneState => "sync Express, one Pass",
            Subject::SyncTenStates => "sync Express, ten Pass",
        }
    }

    /// Whether it runs on the server that has slow sinks.
    pub(crate) fn has_slow_sinks(self) -> bool {
        matches!(self, Subject::OneStateSlowSinks | Subject::TenStatesSlowSinks)
    }

    pub(crate) fn is_yardstick(self) -> bool {
        self == self.yardstick()
    }

    /// What it is compared with.
    pub(crate) fn yardstick(self) -> Subject {
        match self {
            Subject::EmptyHandler
            | Subject::OneState
            | Subject::OneStatePolled
            | Subject::TenStates
            | Subject::Activity
            | Subject::OneStateSlowSinks
            | Subject::TenStatesSlowSinks
            | Subject::Map => Subject::EmptyHandler,
            Subject::EmptySyncHandler | Subject::SyncOneState | Subject::SyncTenStates => {
                Subject::EmptySyncHandler
            }
        }
    }

    /// Whether its end is in the answer of its start, always.
    pub(crate) fn is_synchronous(self) -> bool {
        self.yardstick() == Subject::EmptySyncHandler
    }

    /// What starts it.
    pub(crate) fn operation(self) -> &'static str {
        if self.is_synchronous() { "StartSyncExecution" } else { "StartExecution" }
    }

    /// States entered by one execution.
    pub(crate) fn transitions(self) -> u64 {
        match self {
            Subject::EmptyHandler | Subject::EmptySyncHandler => 0,
            Subject::OneState
            | Subject::OneStatePolled
            | Subject::OneStateSlowSinks
            | Subject::Activity
            | Subject::SyncOneState => 1,
            Subject::TenStates | Subject::TenStatesSlowSinks | Subject::SyncTenStates => 10,
            Subject::Map => 1_001,
        }
    }
}

/// Everything, the yardstick before what is measured with it.
pub(crate) fn all_points() -> Vec<Point> {
    let with_clients = |clients| {
        [
            Subject::EmptyHandler,
            Subject::OneState,
            Subject::OneStatePolled,
            Subject::TenStates,
            Subject::Activity,
            Subject::EmptySyncHandler,
            Subject::SyncOneState,
            Subject::SyncTenStates,
        ]
        .map(|subject| Point { subject, clients })
    };
    let mut points: Vec<Point> = [1, 64, 256].into_iter().flat_map(with_clients).collect();
    // Beside the same without sinks, within one round.
    for subject in [Subject::OneStateSlowSinks, Subject::TenStatesSlowSinks] {
        points.extend([64, 256].map(|clients| Point { subject, clients }));
    }
    points.push(Point { subject: Subject::Map, clients: 1 });
    points
}

/// What shows the server's own cost when the load cannot be the bottleneck.
pub(crate) fn server_bound_points() -> Vec<Point> {
    [
        Subject::EmptyHandler,
        Subject::OneState,
        Subject::TenStates,
        Subject::EmptySyncHandler,
        Subject::SyncOneState,
        Subject::SyncTenStates,
    ]
    .map(|subject| Point { subject, clients: 256 })
    .to_vec()
}
