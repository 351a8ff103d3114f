//! Machines come, change, are published, are routed to and go.
//!
//! INVARIANT: each change is asked for until it is acknowledged, through crashes; meanwhile it may be there or
//! not (`is_changing`). One that found no room is not there, and may be given up.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{
    AliasError, CreateAlias, CreateStateMachine, CreateStateMachineError, Definition, NotWritten,
    PublishVersion, PublishVersionError, Route, UpdateAlias, UpdateStateMachine, UpdateStateMachineError,
};

use super::{Run, Step};
use crate::checker::Violation;
use crate::durable::Registered;
use crate::workload::Machine;

/// The one alias that a machine may have.
pub(super) const ALIAS: &str = "live";

impl Run {
    /// The next machine becomes known to the engine.
    pub(super) fn register_next(&mut self) -> Step {
        let Some(machine) = self.coming.pop() else { return Ok(()) };
        let Some(uid) = self.insist(None, |run| run.register(&machine))? else {
            self.coming.push(machine);
            return Ok(());
        };
        self.trace.note(format_args!("registered {}: {}", machine.arn, machine.text));
        self.witness.notes().shadows.know(uid, FIRST, machine.clone());
        self.machines.push(Registered {
            uid,
            arn: machine.arn.clone(),
            revisions: BTreeMap::from([(FIRST, machine)]),
            versions: BTreeMap::new(),
            alias: None,
            is_deleting: false,
            is_changing: false,
        });
        Ok(())
    }

    /// Asks until there is an answer. None when the disk was full, and whoever asked has given up.
    fn insist<T>(
        &mut self,
        machine: Option<usize>,
        mut ask: impl FnMut(&mut Run) -> Result<T, NotWritten>,
    ) -> Result<Option<T>, Violation> {
        let mark = |run: &mut Run, is_changing| {
            if let Some(machine) = machine {
                run.machines[machine].is_changing = is_changing;
            }
        };
        loop {
            mark(self, true);
            let asked = ask(self);
            match asked {
                Ok(answer) => {
                    mark(self, false);
                    return Ok(Some(answer));
                }
                Err(_) if self.is_dead() => {
                    self.fault("stopped in the catalog");
                    let crash = self.draw_crash();
                    self.crash(crash)?;
                }
                Err(NotWritten::NoRoom) if self.disk.take_fullness() => {
                    self.fault("disk full in the catalog");
                    // Nothing is changed, now and after a crash.
                    mark(self, false);
                    self.check_catalog()?;
                    if self.random.percent(40) {
                        self.count("change given up");
                        return Ok(None);
                    }
                    self.disk.leave_room(None);
                }
                Err(why) => {
                    let is_full = self.disk.take_fullness();
                    let details =
                        format!("a change of the catalog gave {why:?}; the disk is full: {is_full}");
                    return Err(Violation::new("I23", details));
                }
            }
        }
    }

    fn register(&mut self, machine: &Machine) -> Result<u128, NotWritten> {
        let create = CreateStateMachine {
            arn: machine.arn.clone(),
            machine_type: machine.kind,
            definition: definition(machine),
            role_arn: Arc::from("arn:aws:iam::123456789012:role/simulated"),
            logging: None,
            tracing: None,
            encryption: None,
            tags: Vec::new(),
            publish: None,
        };
        let created = self.driven().create_state_machine(create);
        created.map(|entry| entry.uid).map_err(|error| match error {
            CreateStateMachineError::NotWritten(why) => why,
            error => panic!("the name {} is free, and a creation says {error:?}", machine.arn),
        })
    }

    /// A machine that is there and stays.
    fn some_machine(&mut self) -> Option<usize> {
        let machine = self.random.below(self.machines.len());
        (!self.machines[machine].is_deleting).then_some(machine)
    }

    /// Another definition for what starts from now on.
    pub(super) fn update(&mut self) -> Step {
        let Some(machine) = self.some_machine() else { return Ok(()) };
        let arn = self.machines[machine].arn.clone();
        let number = machine_number(&arn.name);
        let next = Machine::generate(number, &self.plan.kinds, &mut self.random);
        // An update that changes nothing is none.
        if next.text == self.machines[machine].current().1.text {
            return Ok(());
        }
        let updated = self.insist(Some(machine), |run| {
            let update = UpdateStateMachine { definition: Some(definition(&next)), ..Default::default() };
            run.driven().update_state_machine(&arn, update).map_err(|error| match error {
                UpdateStateMachineError::NotWritten(why) => why,
                error => panic!("{arn} is there, and an update of it says {error:?}"),
            })
        })?;
        if updated.is_none() {
            return Ok(());
        }
        let entry = self.driven().state_machine(&arn);
        let revision = entry.map(|entry| entry.current.number).unwrap_or_default();
        self.trace.note(format_args!("{arn} has revision {revision}: {}", next.text));
        let registered = &mut self.machines[machine];
        self.witness.notes().shadows.know(registered.uid, revision, next.clone());
        if registered.revisions.insert(revision, next).is_some() {
            return Err(Violation::new("I13", format!("{arn} has got revision {revision} twice")));
        }
        Ok(())
    }

    pub(super) fn publish(&mut self) -> Step {
        let Some(machine) = self.some_machine() else { return Ok(()) };
        let arn = self.machines[machine].arn.clone();
        let published = self.insist(Some(machine), |run| {
            let publish = PublishVersion { machine: arn.clone(), revision: None, description: None };
            run.driven().publish_version(publish).map_err(|error| match error {
                PublishVersionError::NotWritten(why) => why,
                error => panic!("{arn} is there, and publishing it says {error:?}"),
            })
        })?;
        let Some(version) = published else { return Ok(()) };
        self.trace.note(format_args!("{arn} has version {}", version.number));
        let registered = &mut self.machines[machine];
        let (current, _) = registered.current();
        let before = registered.versions.insert(version.number, version.revision.number);
        if version.revision.number != current || before.is_some_and(|before| before != current) {
            let details = format!("version {} of {arn} is not what was published", version.number);
            return Err(Violation::new("I13", details));
        }
        Ok(())
    }

    /// The alias leads to one or two of the versions.
    pub(super) fn route(&mut self) -> Step {
        let Some(machine) = self.some_machine() else { return Ok(()) };
        let registered = &self.machines[machine];
        let versions: Vec<u64> = registered.versions.keys().copied().collect();
        if versions.is_empty() {
            return Ok(());
        }
        let (arn, has_alias) = (registered.arn.clone(), registered.alias.is_some());
        let (one, other) = (*self.random.pick(&versions), *self.random.pick(&versions));
        let mut routes = vec![Route { version: one, weight: 100 }];
        if one != other {
            routes = vec![Route { version: one, weight: 50 }, Route { version: other, weight: 50 }];
        }
        let routed = self.insist(Some(machine), |run| {
            let routed = if has_alias {
                run.driven().update_alias(UpdateAlias {
                    machine: arn.clone(),
                    name: ALIAS.into(),
                    description: None,
                    routes: Some(routes.clone()),
                })
            } else {
                run.driven().create_alias(CreateAlias {
                    machine: arn.clone(),
                    name: ALIAS.into(),
                    description: None,
                    routes: routes.clone(),
                })
            };
            routed.map_err(|error| match error {
                AliasError::NotWritten(why) => why,
                error => panic!("the versions of {arn} are there, and routing to them says {error:?}"),
            })
        })?;
        if routed.is_none() {
            return Ok(());
        }
        self.trace.note(format_args!("the alias of {arn} leads to {routes:?}"));
        self.machines[machine].alias = Some(routes.iter().map(|route| route.version).collect());
        Ok(())
    }

    /// A machine goes with all its executions; a new one gets its name later. One must be left.
    pub(super) fn delete(&mut self) -> Step {
        let staying = self.machines.iter().filter(|machine| !machine.is_deleting).count();
        let Some(machine) = self.some_machine().filter(|_| staying > 1) else { return Ok(()) };
        let arn = self.machines[machine].arn.clone();
        if !self.is_express(machine) {
            self.look_up_for_later(machine);
            let (name, input) = self.draw_start(machine);
            self.ask_start(name, input, None, None)?;
        }
        if self.insist(Some(machine), |run| run.driven().delete_state_machine(&arn))?.is_none() {
            return Ok(());
        }
        self.trace.note(format_args!("{arn} is being deleted"));
        self.machines[machine].is_deleting = true;
        let again = Machine::generate(machine_number(&arn.name), &self.plan.kinds, &mut self.random);
        self.successors.push(again);
        Ok(())
    }

    /// Whether its deletion is over.
    pub(super) fn is_gone(&self, machine: usize) -> bool {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let Registered { uid, arn, .. } = &self.machines[machine];
        live.driven.state_machine(arn).is_none_or(|entry| entry.uid != *uid)
    }

    /// Names that have become free are used again.
    pub(super) fn succeed_deleted(&mut self) {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let is_free = |machine: &mut Machine| live.driven.state_machine(&machine.arn).is_none();
        self.coming.extend(self.successors.extract_if(.., is_free));
    }

    /// Every machine is there as it was acknowledged, or as it was about to become.
    pub(super) fn check_catalog(&mut self) -> Step {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        for registered in self.machines.iter().filter(|registered| !registered.is_changing) {
            let Registered { uid, arn, versions, alias, is_deleting, .. } = registered;
            let entry = live.driven.state_machine(arn).filter(|entry| entry.uid == *uid);
            if *is_deleting {
                if entry.is_some_and(|entry| !entry.deleting) {
                    return Err(Violation::new("I1", format!("{arn} was deleted, and is back")));
                }
                continue;
            }
            let (number, machine) = registered.current();
            let is_there = entry.as_ref().is_some_and(|entry| {
                let alias_of = entry.alias(ALIAS);
                let routes = alias_of.map(|alias| alias.routes.iter().map(|route| route.version).collect());
                entry.current.number == number
                    && entry.current.definition_text == machine.text
                    && !entry.deleting
                    && versions.iter().all(|(version, revision)| {
                        entry.version(*version).is_some_and(|version| version.revision.number == *revision)
                    })
                    && routes == *alias
            });
            if !is_there {
                return Err(Violation::new("I1", format!("{arn} is not as it was acknowledged: {entry:?}")));
            }
        }
        Ok(())
    }
}

/// The number of the revision that a creation makes.
const FIRST: u32 = 1;

fn definition(machine: &Machine) -> Definition {
    Definition { text: Arc::clone(&machine.text), machine: Arc::clone(&machine.definition) }
}

/// Which machines it may nest.
fn machine_number(name: &str) -> usize {
    name.trim_start_matches('m').parse().expect("the generator names machines by number")
}
