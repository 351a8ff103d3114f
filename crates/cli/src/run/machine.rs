//! Puts the definition into an engine: its state machine, and the activities that it names.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use asl::arn::{ActivityArn, Owner, StateMachineArn};
use asl::definition::MachineType;
use asl::resource::Resource;
use asl::{Kind, StateMachine};
use engine::{
    CreateActivityError, CreateStateMachine, CreateStateMachineError, Definition, Engine, Revision,
};

use crate::say::UsageError;

/// Creates everything; gives the revision to start, and the activities that work is waited for from.
pub(crate) async fn create(
    engine: &Engine,
    file: &Path,
    definition: Definition,
) -> anyhow::Result<(Arc<Revision>, Vec<ActivityArn>)> {
    let activities = activities(&definition.machine)?;
    for activity in &activities {
        create_activity(engine, activity).await?;
    }
    let owner = activities.first().map_or_else(local_owner, |activity| activity.owner.clone());
    let revision = create_machine(engine, owner, file, definition).await?;
    Ok((revision, activities))
}

/// The activities that the definition names, each once, in the order of the text.
fn activities(machine: &StateMachine) -> Result<Vec<ActivityArn>, UsageError> {
    let mut found: Vec<ActivityArn> = Vec::new();
    for state in &machine.states {
        if let Kind::Task(task) = &state.kind
            && let Resource::Activity(arn) = &task.resource
        {
            let activity: ActivityArn = arn.parse().map_err(|_| {
                UsageError(format!(
                    "expected the ARN of an activity in state `{}`, found `{arn}`",
                    state.name
                ))
            })?;
            if !found.contains(&activity) {
                found.push(activity);
            }
        }
    }
    Ok(found)
}

/// Of an execution that names nobody's activities.
fn local_owner() -> Owner {
    Owner { partition: "aws".into(), region: "us-east-1".into(), account: "000000000000".into() }
}

async fn create_activity(engine: &Engine, activity: &ActivityArn) -> anyhow::Result<()> {
    match engine.create_activity(activity.clone(), None, Vec::new()).await {
        Ok(_) | Err(CreateActivityError::AlreadyExists) => Ok(()),
        Err(CreateActivityError::LimitExceeded) => Err(anyhow!("the definition names too many activities")),
        Err(CreateActivityError::NotWritten(_)) => Err(anyhow!("the engine could not create an activity")),
    }
}

async fn create_machine(
    engine: &Engine,
    owner: Owner,
    file: &Path,
    definition: Definition,
) -> anyhow::Result<Arc<Revision>> {
    let role_arn = format!("arn:{}:iam::{}:role/stairway-run", owner.partition, owner.account).into();
    let machine = CreateStateMachine {
        arn: StateMachineArn { owner, name: machine_name(file).into() },
        machine_type: MachineType::Standard,
        definition,
        role_arn,
        logging: None,
        tracing: None,
        encryption: None,
        tags: Vec::new(),
        publish: None,
    };
    match engine.create_state_machine(machine).await {
        Ok(entry) => Ok(entry.current.clone()),
        Err(
            CreateStateMachineError::AlreadyExists
            | CreateStateMachineError::Deleting
            | CreateStateMachineError::LimitExceeded
            | CreateStateMachineError::NotWritten(_),
        ) => Err(anyhow!("the engine could not create the state machine")),
    }
}

/// `order-fulfilment` of `examples/order-fulfilment.asl.json`; what a name may not contain becomes `-`.
fn machine_name(file: &Path) -> String {
    let stem = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let stem = stem.split('.').find(|part| !part.is_empty()).unwrap_or("definition");
    stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_named_after_its_file() {
        let name = |file: &str| machine_name(Path::new(file));
        assert_eq!(name("examples/order-fulfilment.asl.json"), "order-fulfilment");
        assert_eq!(name("my flow (2).yaml"), "my-flow--2-");
        assert_eq!(name(".hidden.json"), "hidden");
    }
}
