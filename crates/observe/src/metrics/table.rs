//! Which cells belong to what: each thread has its own, and finds them without asking others.
//!
//! Here: the cells of each thread, and the register of all cells that a reader adds up.
//! INVARIANT: there are cells for at most `ROWS_MAX` machines, and for as many resources; what comes later is
//! counted together, under the name `other`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use asl::resource::Resource;
use engine::Through;
use rustc_hash::FxHashMap;

use super::cells::{CallCells, ExecutionCells, TaskCells};

/// LIMIT: rows of executions, and of tasks: what a page of metrics can carry.
const ROWS_MAX: usize = 2_000;
/// LIMIT: machines, and resources, whose row a thread remembers, `other` included.
const OWN_MAX: usize = 8 * ROWS_MAX;
/// The name of what has no row of its own.
const OTHER: &str = "other";

/// A machine, and how its executions were started.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct ExecutionRow {
    pub(super) machine: Arc<str>,
    pub(super) version: Option<u64>,
    pub(super) alias: Option<Arc<str>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct TaskRow {
    pub(super) family: TaskFamily,
    pub(super) resource: Arc<str>,
}

/// AWS counts tasks in three families.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum TaskFamily {
    Activity,
    LambdaFunction,
    ServiceIntegration,
}

/// All cells, of all threads.
#[derive(Default)]
pub(super) struct Register {
    pub(super) executions: BTreeMap<ExecutionRow, Vec<Arc<ExecutionCells>>>,
    pub(super) tasks: BTreeMap<TaskRow, Vec<Arc<TaskCells>>>,
    pub(super) calls: BTreeMap<Box<str>, Vec<Arc<CallCells>>>,
}

pub(super) struct Table {
    /// Which of the tables of this process it is.
    number: u64,
    register: Mutex<Register>,
}

/// The rows of a machine: by how its executions were started.
type OwnRows = Vec<(Option<Through>, Arc<ExecutionCells>)>;

/// What one thread has of one table.
#[derive(Default)]
struct Own {
    table: u64,
    executions: FxHashMap<Arc<str>, OwnRows>,
    tasks: FxHashMap<Arc<str>, Arc<TaskCells>>,
    calls: FxHashMap<Box<str>, Arc<CallCells>>,
    /// Of what has no row of its own; tasks by their family.
    other_executions: Option<Arc<ExecutionCells>>,
    other_tasks: [Option<Arc<TaskCells>>; 3],
}

thread_local! {
    /// One entry for each table that the thread counts in: one, but in tests.
    static OWN: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
}

impl Default for Table {
    fn default() -> Self {
        static TABLES: AtomicU64 = AtomicU64::new(0);
        Table { number: TABLES.fetch_add(1, Ordering::Relaxed), register: Mutex::default() }
    }
}

impl Table {
    pub(super) fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn execution(
        &self,
        machine: &Arc<str>,
        through: Option<&Through>,
        count: impl FnOnce(&ExecutionCells),
    ) {
        let known = self.own(|own| {
            let rows = own.executions.get(machine)?;
            rows.iter().find(|(row, _)| row.as_ref() == through).map(|(_, cells)| Arc::clone(cells))
        });
        count(&known.unwrap_or_else(|| {
            let row = ExecutionRow {
                machine: Arc::clone(machine),
                version: through.map(|through| through.version),
                alias: through.and_then(|through| through.alias.clone()),
            };
            let other = ExecutionRow { machine: OTHER.into(), version: None, alias: None };
            self.own(|own| {
                let cells = new_cells(&mut self.register().executions, row, other, &mut own.other_executions);
                if own.executions.len() < OWN_MAX {
                    let rows = own.executions.entry(Arc::clone(machine)).or_default();
                    rows.push((through.cloned(), Arc::clone(&cells)));
                }
                cells
            })
        }));
    }

    pub(super) fn task(&self, resource: &Resource, count: impl FnOnce(&TaskCells)) {
        let arn = resource.arn();
        let known = self.own(|own| own.tasks.get(arn).map(Arc::clone));
        count(&known.unwrap_or_else(|| {
            let family = TaskFamily::of(resource);
            let row = TaskRow { family, resource: Arc::clone(arn) };
            let other = TaskRow { family, resource: OTHER.into() };
            self.own(|own| {
                let others = &mut own.other_tasks[family as usize];
                let cells = new_cells(&mut self.register().tasks, row, other, others);
                if own.tasks.len() < OWN_MAX {
                    own.tasks.insert(Arc::clone(arn), Arc::clone(&cells));
                }
                cells
            })
        }));
    }

    pub(super) fn call(&self, operation: &str, count: impl FnOnce(&CallCells)) {
        let cells = self.own(|own| own.calls.get(operation).map(Arc::clone)).unwrap_or_else(|| {
            let cells = Arc::<CallCells>::default();
            self.register().calls.entry(operation.into()).or_default().push(Arc::clone(&cells));
            self.own(|own| own.calls.insert(operation.into(), Arc::clone(&cells)));
            cells
        });
        count(&cells);
    }

    /// What this thread has of this table.
    fn own<T>(&self, look: impl FnOnce(&mut Own) -> T) -> T {
        OWN.with_borrow_mut(|tables| {
            let place = tables.iter().position(|own| own.table == self.number).unwrap_or_else(|| {
                tables.push(Own { table: self.number, ..Own::default() });
                tables.len() - 1
            });
            look(&mut tables[place])
        })
    }
}

impl TaskFamily {
    fn of(resource: &Resource) -> TaskFamily {
        match resource {
            Resource::Activity(_) => TaskFamily::Activity,
            Resource::LambdaFunction(_) => TaskFamily::LambdaFunction,
            Resource::Service { .. } => TaskFamily::ServiceIntegration,
        }
    }
}

/// Cells of a thread for a row, or for all rows that came too late to have cells of their own.
fn new_cells<R: Ord, C: Default>(
    rows: &mut BTreeMap<R, Vec<Arc<C>>>,
    row: R,
    other: R,
    other_cells: &mut Option<Arc<C>>,
) -> Arc<C> {
    let is_late = rows.len() >= ROWS_MAX && !rows.contains_key(&row);
    if let (true, Some(cells)) = (is_late, &other_cells) {
        return Arc::clone(cells);
    }
    let cells = Arc::<C>::default();
    rows.entry(if is_late { other } else { row }).or_default().push(Arc::clone(&cells));
    if is_late {
        *other_cells = Some(Arc::clone(&cells));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::cells::{add, get};

    #[test]
    fn machines_beyond_the_bound_are_counted_together() {
        let table = Table::default();
        for number in 0..ROWS_MAX + 10 {
            let machine: Arc<str> = format!("m{number}").into();
            for _ in 0..2 {
                table.execution(&machine, None, |cells| add(&cells.started, 1));
            }
        }
        let register = table.register();
        assert_eq!(register.executions.len(), ROWS_MAX + 1);
        let other = ExecutionRow { machine: OTHER.into(), version: None, alias: None };
        let started: Vec<u64> = register.executions[&other].iter().map(|cells| get(&cells.started)).collect();
        assert_eq!(started, [20]);
    }

    #[test]
    fn threads_count_for_themselves_and_are_added_up() {
        let table = Table::default();
        let machine: Arc<str> = "m".into();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        table.execution(&machine, None, |cells| add(&cells.started, 1));
                    }
                });
            }
        });
        let register = table.register();
        let cells = register.executions.values().next().unwrap();
        assert_eq!(cells.iter().map(|cells| get(&cells.started)).sum::<u64>(), 4_000);
    }
}
