//! Versions and aliases at the door.

use super::*;

const OTHER: &str = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","Result":"other","End":true}}}"#;

/// Publishes two versions of one machine; the ARN of the machine.
async fn two_versions(door: &Door) -> String {
    let body = json!({ "name": "orders", "definition": PASS, "roleArn": ROLE, "publish": true });
    let created = door.ok("CreateStateMachine", body).await;
    let arn = created["stateMachineArn"].as_str().unwrap().to_owned();
    assert_eq!(created["stateMachineVersionArn"], format!("{arn}:1"));
    let body = json!({ "stateMachineArn": arn, "definition": OTHER, "publish": true });
    assert_eq!(door.ok("UpdateStateMachine", body).await["stateMachineVersionArn"], format!("{arn}:2"));
    arn
}

fn routing(routes: &[(&str, i64)]) -> Value {
    routes.iter().map(|(arn, weight)| json!({ "stateMachineVersionArn": arn, "weight": weight })).collect()
}

async fn alias(door: &Door, name: &str, routes: &[(&str, i64)]) -> Value {
    door.ok("CreateStateMachineAlias", json!({ "name": name, "routingConfiguration": routing(routes) })).await
}

/// How many executions a page has.
fn listed(page: &Value) -> usize {
    page["executions"].as_array().unwrap().len()
}

#[test]
fn creation_that_publishes_something_else_is_another_machine() {
    at_the_door(|door| async move {
        let creation = |publish: bool, description: Option<&str>| {
            let mut body = json!({ "name": "m", "definition": PASS, "roleArn": ROLE, "publish": publish });
            if let Some(text) = description {
                body["versionDescription"] = json!(text);
            }
            body
        };
        let first = door.ok("CreateStateMachine", creation(true, Some("first"))).await;
        assert_eq!(door.ok("CreateStateMachine", creation(true, Some("first"))).await, first);
        for other in [creation(true, None), creation(true, Some("second")), creation(false, None)] {
            let refusal = door.refused("CreateStateMachine", other).await;
            assert!(refusal.starts_with("StateMachineAlreadyExists: "), "{refusal}");
        }
    });
}

#[test]
fn initial_names_the_revision_that_has_no_id() {
    at_the_door(|door| async move {
        let arn = door.machine("m", PASS).await;
        let initial = json!({ "stateMachineArn": arn, "revisionId": "INITIAL", "description": "first" });
        let version = door.ok("PublishStateMachineVersion", initial.clone()).await;
        assert_eq!(version["stateMachineVersionArn"], format!("{arn}:1"));
        let again = json!({ "stateMachineArn": arn, "description": "ignored" });
        assert_eq!(door.ok("PublishStateMachineVersion", again).await, version);
        let conflict = |asked: &str, current: &str| {
            format!(
                "ConflictException: Failed to publish the State Machine version for revision {asked}. The \
                 current State Machine revision is {current}."
            )
        };
        let wrong = json!({ "stateMachineArn": arn, "revisionId": "8f5b" });
        assert_eq!(door.refused("PublishStateMachineVersion", wrong).await, conflict("8f5b", "INITIAL"));
        let body = json!({ "stateMachineArn": arn, "definition": OTHER });
        let revision = door.ok("UpdateStateMachine", body).await["revisionId"].as_str().unwrap().to_owned();
        let refusal = door.refused("PublishStateMachineVersion", initial).await;
        assert_eq!(refusal, conflict("INITIAL", &revision));
        let body = json!({ "stateMachineArn": format!("{arn}:1") });
        let described = door.ok("DescribeStateMachine", body).await;
        assert_eq!((&described["description"], &described["definition"]), (&json!("first"), &json!(PASS)));
        assert_eq!(described["creationDate"], version["creationDate"]);
        assert_eq!(described.get("revisionId"), None);
    });
}

#[test]
fn execution_through_a_version_runs_it_and_says_so() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        let first = format!("{arn}:1");
        let by_version = door.ok("StartExecution", json!({ "stateMachineArn": first, "input": "7" })).await;
        let plain = door.ok("StartExecution", json!({ "stateMachineArn": arn })).await;
        let end = door.end_of(&by_version["executionArn"]).await;
        assert_eq!((&end["output"], &end["stateMachineVersionArn"]), (&json!("7"), &json!(first)));
        assert_eq!((&end["stateMachineArn"], end.get("stateMachineAliasArn")), (&json!(arn), None));
        let end = door.end_of(&plain["executionArn"]).await;
        assert_eq!((&end["output"], end.get("stateMachineVersionArn")), (&json!("\"other\""), None));

        let page = door.ok("ListExecutions", json!({ "stateMachineArn": first })).await;
        assert_eq!(listed(&page), 1);
        assert_eq!(page["executions"][0]["executionArn"], by_version["executionArn"]);
        assert_eq!(page["executions"][0]["stateMachineVersionArn"], first);
        assert_eq!(listed(&door.ok("ListExecutions", json!({ "stateMachineArn": arn })).await), 2);
        let execution = json!({ "executionArn": by_version["executionArn"] });
        let history = door.ok("GetExecutionHistory", execution.clone()).await;
        let started = &history["events"][0]["executionStartedEventDetails"];
        assert_eq!(started["stateMachineVersionArn"], first);
        assert_eq!(door.ok("DescribeStateMachineForExecution", execution).await["definition"], PASS);
        let missing = json!({ "stateMachineArn": format!("{arn}:3") });
        let refusal = door.refused("StartExecution", missing).await;
        assert_eq!(refusal, format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{arn}:3'"));
    });
}

#[test]
fn alias_sends_each_execution_where_its_weights_say() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        let (first, second, prod) = (format!("{arn}:1"), format!("{arn}:2"), format!("{arn}:PROD"));
        let created = alias(&door, "PROD", &[(&first, 0), (&second, 100)]).await;
        assert_eq!(created["stateMachineAliasArn"], prod);
        for _ in 0..8 {
            let started = door.ok("StartExecution", json!({ "stateMachineArn": prod })).await;
            let end = door.end_of(&started["executionArn"]).await;
            assert_eq!(end["stateMachineVersionArn"], second);
            assert_eq!(end["stateMachineAliasArn"], prod);
            assert_eq!(end["output"], "\"other\"");
        }
        let through = |arn: &str| json!({ "stateMachineArn": arn, "maxResults": 3 });
        let page = door.ok("ListExecutions", through(&prod)).await;
        assert_eq!(listed(&page), 3);
        let mut next = through(&prod);
        next["nextToken"] = page["nextToken"].clone();
        next["maxResults"] = json!(100);
        let rest = door.ok("ListExecutions", next).await;
        assert_eq!((listed(&rest), rest.get("nextToken")), (5, None));
        assert_eq!(listed(&door.ok("ListExecutions", through(&first)).await), 0);
        assert_eq!(listed(&door.ok("ListExecutions", through(&second)).await), 3);
    });
}

#[test]
fn description_of_an_alias_is_that_of_the_version_most_executions_get() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        alias(&door, "PROD", &[(&format!("{arn}:1"), 10), (&format!("{arn}:2"), 90)]).await;
        let body = json!({ "stateMachineArn": format!("{arn}:PROD"), "includedData": "METADATA_ONLY" });
        let described = door.ok("DescribeStateMachine", body).await;
        assert_eq!(described["stateMachineArn"], format!("{arn}:2"));
        assert_eq!(described["definition"], "{}");
    });
}

#[test]
fn version_with_an_alias_stays_and_its_number_is_not_used_again() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        let version = json!({ "stateMachineVersionArn": format!("{arn}:2") });
        for name in ["PROD", "TEST"] {
            alias(&door, name, &[(&format!("{arn}:2"), 100)]).await;
        }
        assert_eq!(
            door.refused("DeleteStateMachineVersion", version.clone()).await,
            "ConflictException: Version to be deleted must not be referenced by an alias. Current list of \
             aliases referencing this version: [PROD, TEST]"
        );
        for name in ["PROD", "TEST"] {
            let body = json!({ "stateMachineAliasArn": format!("{arn}:{name}") });
            door.ok("DeleteStateMachineAlias", body).await;
        }
        door.ok("DeleteStateMachineVersion", version.clone()).await;
        door.ok("DeleteStateMachineVersion", version).await;
        let published = door.ok("PublishStateMachineVersion", json!({ "stateMachineArn": arn })).await;
        assert_eq!(published["stateMachineVersionArn"], format!("{arn}:3"));
        let page = door.ok("ListStateMachineVersions", json!({ "stateMachineArn": arn })).await;
        let versions = page["stateMachineVersions"].as_array().unwrap();
        let arns: Vec<&Value> = versions.iter().map(|version| &version["stateMachineVersionArn"]).collect();
        assert_eq!(arns, [&json!(format!("{arn}:3")), &json!(format!("{arn}:1"))]);
    });
}

#[test]
fn alias_is_the_same_only_with_the_same_description_and_routes() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        let (first, second) = (format!("{arn}:1"), format!("{arn}:2"));
        let body = |description: &str, version: &str| {
            let routes = routing(&[(version, 100)]);
            json!({ "name": "PROD", "description": description, "routingConfiguration": routes })
        };
        let created = door.ok("CreateStateMachineAlias", body("d", &first)).await;
        assert_eq!(door.ok("CreateStateMachineAlias", body("d", &first)).await, created);
        for other in [body("e", &first), body("d", &second)] {
            assert_eq!(
                door.refused("CreateStateMachineAlias", other).await,
                "ConflictException: Failed to create alias because an alias with the same name and a \
                 different routing configuration already exists."
            );
        }
        let aliases = |arn: &str| json!({ "stateMachineArn": arn });
        let page = door.ok("ListStateMachineAliases", aliases(&first)).await;
        assert_eq!(page["stateMachineAliases"], json!([created]));
        let page = door.ok("ListStateMachineAliases", aliases(&second)).await;
        assert_eq!(page["stateMachineAliases"], json!([]));
        let refusals = [
            (format!("{arn}:9"), "ResourceNotFound: "),
            (format!("{arn}:PROD"), "ResourceNotFound: "),
            (format!("{arn}x"), "StateMachineDoesNotExist: "),
        ];
        for (arn, name) in refusals {
            let refusal = door.refused("ListStateMachineAliases", aliases(&arn)).await;
            assert!(refusal.starts_with(name), "{refusal}");
        }
    });
}

#[test]
fn what_an_alias_cannot_be_is_refused() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        let first = format!("{arn}:1");
        let named = json!({ "stateMachineAliasArn": format!("{arn}:PROD") });
        let nothing = "ResourceNotFound: Request references a resource that does not exist.";
        assert_eq!(door.refused("DescribeStateMachineAlias", named.clone()).await, nothing);
        assert_eq!(door.refused("DeleteStateMachineAlias", named.clone()).await, nothing);
        let refusal = door.refused("UpdateStateMachineAlias", named.clone()).await;
        assert!(refusal.starts_with("ValidationException: Either the description or "), "{refusal}");
        let update = json!({ "stateMachineAliasArn": format!("{arn}:PROD"), "description": "new" });
        assert_eq!(door.refused("UpdateStateMachineAlias", update).await, nothing);
        let missing = json!({ "name": "A", "routingConfiguration": routing(&[(&format!("{arn}:9"), 100)]) });
        assert_eq!(door.refused("CreateStateMachineAlias", missing).await, nothing);
        let mixed = routing(&[(&first, 50), (&format!("{arn}x:1"), 50)]);
        let mixed = json!({ "name": "A", "routingConfiguration": mixed }).to_string();
        let answer = door.text("CreateStateMachineAlias", &mixed).await;
        assert_eq!(answer.body["reason"], "INVALID_ROUTING_CONFIGURATION", "{}", answer.body);
        for arn in [arn, first] {
            assert_eq!(
                door.refused("DescribeStateMachineAlias", json!({ "stateMachineAliasArn": arn })).await,
                format!("InvalidArn: Invalid Arn: 'expected the ARN of an alias, found {arn}'")
            );
        }
    });
}

#[test]
fn machine_that_goes_takes_its_versions_and_aliases_along() {
    at_the_door(|door| async move {
        let arn = two_versions(&door).await;
        alias(&door, "PROD", &[(&format!("{arn}:1"), 100)]).await;
        let machine = json!({ "stateMachineArn": arn });
        door.ok("DeleteStateMachine", machine.clone()).await;
        while door.text("DescribeStateMachine", &machine.to_string()).await.status == 200 {
            tokio::task::yield_now().await;
        }
        for qualifier in ["1", "PROD"] {
            let body = json!({ "stateMachineArn": format!("{arn}:{qualifier}") });
            let refusal = door.refused("StartExecution", body).await;
            assert!(refusal.starts_with("StateMachineDoesNotExist: "), "{refusal}");
        }
        let page = door.ok("ListStateMachineVersions", machine).await;
        assert_eq!(page["stateMachineVersions"], json!([]));
        let body = json!({ "name": "orders", "definition": PASS, "roleArn": ROLE, "publish": true });
        let created = door.ok("CreateStateMachine", body).await;
        assert_eq!(created["stateMachineVersionArn"], format!("{arn}:1"));
    });
}
