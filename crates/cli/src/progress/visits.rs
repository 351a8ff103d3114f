//! Which states an execution is in, told from its history events alone.
//!
//! Here: every visit of a state (its place in branches and iterations, attempts, standing) and what
//! each event changed. Not here: how that looks (`lines`, `view`).
//! INVARIANT: an event belongs to the visit that its `previousEventId` leads to; names alone would
//! confuse the iterations of a Map.

use std::collections::BTreeSet;

use crate::event::Event;

pub(crate) type VisitId = usize;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Working,
    /// An attempt failed; a retry, a catcher or the end comes next.
    AttemptFailed,
    Succeeded,
    Caught,
    Failed,
    Aborted,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Failure {
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
}

/// One entry of a state.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) name: String,
    /// The state's type, for example `Task`.
    pub(crate) kind: String,
    /// The Parallel or Map visit that this one is inside of.
    pub(crate) parent: Option<VisitId>,
    /// Which item, inside a Map.
    pub(crate) iteration: Option<u64>,
    /// What was entered directly inside, in the present attempt.
    pub(crate) inside: Vec<VisitId>,
    pub(crate) entered_ms: i64,
    pub(crate) ended_ms: Option<i64>,
    /// Times that the work was begun: 0 for states that do none.
    pub(crate) attempts: u32,
    pub(crate) standing: Standing,
    pub(crate) failure: Option<Failure>,
    failed_ms: i64,
    /// The inner visit that made this one fail.
    failed_in: Option<VisitId>,
    /// Map only: iterations of this attempt, and how many succeeded.
    pub(crate) items: u64,
    pub(crate) items_done: u64,
}

/// What an event changed, as far as it is worth telling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Started,
    Entered(VisitId),
    /// A task was handed to an activity's queue.
    Queued {
        visit: VisitId,
        activity: String,
    },
    AttemptFailed(VisitId),
    Retried {
        visit: VisitId,
        after_ms: i64,
    },
    /// The visit ended: succeeded, caught, failed or aborted.
    Left(VisitId),
    Ended(Ending),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ending {
    /// AWS's word: `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub(crate) status: &'static str,
    /// The innermost state that made the execution fail.
    pub(crate) failed_in: Option<VisitId>,
    pub(crate) failure: Failure,
    pub(crate) after_ms: i64,
}

/// Where an event stands: what the next event of its branch belongs to.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    At(VisitId),
    /// The first event of a branch: what is entered next is inside.
    Branch(VisitId),
    Iteration(VisitId, u64),
}

#[derive(Default)]
pub(crate) struct Visits {
    visits: Vec<Visit>,
    /// By event id. LIMIT: one entry per event, at most 25,000 (`asl::limits::HISTORY_EVENTS_MAX`).
    places: Vec<Place>,
    open: BTreeSet<VisitId>,
    pub(crate) started_ms: i64,
}

impl Visits {
    pub(crate) fn get(&self, visit: VisitId) -> &Visit {
        &self.visits[visit]
    }

    pub(crate) fn all(&self) -> &[Visit] {
        &self.visits
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = VisitId> + '_ {
        self.open.iter().copied()
    }

    /// `Outer[3] › Inner`: the name with every Parallel and Map around it.
    pub(crate) fn path(&self, visit: VisitId) -> String {
        let Visit { name, parent, iteration, .. } = &self.visits[visit];
        match (parent, iteration) {
            (None, _) => name.clone(),
            (Some(parent), None) => format!("{} › {name}", self.path(*parent)),
            (Some(parent), Some(index)) => format!("{}[{index}] › {name}", self.path(*parent)),
        }
    }

    /// Takes the next event of the history; gives what it changed, in order.
    pub(crate) fn follow(&mut self, event: &Event) -> Vec<Change> {
        let mut changes = Vec::new();
        let place = self.apply(event, &mut changes);
        let index = event.id as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, Place::Nowhere);
        }
        self.places[index] = place;
        changes
    }

    fn apply(&mut self, event: &Event, changes: &mut Vec<Change>) -> Place {
        let before = self.visit_before(event);
        match event.kind.as_str() {
            "ExecutionStarted" => {
                self.started_ms = event.at_ms;
                changes.push(Change::Started);
                Place::Nowhere
            }
            "ExecutionSucceeded" => self.end(event, "SUCCEEDED", changes),
            "ExecutionFailed" => self.end(event, "FAILED", changes),
            "ExecutionTimedOut" => self.end(event, "TIMED_OUT", changes),
            "ExecutionAborted" => self.end(event, "ABORTED", changes),
            "ParallelStateStarted" => match self.around(before, "Parallel") {
                Some(visit) => {
                    self.begin_attempt(visit, event, changes);
                    Place::Branch(visit)
                }
                None => Place::Nowhere,
            },
            "MapStateStarted" => match self.around(before, "Map") {
                Some(visit) => {
                    self.begin_attempt(visit, event, changes);
                    self.visits[visit].items = event.number("length").unwrap_or(0);
                    self.visits[visit].items_done = 0;
                    Place::At(visit)
                }
                None => Place::Nowhere,
            },
            "MapIterationStarted" => match self.named(before, event) {
                Some(visit) => Place::Iteration(visit, event.number("index").unwrap_or(0)),
                None => Place::Nowhere,
            },
            "MapIterationSucceeded" => {
                let map = self.named(before, event);
                if let Some(visit) = map {
                    self.visits[visit].items_done += 1;
                }
                at(map)
            }
            "ParallelStateFailed" => self.fail_around(before, "Parallel", event, changes),
            "MapStateFailed" => self.fail_around(before, "Map", event, changes),
            "EvaluationFailed" => {
                let visit = self.open_named(event);
                self.fail_attempt(visit, event, changes)
            }
            kind if kind.ends_with("StateEntered") => self.enter(kind, event, changes),
            kind if kind.ends_with("StateExited") => {
                let visit = self.named(before, event);
                if let Some(visit) = visit {
                    self.leave(visit, event.at_ms, changes);
                }
                at(visit)
            }
            kind if is_scheduling(kind) => {
                if let Some(visit) = before {
                    self.begin_attempt(visit, event, changes);
                    if let ("ActivityScheduled", Some(activity)) = (kind, event.text("resource")) {
                        changes.push(Change::Queued { visit, activity: activity.to_owned() });
                    }
                }
                at(before)
            }
            kind if is_failed_work(kind) => self.fail_attempt(before, event, changes),
            _ => at(before),
        }
    }

    fn visit_before(&self, event: &Event) -> Option<VisitId> {
        match self.places.get(event.previous as usize)? {
            Place::At(visit) | Place::Branch(visit) | Place::Iteration(visit, _) => Some(*visit),
            Place::Nowhere => None,
        }
    }

    fn enter(&mut self, kind: &str, event: &Event, changes: &mut Vec<Change>) -> Place {
        let place = self.places.get(event.previous as usize).copied().unwrap_or(Place::Nowhere);
        let (parent, iteration) = match place {
            Place::Nowhere => (None, None),
            Place::At(visit) => (self.visits[visit].parent, self.visits[visit].iteration),
            Place::Branch(visit) => (Some(visit), None),
            Place::Iteration(visit, index) => (Some(visit), Some(index)),
        };
        let visit = self.visits.len();
        self.visits.push(Visit {
            name: event.state_name().unwrap_or_default().to_owned(),
            kind: kind.trim_end_matches("StateEntered").to_owned(),
            parent,
            iteration,
            inside: Vec::new(),
            entered_ms: event.at_ms,
            ended_ms: None,
            attempts: 0,
            standing: Standing::Working,
            failure: None,
            failed_ms: 0,
            failed_in: None,
            items: 0,
            items_done: 0,
        });
        if let Some(parent) = parent {
            self.visits[parent].inside.push(visit);
        }
        self.open.insert(visit);
        changes.push(Change::Entered(visit));
        Place::At(visit)
    }

    fn begin_attempt(&mut self, visit: VisitId, event: &Event, changes: &mut Vec<Change>) {
        let state = &mut self.visits[visit];
        state.attempts += 1;
        state.standing = Standing::Working;
        state.inside.clear();
        if state.attempts > 1 {
            changes.push(Change::Retried { visit, after_ms: event.at_ms - state.failed_ms });
        }
    }

    fn fail_attempt(&mut self, visit: Option<VisitId>, event: &Event, changes: &mut Vec<Change>) -> Place {
        if let Some(visit) = visit {
            let state = &mut self.visits[visit];
            state.standing = Standing::AttemptFailed;
            state.failure = Some(failure_of(event));
            state.failed_ms = event.at_ms;
            changes.push(Change::AttemptFailed(visit));
        }
        at(visit)
    }

    /// A Parallel or Map fails with what failed inside, and takes everything inside with it.
    fn fail_around(
        &mut self,
        inner: Option<VisitId>,
        kind: &str,
        event: &Event,
        changes: &mut Vec<Change>,
    ) -> Place {
        let Some(visit) = self.around(inner, kind) else { return Place::Nowhere };
        let culprit = inner.filter(|&inner| inner != visit);
        let inside: Vec<VisitId> = self.open().filter(|&open| self.is_inside(open, visit)).collect();
        for open in inside {
            let failed = self.visits[open].standing == Standing::AttemptFailed
                || culprit.is_some_and(|culprit| culprit == open);
            self.close(open, if failed { Standing::Failed } else { Standing::Aborted }, event.at_ms, changes);
        }
        let failure = culprit.and_then(|culprit| self.visits[culprit].failure.clone()).unwrap_or_default();
        let state = &mut self.visits[visit];
        state.standing = Standing::AttemptFailed;
        state.failed_in = culprit;
        state.failure = Some(failure);
        state.failed_ms = event.at_ms;
        changes.push(Change::AttemptFailed(visit));
        Place::At(visit)
    }

    fn leave(&mut self, visit: VisitId, at_ms: i64, changes: &mut Vec<Change>) {
        let caught = self.visits[visit].standing == Standing::AttemptFailed;
        self.close(visit, if caught { Standing::Caught } else { Standing::Succeeded }, at_ms, changes);
    }

    fn close(&mut self, visit: VisitId, standing: Standing, at_ms: i64, changes: &mut Vec<Change>) {
        self.open.remove(&visit);
        self.visits[visit].standing = standing;
        self.visits[visit].ended_ms = Some(at_ms);
        changes.push(Change::Left(visit));
    }

    fn end(&mut self, event: &Event, status: &'static str, changes: &mut Vec<Change>) -> Place {
        let outer = self.visit_before(event).filter(|_| status == "FAILED");
        let failed_in = outer.map(|outer| self.innermost_culprit(outer));
        let still_open: Vec<VisitId> = self.open().collect();
        for open in still_open {
            let failed = outer == Some(open) || self.visits[open].standing == Standing::AttemptFailed;
            self.close(open, if failed { Standing::Failed } else { Standing::Aborted }, event.at_ms, changes);
        }
        let failure = failure_of(event);
        let after_ms = event.at_ms - self.started_ms;
        changes.push(Change::Ended(Ending { status, failed_in, failure, after_ms }));
        Place::Nowhere
    }

    fn innermost_culprit(&self, mut visit: VisitId) -> VisitId {
        while let Some(inner) = self.visits[visit].failed_in {
            visit = inner;
        }
        visit
    }

    /// The nearest open visit of a type, from `inner` outwards.
    fn around(&self, inner: Option<VisitId>, kind: &str) -> Option<VisitId> {
        self.outwards(inner).find(|&visit| self.visits[visit].kind == kind && self.open.contains(&visit))
    }

    /// The nearest open visit of the state that the event names, from `inner` outwards.
    fn named(&self, inner: Option<VisitId>, event: &Event) -> Option<VisitId> {
        let name = event.state_name()?;
        self.outwards(inner).find(|&visit| self.visits[visit].name == name && self.open.contains(&visit))
    }

    /// For `EvaluationFailed`, whose `previousEventId` may lie before the state was entered.
    fn open_named(&self, event: &Event) -> Option<VisitId> {
        let name = event.state_name()?;
        self.open.iter().rev().copied().find(|&visit| self.visits[visit].name == name)
    }

    fn is_inside(&self, visit: VisitId, outer: VisitId) -> bool {
        visit != outer && self.outwards(Some(visit)).any(|around| around == outer)
    }

    fn outwards(&self, from: Option<VisitId>) -> impl Iterator<Item = VisitId> + '_ {
        std::iter::successors(from, |&visit| self.visits[visit].parent)
    }
}

fn at(visit: Option<VisitId>) -> Place {
    visit.map_or(Place::Nowhere, Place::At)
}

fn failure_of(event: &Event) -> Failure {
    let owned = |name| event.text(name).map(str::to_owned);
    Failure { error: owned("error"), cause: owned("cause") }
}

fn is_scheduling(kind: &str) -> bool {
    matches!(kind, "ActivityScheduled" | "TaskScheduled" | "LambdaFunctionScheduled")
}

fn is_failed_work(kind: &str) -> bool {
    let work = ["Activity", "Task", "LambdaFunction"].iter().find_map(|work| kind.strip_prefix(work));
    matches!(work, Some("Failed" | "TimedOut" | "ScheduleFailed" | "StartFailed" | "SubmitFailed"))
}
