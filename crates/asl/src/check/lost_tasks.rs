//! A warning of Stairway's own: a task that is lost without a word is waited for until its time-out, and
//! without one for more than three years.

use crate::definition::Outline;
use crate::definition::report::Report;
use crate::resource::{Pattern, Resource};

const LIMITS: [&str; 4] =
    ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"];

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for (_, state) in outline.states().filter(|(_, state)| state.kind() == Some("Task")) {
        let Some((node, place)) = state.section.field("Resource") else { continue };
        let Some(Ok(resource)) = node.as_str().map(Resource::parse) else { continue };
        let who = match resource {
            Resource::Activity(_) => "a worker",
            Resource::Service { pattern: Pattern::WaitForTaskToken, .. } => "whoever has the task token",
            Resource::Service { pattern: Pattern::RequestResponse | Pattern::Sync { .. }, .. }
            | Resource::LambdaFunction(_) => continue,
        };
        if !LIMITS.iter().any(|name| state.section.has(name)) {
            let message = format!(
                "The task waits for {who} without a limit; give it HeartbeatSeconds or TimeoutSeconds"
            );
            report.warning("NO_TIMEOUT", message, &place);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::{MachineType, parse};

    fn check(resource: &str, more: &str) -> Vec<String> {
        let definition = format!(
            r#"{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{resource}",{more}"End":true}}}}}}"#
        );
        let parsed = parse(&definition, MachineType::Standard);
        assert!(parsed.machine.is_some(), "a warning refuses nothing: {:?}", parsed.diagnostics);
        parsed.diagnostics.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tasks_that_may_be_lost_need_a_limit() {
        let activity = "arn:aws:states:us-east-1:123456789012:activity:pack";
        let token = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
        assert_eq!(
            check(activity, ""),
            ["NO_TIMEOUT: The task waits for a worker without a limit; give it HeartbeatSeconds or \
              TimeoutSeconds at /States/T/Resource"]
        );
        assert_eq!(
            check(token, ""),
            ["NO_TIMEOUT: The task waits for whoever has the task token without a limit; give it \
              HeartbeatSeconds or TimeoutSeconds at /States/T/Resource"]
        );
        for limit in [r#""TimeoutSeconds":9,"#, r#""HeartbeatSeconds":9,"#, r#""TimeoutSecondsPath":"$.t","#]
        {
            assert_eq!(check(activity, limit), [""; 0]);
        }
        for answered in ["arn:aws:states:::sqs:sendMessage", "arn:aws:states:::states:startExecution.sync"] {
            assert_eq!(check(answered, ""), [""; 0]);
        }
    }
}
