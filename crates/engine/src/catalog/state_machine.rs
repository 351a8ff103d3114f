//! State machines as the catalog keeps them, and the revisions that executions are pinned to.

use std::sync::{Arc, OnceLock};

use asl::arn::{ExecutionArn, StateMachineArn};
use asl::definition::MachineType;
use execution::{Identity, Logging};
use store::Uid;

use crate::catalog::alias::Alias;
use crate::catalog::intake::Intake;
use crate::catalog::tag::Tag;
use crate::catalog::version::{Publish, Version};
use crate::error::NotWritten;
use crate::express::uuid_of;

#[derive(Clone, Debug)]
pub struct StateMachineEntry {
    /// Identity of this incarnation: a new machine with an old name is another one.
    pub uid: u128,
    pub arn: StateMachineArn,
    pub machine_type: MachineType,
    pub created_ms: i64,
    /// Deletion was asked for; it is over when no execution runs any more.
    pub deleting: bool,
    pub(crate) deleted: bool,
    pub current: Arc<Revision>,
    pub tags: Vec<Tag>,
    /// Those that are not deleted, oldest first.
    pub versions: Vec<Arc<Version>>,
    /// Those that are not deleted, in the order of creation.
    pub aliases: Vec<Arc<Alias>>,
    /// The highest number that a version ever had.
    pub(crate) last_version: u64,
    /// What the creation published: a creation that asks for something else is another one.
    pub(crate) created_with: Option<Publish>,
}

impl StateMachineEntry {
    pub fn version(&self, number: u64) -> Option<&Arc<Version>> {
        let at = self.versions.binary_search_by_key(&number, |version| version.number).ok()?;
        self.versions.get(at)
    }

    pub fn alias(&self, name: &str) -> Option<&Arc<Alias>> {
        self.aliases.iter().find(|alias| *alias.name == *name)
    }

    /// The version as which this revision is published.
    pub(crate) fn version_of(&self, revision: u32) -> Option<&Arc<Version>> {
        self.versions.iter().find(|version| version.revision.number == revision)
    }
}

/// What an execution is pinned to for its whole life.
#[derive(Debug)]
pub struct Revision {
    pub arn: StateMachineArn,
    pub arn_text: Arc<str>,
    pub machine: u128,
    pub(crate) intake: Arc<Intake>,
    pub number: u32,
    pub machine_type: MachineType,
    pub role_arn: Arc<str>,
    pub definition_text: Arc<str>,
    pub(crate) definition: OnceLock<Arc<asl::StateMachine>>,
    /// JSON texts in AWS's shapes, checked by the door; none for the defaults.
    pub logging: Option<Arc<str>>,
    pub(crate) logging_read: OnceLock<Arc<Logging>>,
    pub tracing: Option<Arc<str>>,
    pub encryption: Option<Arc<str>>,
    /// None for the first revision.
    pub revision_id: Option<Arc<str>>,
    pub updated_ms: i64,
}

impl Revision {
    /// The parsed definition; read on first use, so that a large catalog opens quickly.
    pub fn definition(&self) -> &Arc<asl::StateMachine> {
        self.definition.get_or_init(|| {
            let parsed = asl::parse(&self.definition_text, self.machine_type);
            Arc::new(parsed.machine.expect("a registered definition was checked when it was registered"))
        })
    }

    /// What is logged of its executions; read on first use.
    fn logging(&self) -> &Arc<Logging> {
        let read = || self.logging.as_deref().map(Logging::read).unwrap_or_default();
        self.logging_read.get_or_init(|| Arc::new(read()))
    }

    pub(crate) fn execution_arn(&self, name: &Arc<str>) -> ExecutionArn {
        ExecutionArn {
            owner: self.arn.owner.clone(),
            state_machine: Arc::clone(&self.arn.name),
            name: Arc::clone(name),
            express: None,
        }
    }

    pub(crate) fn express_arn(&self, name: &Arc<str>, execution: Uid) -> ExecutionArn {
        ExecutionArn { express: Some(uuid_of(execution)), ..self.execution_arn(name) }
    }

    /// What an execution with this name is pinned to.
    pub(crate) fn identity(&self, name: &Arc<str>) -> Identity {
        self.identity_as(&self.execution_arn(name))
    }

    /// What the execution with this ARN is pinned to.
    pub(crate) fn identity_as(&self, arn: &ExecutionArn) -> Identity {
        Identity {
            arn: arn.to_string().into(),
            name: Arc::clone(&arn.name),
            state_machine_arn: Arc::clone(&self.arn_text),
            state_machine_name: Arc::clone(&self.arn.name),
            role_arn: Arc::clone(&self.role_arn),
            region: Arc::clone(&self.arn.owner.region),
            machine: Arc::clone(self.definition()),
            logging: Arc::clone(self.logging()),
            machine_type: self.machine_type,
        }
    }
}

/// A definition with its text, already parsed and free of errors.
#[derive(Clone, Debug)]
pub struct Definition {
    pub text: Arc<str>,
    pub machine: Arc<asl::StateMachine>,
}

#[derive(Clone, Debug)]
pub struct CreateStateMachine {
    pub arn: StateMachineArn,
    pub machine_type: MachineType,
    pub definition: Definition,
    pub role_arn: Arc<str>,
    pub logging: Option<Arc<str>>,
    pub tracing: Option<Arc<str>>,
    pub encryption: Option<Arc<str>>,
    pub tags: Vec<Tag>,
    pub publish: Option<Publish>,
}

/// A new encryption configuration: JSON text in AWS's shape, or none for the default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetEncryption(pub Option<Arc<str>>);

/// What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UpdateStateMachine {
    pub definition: Option<Definition>,
    pub role_arn: Option<Arc<str>>,
    pub logging: Option<Arc<str>>,
    pub tracing: Option<Arc<str>>,
    pub encryption: Option<SetEncryption>,
    pub publish: Option<Publish>,
}

#[derive(Clone, Debug)]
pub struct Updated {
    pub updated_ms: i64,
    /// The new revision's id when something changed. Otherwise that of the revision that stays, if it has
    /// one; a publication alone shows none.
    pub revision_id: Option<Arc<str>>,
    /// As which the revision is published, when that was asked for.
    pub version: Option<Arc<Version>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreateStateMachineError {
    AlreadyExists,
    Deleting,
    LimitExceeded,
    NotWritten(NotWritten),
}

impl From<NotWritten> for CreateStateMachineError {
    fn from(why: NotWritten) -> Self {
        CreateStateMachineError::NotWritten(why)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UpdateStateMachineError {
    DoesNotExist,
    Deleting,
    /// The machine has its maximum of versions.
    VersionLimitExceeded,
    NotWritten(NotWritten),
}

impl From<NotWritten> for UpdateStateMachineError {
    fn from(why: NotWritten) -> Self {
        UpdateStateMachineError::NotWritten(why)
    }
}
