use std::path::Path;

use super::*;

const OWNED: &str = "arn:aws:states:us-east-1:123456789012:";

fn owner() -> Owner {
    Owner { partition: "aws".into(), region: "us-east-1".into(), account: "123456789012".into() }
}

fn told<T>(result: Result<T, ApiError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn text_that_is_no_arn_is_refused_as_recorded_on_aws() {
    assert_eq!(
        told(state_machine_of(&owner(), "not_a_valid_arn")),
        "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'"
    );
    assert_eq!(
        told(execution_of(&owner(), "invalid_state_machine_arn")),
        "Invalid Arn: 'Invalid ARN prefix: invalid_state_machine_arn'"
    );
    assert_eq!(
        told(activity_of(&owner(), "no_an_activity_arn")),
        "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'"
    );
}

#[test]
fn what_is_no_arn_of_an_express_execution_is_refused_as_aws_refuses_all() {
    assert_eq!(
        told(execution_of(&owner(), &format!("{OWNED}express:orders:o-7:uuid"))),
        "Invalid Arn: 'Resource type not valid in this context: express'"
    );
}

#[test]
fn resource_of_another_type_is_refused() {
    for (text, given) in
        [("activity:a", "activity"), ("execution:m:e", "execution"), ("mapRun:m/l:u", "mapRun")]
    {
        assert_eq!(
            told(state_machine_of(&owner(), &format!("{OWNED}{text}"))),
            format!("Invalid Arn: 'Resource type not valid in this context: {given}'")
        );
    }
}

#[test]
fn foreign_resources_look_as_if_they_did_not_exist() {
    for foreign in [
        "arn:aws:states:us-east-1:999999999999:",
        "arn:aws:states:eu-west-1:123456789012:",
        "arn:aws-cn:states:us-east-1:123456789012:",
    ] {
        assert_eq!(state_machine_of(&owner(), &format!("{foreign}stateMachine:m")), Ok(None));
        assert_eq!(activity_of(&owner(), &format!("{foreign}activity:a")), Ok(None));
        let execution = format!("{foreign}execution:m:e");
        assert_eq!(
            told(execution_of(&owner(), &execution)),
            format!("Execution Does Not Exist: '{execution}'")
        );
    }
}

#[test]
fn versions_and_labels_name_no_machine_yet() {
    for text in ["stateMachine:m:1", "stateMachine:m:live", "stateMachine:m/label"] {
        assert_eq!(state_machine_of(&owner(), &format!("{OWNED}{text}")), Ok(None));
    }
}

#[test]
fn only_well_formed_roles_are_accepted() {
    for role in ["arn:aws:iam::123456789012:role/r", "arn:aws-cn:iam::123456789012:role/path/r"] {
        assert_eq!(check_role(role), Ok(()));
    }
    for role in [
        "role",
        "arn:aws:iam::123456789012:user/u",
        "arn:aws:iam::12:role/r",
        "arn:aws:iam::123456789012:role/",
    ] {
        assert_eq!(told(check_role(role)), format!("Invalid Role Arn: '{role}'"));
    }
}

#[test]
fn forbidden_character_is_refused_with_the_name() {
    for character in "<>{}[]?*\"#%\\^|~`$&,;:/ \t\n\u{0}\u{1f}\u{7f}\u{9f}\u{2003}\u{fffe}\u{10ffff}".chars()
    {
        let name = format!("activity{character}name");
        assert_eq!(told(check_name(&name)), format!("Invalid Name: '{name}'"));
    }
}

/// Names that AWS was seen to refuse and to accept.
#[test]
fn recorded_names_are_judged_as_aws_judged_them() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    let Ok(files) = std::fs::read_dir(&cases) else {
        println!("did not run: the recorded cases are not beside the project");
        return;
    };
    let mut judged = 0;
    for file in files {
        let path = file.unwrap().path();
        if !path.to_string_lossy().contains("test_sfn_api_activities") {
            continue;
        }
        let case: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let (Some("CreateActivity"), Some(name)) =
                (step["op"].as_str(), step["request"]["name"].as_str())
            else {
                continue;
            };
            let recorded = step["expect"]["message"].as_str().filter(|text| text.starts_with("Invalid Name"));
            let judgement = check_name(name).err().map(|error| error.to_string());
            assert_eq!(judgement.as_deref(), recorded, "{}", path.display());
            judged += 1;
        }
    }
    assert!(judged > 20, "only {judged} names were found");
}
