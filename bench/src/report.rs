//! What came out: a table, the bars that must hold, and the same as JSON.
//!
//! Figures are medians of the rounds; a ratio is the median of the ratios within each round, since the
//! machine may be faster in one round than in the next.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cpus;
use crate::plan::{Plan, Point, Subject};
use crate::rounds::{LayoutResults, Measured, Results};

/// What must be reached, or what the design aims at.
pub(crate) struct Bar {
    what: &'static str,
    kind: Kind,
    found: Option<f64>,
    limit: Limit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bar,
    /// Of `design/performance.md`: shown, never failed.
    Goal,
}

#[derive(Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

impl Bar {
    fn is_reached(&self) -> bool {
        self.found.is_some_and(|found| match self.limit {
            Limit::AtLeast(limit) => found >= limit,
            Limit::AtMost(limit) => found <= limit,
        })
    }

    pub(crate) fn holds(&self) -> bool {
        self.kind == Kind::Goal || self.is_reached()
    }
}

const ONE_256: Point = Point { subject: Subject::OneState, clients: 256 };
const SYNC_ONE_256: Point = Point { subject: Subject::SyncOneState, clients: 256 };
const TEN_256: Point = Point { subject: Subject::TenStates, clients: 256 };
const ONE_SLOW_256: Point = Point { subject: Subject::OneStateSlowSinks, clients: 256 };
const TEN_SLOW_256: Point = Point { subject: Subject::TenStatesSlowSinks, clients: 256 };

/// All of them; when only a part was measured, those that it tells of.
pub(crate) fn bars(results: &Results, plan: &Plan) -> Vec<Bar> {
    let main = results.layouts.first();
    let bound = results.layouts.get(1);
    let ratio =
        |clients| main.and_then(|main| main.ratio(Point { subject: Subject::OneState, clients }, rate));
    // Where the load cannot be the bottleneck, if there are processors for that.
    let sync_cpu = bound.or(main).and_then(|found| found.ratio(SYNC_ONE_256, |measured| measured.cpu_us));
    let goal = |what, found, limit| Bar { what, kind: Kind::Goal, found, limit };
    let slow_sinks = |what, point, beside| Bar {
        what,
        kind: Kind::Bar,
        found: main.and_then(|main| main.ratio_to(point, beside, rate)),
        limit: Limit::AtLeast(0.95),
    };
    let mut bars = vec![
        Bar {
            what: "one Pass, 256 clients: share of the empty handler's rate",
            kind: Kind::Bar,
            found: ratio(256),
            limit: Limit::AtLeast(0.25),
        },
        goal("the same", ratio(256), Limit::AtLeast(0.5)),
        goal("the same at 64 clients", ratio(64), Limit::AtLeast(0.35)),
        slow_sinks(
            "one Pass, 256 clients: share of the rate that slow sinks leave",
            ONE_SLOW_256,
            Subject::OneState,
        ),
        slow_sinks("ten Pass, 256 clients: the same", TEN_SLOW_256, Subject::TenStates),
        goal(
            "ten Pass: transitions for each request of the empty handler",
            main.and_then(|main| main.ratio(TEN_256, rate)).map(|ratio| ratio * 10.0),
            Limit::AtLeast(2.0),
        ),
        goal(
            "one Pass, server-bound: CPU of the empty handler's",
            bound.and_then(|bound| bound.ratio(ONE_256, |measured| measured.cpu_us)),
            Limit::AtMost(2.0),
        ),
        Bar {
            what: "sync Express, one Pass: CPU of the empty handler's",
            kind: Kind::Bar,
            found: sync_cpu,
            limit: Limit::AtMost(3.0),
        },
        goal("the same", sync_cpu, Limit::AtMost(1.6)),
        goal(
            "one Pass: bytes at the device per execution",
            main.and_then(|main| main.median(ONE_256, |measured| Some(measured.bytes))),
            Limit::AtMost(450.0),
        ),
        goal(
            "inline Map of 1,000 items: ms",
            main.and_then(|main| {
                main.median(Point { subject: Subject::Map, clients: 1 }, |map| Some(map.p50_ms))
            }),
            Limit::AtMost(50.0),
        ),
    ];
    bars.retain(|bar| plan.only.is_none() || bar.found.is_some());
    bars
}

fn rate(measured: &Measured) -> f64 {
    measured.rate
}

impl LayoutResults {
    fn median(&self, point: Point, of: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        median(self.points.get(&point)?.iter().flatten().filter_map(of).collect())
    }

    /// To its empty handler at as many clients, in the same round.
    fn ratio(&self, point: Point, of: impl Fn(&Measured) -> f64) -> Option<f64> {
        self.ratio_to(point, point.subject.yardstick(), of)
    }

    /// To something else at as many clients, in the same round.
    fn ratio_to(&self, point: Point, beside: Subject, of: impl Fn(&Measured) -> f64) -> Option<f64> {
        let beside = self.points.get(&Point { subject: beside, ..point })?;
        let rounds = self.points.get(&point)?.iter().zip(beside);
        let ratios = rounds.filter_map(|(own, beside)| Some(of(own.as_ref()?) / of(beside.as_ref()?)));
        median(ratios.filter(|ratio| ratio.is_finite()).collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[upper]),
        _ => Some((values[upper - 1] + values[upper]) / 2.0),
    }
}

pub(crate) fn text(results: &Results, plan: &Plan) -> String {
    let mut out = format!(
        "bench: medians of {} interleaved rounds of {:.1} s; HTTP threads of the server: {}; bytes and flushes: {}\n",
        plan.rounds,
        plan.window.as_secs_f64(),
        plan.http_threads.map_or_else(|| "its default".to_owned(), |threads| threads.to_string()),
        results.bytes_from
    );
    for layout in &results.layouts {
        write_layout(&mut out, layout);
    }
    out.push('\n');
    for fault in &results.faults {
        let _ = writeln!(out, "FAULT  {fault}");
    }
    for bar in bars(results, plan) {
        let (sign, limit) = match bar.limit {
            Limit::AtLeast(limit) => (">=", limit),
            Limit::AtMost(limit) => ("<=", limit),
        };
        let verdict = match (bar.kind, bar.is_reached()) {
            (Kind::Bar, true) => "pass",
            (Kind::Bar, false) => "FAIL",
            (Kind::Goal, true) => "goal, reached",
            (Kind::Goal, false) => "goal, not yet",
        };
        let _ = writeln!(out, "{verdict:<14} {} {sign} {limit}: {}", bar.what, number(bar.found, 2));
    }
    out
}

fn write_layout(out: &mut String, results: &LayoutResults) {
    let layout = &results.layout;
    let _ = writeln!(
        out,
        "\n{}: server on processors {}, load on {}\n{:<28}{:>8}{:>10}{:>17}{:>9}{:>10}{:>9}{:>9}{:>8}{:>8}{:>9}{:>9}{:>8}",
        layout.name,
        cpus::list(&layout.server),
        cpus::list(&layout.client),
        "",
        "clients",
        "exec/s",
        "min-max",
        "/handler",
        "trans/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU us",
        "bytes",
        "flushes",
        "polled%"
    );
    for (point, rounds) in &results.points {
        let of = |of: fn(&Measured) -> f64| results.median(*point, |measured| Some(of(measured)));
        let rates: Vec<f64> = rounds.iter().flatten().map(rate).collect();
        let least = rates.iter().copied().reduce(f64::min);
        let most = rates.iter().copied().reduce(f64::max);
        let server = !point.subject.is_yardstick();
        let ratio = results.ratio(*point, rate).filter(|_| server && point.subject != Subject::Map);
        let transitions = of(rate).map(|rate| rate * point.subject.transitions() as f64).filter(|_| server);
        let _ = writeln!(
            out,
            "{:<28}{:>8}{:>10}{:>17}{:>9}{:>10}{:>9}{:>9}{:>8}{:>8}{:>9}{:>9}{:>8}",
            point.subject.title(),
            point.clients,
            number(of(rate), 0),
            format!("{}-{}", number(least, 0), number(most, 0)),
            number(ratio, 2),
            number(transitions, 0),
            number(of(|measured| measured.p50_ms), 2),
            number(of(|measured| measured.p99_ms), 2),
            number(of(|measured| measured.max_ms), 0),
            number(of(|measured| measured.cpu_us), 1),
            number(of(|measured| measured.bytes).filter(|_| server), 0),
            number(results.median(*point, |measured| measured.flushes).filter(|_| server), 3),
            number(of(|measured| measured.polled * 100.0).filter(|_| server), 0),
        );
    }
    let syncs = match &results.syncs_per_execution {
        Ok(syncs) => format!("{syncs:.4} per execution"),
        Err(why) => format!("n/a ({why})"),
    };
    let resident = median(results.resident_bytes.iter().map(|bytes| *bytes as f64 / 1e6).collect());
    let _ = writeln!(
        out,
        "fdatasync and fsync, one Pass at 256 clients, a run of its own under perf: {syncs}\n\
         resident at the end of a round: {} MB",
        number(resident, 0)
    );
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

pub(crate) fn json(results: &Results, plan: &Plan) -> Value {
    let layouts = results.layouts.iter().map(|found| {
        let points = found.points.iter().map(|(point, rounds)| {
            let rounds = rounds.iter().map(|measured| {
                measured.as_ref().map(|measured| {
                    json!({
                        "executionsPerSecond": measured.rate, "p50Ms": measured.p50_ms, "p99Ms": measured.p99_ms, "maxMs": measured.max_ms,
                        "cpuUs": measured.cpu_us, "bytes": measured.bytes, "flushes": measured.flushes,
                        "polledShare": measured.polled,
                    })
                })
            });
            json!({
                "subject": point.subject.title(), "clients": point.clients,
                "transitions": point.subject.transitions(),
                "ratioToHandler": found.ratio(*point, rate),
                "rounds": rounds.collect::<Vec<_>>(),
            })
        });
        json!({
            "name": found.layout.name, "server": found.layout.server, "client": found.layout.client,
            "points": points.collect::<Vec<_>>(),
            "residentBytes": found.resident_bytes,
            "syncsPerExecution": found.syncs_per_execution.as_ref().ok(),
        })
    });
    let bars = bars(results, plan).into_iter().map(|bar| {
        let kind = match bar.kind {
            Kind::Bar => "bar",
            Kind::Goal => "goal",
        };
        json!({"what": bar.what, "kind": kind, "found": bar.found, "reached": bar.is_reached()})
    });
    json!({
        "rounds": plan.rounds, "windowSeconds": plan.window.as_secs_f64(), "bytesFrom": results.bytes_from,
        "layouts": layouts.collect::<Vec<_>>(), "bars": bars.collect::<Vec<_>>(), "faults": results.faults,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cpus::Layout;

    fn measured(rate: f64) -> Option<Measured> {
        Some(Measured {
            rate,
            p50_ms: 1.0,
            p99_ms: 1.0,
            max_ms: 1.0,
            cpu_us: 1.0,
            bytes: 1.0,
            flushes: None,
            polled: 0.0,
        })
    }

    fn results(handler: Vec<Option<Measured>>, one: Vec<Option<Measured>>) -> Results {
        let handler_256 = Point { subject: Subject::EmptyHandler, ..ONE_256 };
        let layout = LayoutResults {
            layout: Layout { name: "1+1".to_owned(), server: vec![0], client: vec![1] },
            points: BTreeMap::from([(handler_256, handler), (ONE_256, one)]),
            resident_bytes: vec![],
            syncs_per_execution: Err("a test".to_owned()),
        };
        Results { layouts: vec![layout], ..Results::default() }
    }

    #[test]
    fn ratio_compares_within_rounds_and_leaves_out_those_that_failed() {
        let results = results(
            vec![measured(100.0), measured(1_000.0), measured(10.0)],
            vec![measured(30.0), measured(200.0), None],
        );
        assert_eq!(bars(&results, &Plan::full())[0].found, Some(0.25));
        assert!(bars(&results, &Plan::full())[0].holds());
    }

    #[test]
    fn bar_without_a_figure_does_not_hold_and_a_goal_always_does() {
        let bars = bars(&results(vec![], vec![]), &Plan::full());
        assert!(bars.iter().all(|bar| bar.holds() == (bar.kind == Kind::Goal)));
    }

    #[test]
    fn median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 3.0, 5.0]), Some(4.0));
        assert_eq!(median(vec![2.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }
}
