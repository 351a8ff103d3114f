//! Versions and aliases: what a restart knows of them, and how many there may be.

use super::*;
use crate::{
    AliasError, CreateAlias, Publish, PublishVersion, PublishVersionError, Route, StartedThrough, Through,
    UpdateAlias, UpdateStateMachineError,
};

fn creation(publish: Option<Publish>) -> CreateStateMachine {
    CreateStateMachine {
        arn: machine_arn(),
        machine_type: MachineType::Standard,
        definition: definition(PASS, MachineType::Standard),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        logging: None,
        tracing: None,
        encryption: None,
        tags: Vec::new(),
        publish,
    }
}

fn described(description: &str) -> Option<Publish> {
    Some(Publish { description: Some(description.into()) })
}

fn update(definition_text: &str, publish: Option<Publish>) -> UpdateStateMachine {
    UpdateStateMachine {
        definition: Some(definition(definition_text, MachineType::Standard)),
        publish,
        ..UpdateStateMachine::default()
    }
}

fn alias(name: &str, version: u64) -> CreateAlias {
    let routes = vec![Route { version, weight: 100 }];
    CreateAlias { machine: machine_arn(), name: name.into(), description: None, routes }
}

fn publish() -> PublishVersion {
    PublishVersion { machine: machine_arn(), revision: None, description: None }
}

/// A definition of which there are as many as numbers.
fn numbered(number: usize) -> String {
    format!(r#"{{"Comment":"{number}","StartAt":"A","States":{{"A":{{"Type":"Pass","End":true}}}}}}"#)
}

#[test]
fn a_restart_knows_versions_aliases_and_who_was_started_through_them() {
    let directory = tempfile::tempdir().unwrap();
    let open =
        || -> Arc<dyn Store> { Arc::new(DiskStore::open(directory.path(), Options::default()).unwrap()) };
    let through = Some(Through { version: 1, alias: Some("PROD".into()) });
    let started_through = through.clone();
    on_engine(open(), Config::default(), |engine, client| async move {
        engine.create_state_machine(creation(described("first"))).await.unwrap();
        engine.update_state_machine(&machine_arn(), update(WAIT, described("second"))).await.unwrap();
        engine.update_state_machine(&machine_arn(), update(&numbered(3), described("third"))).await.unwrap();
        engine.delete_version(&machine_arn(), 3).await.unwrap();
        for name in ["TEST", "PROD", "GONE"] {
            engine.create_alias(alias(name, 2)).await.unwrap();
        }
        engine.delete_alias(&machine_arn(), "GONE").await.unwrap();
        let routes = Some(vec![Route { version: 1, weight: 1 }, Route { version: 2, weight: 99 }]);
        let update = UpdateAlias { machine: machine_arn(), name: "PROD".into(), description: None, routes };
        engine.update_alias(update).await.unwrap();
        let machine = engine.state_machine(&machine_arn()).unwrap();
        let revision = Arc::clone(&machine.version(1).unwrap().revision);
        let (name, input) = (Some("e".into()), Document::empty_object());
        let start = StartExecution {
            revision,
            through: started_through,
            name,
            input,
            trace_header: None,
            mocks: None,
        };
        client.start_execution(start).await.unwrap();
    });
    on_engine(open(), Config::default(), |engine, client| async move {
        let machine = engine.state_machine(&machine_arn()).unwrap();
        let versions: Vec<(u64, Option<&str>)> =
            machine.versions.iter().map(|version| (version.number, version.description.as_deref())).collect();
        assert_eq!(versions, [(1, Some("first")), (2, Some("second"))]);
        assert_eq!(&*machine.version(2).unwrap().revision.definition_text, WAIT);
        let aliases: Vec<&str> = machine.aliases.iter().map(|alias| &*alias.name).collect();
        assert_eq!(aliases, ["TEST", "PROD"], "in the order of creation");
        assert_eq!(machine.alias("PROD").unwrap().routes.len(), 2);

        let execution = ExecutionArn {
            owner: machine_arn().owner,
            state_machine: machine_arn().name,
            name: "e".into(),
            express: None,
        };
        assert_eq!(client.describe_execution(&execution).await.unwrap().through, through);
        for (only, found) in [
            (StartedThrough::Version(1), 1),
            (StartedThrough::Version(2), 0),
            (StartedThrough::Alias("PROD".into()), 1),
            (StartedThrough::Alias("TEST".into()), 0),
        ] {
            let list = ListExecutions {
                machine: machine_arn(),
                through: Some(only.clone()),
                status: None,
                redriven: None,
                after: None,
                limit: 10,
            };
            let page = client.list_executions(list).await.unwrap();
            assert_eq!(page.executions.len(), found, "{only:?}");
        }
        assert_eq!(engine.publish_version(publish()).await.unwrap().number, 4, "3 was used");
        engine.create_alias(alias("GONE", 4)).await.unwrap();
        // The creation is the same again, as long as the definition is.
        engine.update_state_machine(&machine_arn(), update(PASS, None)).await.unwrap();
        engine.create_state_machine(creation(described("first"))).await.unwrap();
        engine.create_state_machine(creation(None)).await.unwrap_err();
    });
}

#[test]
fn concurrent_creations_of_one_machine_make_one_and_agree() {
    with_engine(|engine, _| async move {
        let calls = (0..20).map(|_| {
            let engine = engine.clone();
            tokio::task::spawn_local(async move {
                engine.create_state_machine(creation(described("first"))).await.unwrap().uid
            })
        });
        let mut uids = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            uids.push(call.await.unwrap());
        }
        uids.dedup();
        assert_eq!(uids.len(), 1);
        assert_eq!(engine.state_machine(&machine_arn()).unwrap().versions.len(), 1);
    });
}

#[test]
fn concurrent_starts_of_one_name_are_one_execution() {
    with_engine(|engine, client| async move {
        create(&engine, WAIT).await;
        let calls = (0..20).map(|number| {
            let (engine, client) = (engine.clone(), client.clone());
            let input = if number % 4 == 3 { "{ }" } else { "{}" };
            tokio::task::spawn_local(async move { start(&engine, &client, "e", input).await })
        });
        let (mut dates, mut refusals) = (Vec::new(), 0);
        for call in calls.collect::<Vec<_>>() {
            match call.await.unwrap() {
                Ok(started) => dates.push(started.started_ms),
                Err(StartExecutionError::AlreadyExists(_)) => refusals += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        dates.dedup();
        assert_eq!((dates.len(), refusals), (1, 5));
    });
}

#[test]
fn the_thousand_and_first_version_is_refused_and_changes_nothing() {
    with_engine(|engine, _| async move {
        engine.create_state_machine(creation(described("first"))).await.unwrap();
        for number in 2..=1_000 {
            let update = update(&numbered(number), Some(Publish { description: None }));
            engine.update_state_machine(&machine_arn(), update).await.unwrap();
        }
        let one_more = update(&numbered(1_001), Some(Publish { description: None }));
        let refusal = engine.update_state_machine(&machine_arn(), one_more).await;
        assert_eq!(refusal.map(drop), Err(UpdateStateMachineError::VersionLimitExceeded));
        let machine = engine.state_machine(&machine_arn()).unwrap();
        assert_eq!(&*machine.current.definition_text, numbered(1_000));
        engine.update_state_machine(&machine_arn(), update(PASS, None)).await.unwrap();
        let refusal = engine.publish_version(publish()).await;
        assert_eq!(refusal.map(drop), Err(PublishVersionError::LimitExceeded));
        engine.delete_version(&machine_arn(), 500).await.unwrap();
        assert_eq!(engine.publish_version(publish()).await.unwrap().number, 1_001);
    });
}

#[test]
fn the_hundred_and_first_alias_is_refused() {
    with_engine(|engine, _| async move {
        engine.create_state_machine(creation(described("first"))).await.unwrap();
        for number in 1..=100 {
            engine.create_alias(alias(&format!("a{number}"), 1)).await.unwrap();
        }
        let refusal = engine.create_alias(alias("b", 1)).await;
        assert_eq!(refusal.map(drop), Err(AliasError::LimitExceeded));
    });
}
