//! Creating, changing and deleting aliases.

use std::sync::Arc;

use asl::arn::StateMachineArn;
use bytes::Bytes;

use super::CatalogWriter;
use crate::catalog::keys::{Key, StoredAlias, encode};
use crate::catalog::{Alias, AliasError, CreateAlias, Route, StateMachineEntry, UpdateAlias};

impl CatalogWriter {
    /// Idempotent: the same alias again is the alias that exists.
    pub(crate) fn create_alias(&mut self, create: CreateAlias) -> Result<Arc<Alias>, AliasError> {
        let machine = self.machine_to_alias(&create.machine)?;
        check_routes(&machine, &create.routes)?;
        if let Some(existing) = machine.alias(&create.name) {
            let same = existing.description == create.description && existing.routes == create.routes;
            return if same { Ok(Arc::clone(existing)) } else { Err(AliasError::AlreadyExists) };
        }
        if machine.aliases.len() >= self.quotas.aliases_max {
            return Err(AliasError::LimitExceeded);
        }
        let now_ms = self.clock.now_ms();
        let alias = Alias {
            machine: create.machine,
            name: create.name,
            description: create.description,
            routes: create.routes,
            created_ms: now_ms,
            updated_ms: now_ms,
            place: machine.aliases.last().map_or(0, |last| last.place + 1),
        };
        self.keep_alias(&machine, alias)
    }

    pub(crate) fn update_alias(&mut self, update: UpdateAlias) -> Result<Arc<Alias>, AliasError> {
        let machine = self.machine_to_alias(&update.machine)?;
        let alias = machine.alias(&update.name).ok_or(AliasError::DoesNotExist)?;
        let mut alias = Alias { updated_ms: self.clock.now_ms(), ..Alias::clone(alias) };
        if let Some(routes) = update.routes {
            check_routes(&machine, &routes)?;
            alias.routes = routes;
        }
        if let Some(description) = update.description {
            alias.description = Some(description);
        }
        self.keep_alias(&machine, alias)
    }

    pub(crate) fn delete_alias(&mut self, arn: &StateMachineArn, name: &str) -> Result<(), AliasError> {
        let machine = self.catalog.state_machine(arn).ok_or(AliasError::DoesNotExist)?;
        let alias = machine.alias(name).ok_or(AliasError::DoesNotExist)?;
        self.write(vec![alias_write(machine.uid, alias, true)])?;
        let mut machine = StateMachineEntry::clone(&machine);
        machine.aliases.retain(|alias| *alias.name != *name);
        self.show_machine(machine);
        Ok(())
    }

    fn machine_to_alias(&self, arn: &StateMachineArn) -> Result<Arc<StateMachineEntry>, AliasError> {
        match self.catalog.state_machine(arn) {
            Some(machine) if machine.deleting => Err(AliasError::Deleting),
            Some(machine) => Ok(machine),
            None => Err(AliasError::DoesNotExist),
        }
    }

    fn keep_alias(&mut self, machine: &StateMachineEntry, alias: Alias) -> Result<Arc<Alias>, AliasError> {
        self.write(vec![alias_write(machine.uid, &alias, false)])?;
        let alias = Arc::new(alias);
        let mut machine = machine.clone();
        match machine.aliases.iter_mut().find(|other| other.place == alias.place) {
            Some(before) => *before = Arc::clone(&alias),
            None => machine.aliases.push(Arc::clone(&alias)),
        }
        self.show_machine(machine);
        Ok(alias)
    }
}

fn check_routes(machine: &StateMachineEntry, routes: &[Route]) -> Result<(), AliasError> {
    let exist = routes.iter().all(|route| machine.version(route.version).is_some());
    if exist { Ok(()) } else { Err(AliasError::DoesNotExist) }
}

fn alias_write(machine: u128, alias: &Alias, deleted: bool) -> (Key, Bytes) {
    let stored = StoredAlias {
        description: alias.description.clone(),
        routes: alias.routes.clone(),
        created_ms: alias.created_ms,
        updated_ms: alias.updated_ms,
        place: alias.place,
        deleted,
    };
    (Key::Alias(machine, Arc::clone(&alias.name)), encode(&stored))
}
