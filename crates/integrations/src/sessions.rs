//! Whose credentials a call goes with: the server's own, or sessions of the state machine's role and of the
//! task's.
//!
//! Here: the providers, kept by role, and what a task is told when a role cannot be assumed.
//! Not here: AssumeRole itself (`aws`).
//! INVARIANT: where roles are assumed, no call falls back to the server's own credentials.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use aws::client::Client;
use aws::credentials::{CredentialsFault, Provider, Role, Sts};
use aws::endpoint::ServiceFacts;

use crate::services::Caller;

/// What the roles of state machines and tasks are to this server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Roles {
    /// Names: calls go with the server's own credentials.
    #[default]
    Ignored,
    /// Calls go with sessions that STS gives of them.
    Assumed,
}

/// LIMIT: roles whose sessions are kept. With more they are all assumed anew.
const PROVIDERS_MAX: usize = 4_096;
/// LIMIT: characters of a session's name (STS).
const SESSION_NAME_CHARS_MAX: usize = 64;

/// Why there are no credentials, for the cause of a failure.
#[derive(Debug)]
pub(crate) struct NotAssumed(pub(crate) String);

pub(crate) struct Sessions {
    roles: Roles,
    sts: ServiceFacts,
    /// By region, state machine, and the roles that are assumed one from the other; the server's own without.
    providers: RefCell<HashMap<Key, Provider>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    region: String,
    machine: Arc<str>,
    roles: Vec<Arc<str>>,
}

impl Sessions {
    pub(crate) fn new(roles: Roles, sts: ServiceFacts) -> Sessions {
        Sessions { roles, sts, providers: RefCell::default() }
    }

    /// The server's own credentials, from the standard chain: one provider a region.
    pub(crate) fn own(&self, client: &Client, caller: &Caller) -> Provider {
        let key = Key { region: caller.region.clone(), machine: Arc::from(""), roles: Vec::new() };
        self.kept(key, || Provider::standard(self.sts(client, caller)))
    }

    /// The credentials of a call. They are there when this returns.
    pub(crate) async fn of(&self, client: &Client, caller: &Caller) -> Result<Provider, NotAssumed> {
        let own = self.own(client, caller);
        if self.roles == Roles::Ignored {
            return Ok(own);
        }
        let execution_role = &caller.identity.role_arn;
        let mut roles = vec![Arc::clone(execution_role)];
        let session = self.session(client, caller, own, roles.clone());
        let refused = |fault| not_assumed(execution_role, &fault);
        session.credentials(client.now()).await.map_err(refused)?;
        let Some(task_role) = &caller.task_role else { return Ok(session) };
        // As AWS does, the role of the state machine assumes that of the task.
        roles.push(Arc::clone(task_role));
        let session = self.session(client, caller, session, roles);
        match session.credentials(client.now()).await {
            Ok(_) => Ok(session),
            Err(fault) if is_access_denied(&fault) => Err(NotAssumed(format!(
                "The role {execution_role} is not authorized to assume the task state's role, {task_role}."
            ))),
            Err(fault) => Err(not_assumed(task_role, &fault)),
        }
    }

    /// The session of the last role, assumed from `base`.
    fn session(&self, client: &Client, caller: &Caller, base: Provider, roles: Vec<Arc<str>>) -> Provider {
        let machine = &caller.identity.state_machine_arn;
        let role = Role {
            arn: roles.last().map(ToString::to_string).unwrap_or_default(),
            session_name: session_name(&caller.identity.state_machine_name),
            // A role's trust policy can name the state machines that it is for.
            external_id: Some(machine.to_string()),
            duration: None,
        };
        let key = Key { region: caller.region.clone(), machine: Arc::clone(machine), roles };
        self.kept(key, || Provider::role(self.sts(client, caller), base, role))
    }

    fn kept(&self, key: Key, make: impl FnOnce() -> Provider) -> Provider {
        let mut providers = self.providers.borrow_mut();
        if providers.len() >= PROVIDERS_MAX && !providers.contains_key(&key) {
            providers.clear();
        }
        providers.entry(key).or_insert_with(make).clone()
    }

    fn sts(&self, client: &Client, caller: &Caller) -> Sts {
        Sts { client: client.clone(), facts: self.sts.clone(), region: caller.region.clone() }
    }
}

fn not_assumed(role: &str, fault: &CredentialsFault) -> NotAssumed {
    NotAssumed(match fault.root() {
        // It names the role.
        CredentialsFault::Refused { .. } => fault.to_string(),
        other => format!("the role {role} cannot be assumed: {other}"),
    })
}

fn is_access_denied(fault: &CredentialsFault) -> bool {
    matches!(fault.root(), CredentialsFault::Refused { code: Some(code), .. } if code == "AccessDenied")
}

/// Names of state machines have characters that STS does not take.
fn session_name(machine: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name = machine.chars().map(|c| if fits(c) { c } else { '-' });
    "stairway-".chars().chain(name).take(SESSION_NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_its_state_machine() {
        assert_eq!(session_name("orders_2"), "stairway-orders_2");
        assert_eq!(session_name("größe é"), "stairway-gr--e--");
        assert_eq!(session_name(&"n".repeat(80)).len(), SESSION_NAME_CHARS_MAX);
    }
}
