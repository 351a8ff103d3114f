//! Random state machines as definition text.
//!
//! Blocks are chains whose states lead forward, with branches, iterations and loops inside. Loops count
//! in the data: each round takes one level off `$.loop`, so every execution ends if its workers answer.

use std::sync::Arc;

use asl::arn::StateMachineArn;
use asl::definition::MachineType;
use serde_json::{Map, Value, json};

use crate::checker::outline::Outline;
use crate::random::Random;

pub const OWNER: &str = "arn:aws:states:eu-central-1:123456789012";
/// Activities that exist.
pub const ACTIVITIES: usize = 3;

const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:f";

pub fn activity_arn(number: usize) -> String {
    format!("{OWNER}:activity:a{number}")
}

pub fn machine_arn(number: usize) -> String {
    format!("{OWNER}:stateMachine:m{number}")
}

/// A registered machine, as the checker knows it.
#[derive(Clone)]
pub struct Machine {
    pub arn: StateMachineArn,
    pub kind: MachineType,
    pub text: Arc<str>,
    pub definition: Arc<asl::StateMachine>,
    pub outline: Arc<Outline>,
}

impl Machine {
    /// Its tasks may start executions of the machines with a lower number, so that no nesting is endless.
    /// `kinds` are those of all machines.
    pub fn generate(number: usize, kinds: &[MachineType], random: &mut Random) -> Machine {
        let kind = kinds[number];
        let mut generator = Generator { random, number, kinds, names: 0, states_left: 30 };
        let mut definition = generator.block(0);
        if random.percent(25) {
            definition.insert("TimeoutSeconds".into(), json!(random.between(2, 150)));
        }
        if random.percent(15) {
            // Long ones make the catalog grow.
            definition.insert("Comment".into(), json!("c".repeat(random.below(30_000))));
        }
        let definition = Value::Object(definition);
        let text = definition.to_string();
        let parsed = asl::parse(&text, kind);
        let machine = parsed.machine.unwrap_or_else(|| {
            panic!("the generator made an invalid definition: {:?}\n{text}", parsed.diagnostics)
        });
        Machine {
            arn: machine_arn(number).parse().expect("the generator makes valid names"),
            kind,
            text: text.into(),
            outline: Arc::new(Outline::of(&definition, &machine, kind)),
            definition: Arc::new(machine),
        }
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    /// Of the machine that is being made.
    number: usize,
    kinds: &'a [MachineType],
    names: usize,
    states_left: usize,
}

type Object = Map<String, Value>;

/// Where the state that is being made may lead.
struct Place<'a> {
    next: Option<&'a str>,
    /// All that come after it in its block.
    later: &'a [String],
    depth: usize,
}

/// Blocks within blocks within blocks are the deepest.
const DEPTH_MAX: usize = 2;

impl Generator<'_> {
    /// `StartAt` and `States`.
    fn block(&mut self, depth: usize) -> Object {
        let count = self.random.between(1, if depth == 0 { 5 } else { 3 });
        let names: Vec<String> = (0..count).map(|_| self.name()).collect();
        let mut states = Object::new();
        for (at, name) in names.iter().enumerate() {
            let later = &names[at + 1..];
            let place = Place { next: later.first().map(String::as_str), later, depth };
            self.element(&mut states, name, &place);
        }
        let mut block = Object::new();
        block.insert("StartAt".into(), json!(names[0]));
        block.insert("States".into(), Value::Object(states));
        block
    }

    fn name(&mut self) -> String {
        self.names += 1;
        self.states_left = self.states_left.saturating_sub(1);
        format!("S{}", self.names)
    }

    fn element(&mut self, states: &mut Object, name: &str, place: &Place<'_>) {
        let nests = u64::from(place.depth < DEPTH_MAX && self.states_left > 4);
        let leads_on = u64::from(place.next.is_some());
        let ends = 1 - leads_on;
        let weights = [
            15,
            18,
            34,
            12 * nests,
            12 * nests,
            8 * leads_on,
            6 * leads_on,
            4 * leads_on,
            4 * ends,
            3 * ends,
        ];
        let state = match self.random.weighted(&weights) {
            0 => self.pass(),
            1 => json!({ "Type": "Wait", "Seconds": self.random.between(0, 40) }),
            2 => self.task(place),
            3 => self.parallel(place),
            4 => self.map(place),
            5 => return self.choice(states, name, place),
            6 => return self.counted_loop(states, name, place),
            7 => return self.choice_of_failing(states, name, place),
            8 => json!({ "Type": "Succeed" }),
            _ => self.fail(),
        };
        states.insert(name.to_owned(), leading_on(state, place.next));
    }

    fn pass(&mut self) -> Value {
        match self.random.below(3) {
            0 => json!({ "Type": "Pass" }),
            1 => json!({ "Type": "Pass", "Result": { "n": 1 }, "ResultPath": "$.passed" }),
            _ => json!({ "Type": "Pass", "Parameters": { "n.$": "$.n" }, "ResultPath": "$.chosen" }),
        }
    }

    fn fail(&mut self) -> Value {
        json!({ "Type": "Fail", "Error": *self.random.pick(&["E1", "E2", "E3"]), "Cause": "as written" })
    }

    fn task(&mut self, place: &Place<'_>) -> Value {
        let polls = self.is_express() || !self.random.percent(55);
        let mut task = if polls { self.service() } else { self.activity() };
        task["ResultPath"] = self.random.pick(&[json!("$.result"), Value::Null]).clone();
        if self.random.percent(50) {
            let timeout = self.random.between(5, 90);
            task["TimeoutSeconds"] = json!(timeout);
            if self.random.percent(40) {
                task["HeartbeatSeconds"] = json!(self.random.between(2, timeout - 1));
            }
        }
        self.add_retriers_and_catchers(&mut task, place);
        task
    }

    fn activity(&mut self) -> Value {
        let unknown = self.random.percent(5);
        let activity = if unknown { 99 } else { self.random.below(ACTIVITIES) };
        json!({ "Type": "Task", "Resource": activity_arn(activity) })
    }

    fn is_express(&self) -> bool {
        self.kinds[self.number] == MachineType::Express
    }

    fn service(&mut self) -> Value {
        let nests = u64::from(self.number > 0);
        // Express executions wait for no token and follow no job.
        let follows = u64::from(!self.is_express());
        let weights = [25, 20, 25 * follows, 20 * follows, 20 * nests];
        let (resource, parameters) = match self.random.weighted(&weights) {
            0 => return json!({ "Type": "Task", "Resource": FUNCTION }),
            1 => ("dynamodb:getItem", json!({ "TableName": "t", "Key": { "k": { "S": "v" } } })),
            2 => (
                "sqs:sendMessage.waitForTaskToken",
                json!({ "QueueUrl": "https://sqs/q", "MessageBody": { "token.$": "$$.Task.Token" } }),
            ),
            3 => ("batch:submitJob.sync", json!({ "JobName": "j", "JobQueue": "q", "JobDefinition": "d" })),
            _ => {
                let child = self.random.below(self.number);
                let waits = self.random.percent(75);
                let action = match self.kinds[child] {
                    MachineType::Express if waits => "aws-sdk:sfn:startSyncExecution",
                    MachineType::Standard if waits && !self.is_express() => "states:startExecution.sync:2",
                    MachineType::Express | MachineType::Standard => "states:startExecution",
                };
                (action, json!({ "StateMachineArn": machine_arn(child), "Input.$": "$" }))
            }
        };
        json!({ "Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters })
    }

    fn parallel(&mut self, place: &Place<'_>) -> Value {
        let branches: Vec<Value> =
            (0..self.random.between(2, 3)).map(|_| Value::Object(self.block(place.depth + 1))).collect();
        let mut parallel = json!({ "Type": "Parallel", "Branches": branches });
        parallel["ResultPath"] = self.random.pick(&[json!("$.branches"), Value::Null]).clone();
        self.add_retriers_and_catchers(&mut parallel, place);
        parallel
    }

    fn map(&mut self, place: &Place<'_>) -> Value {
        let processor = Value::Object(self.block(place.depth + 1));
        let mut map = json!({ "Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor });
        map["ResultPath"] = self.random.pick(&[json!("$.mapped"), Value::Null]).clone();
        if self.random.percent(60) {
            map["MaxConcurrency"] = json!(self.random.between(0, 3));
        }
        self.add_retriers_and_catchers(&mut map, place);
        map
    }

    fn choice(&mut self, states: &mut Object, name: &str, place: &Place<'_>) {
        let target = self.random.pick(place.later);
        let rule = json!({ "Variable": "$.n", "NumericGreaterThan": self.random.below(10), "Next": target });
        states.insert(name.to_owned(), json!({ "Type": "Choice", "Choices": [rule], "Default": place.next }));
    }

    /// A choice with a Fail beside the way on; one in two has no `Default`.
    fn choice_of_failing(&mut self, states: &mut Object, name: &str, place: &Place<'_>) {
        let failing = self.name();
        let fails = json!({ "Variable": "$.n", "NumericGreaterThan": 7, "Next": failing });
        let goes_on = json!({ "Variable": "$.n", "NumericLessThan": 7, "Next": place.next });
        let mut choice = json!({ "Type": "Choice", "Choices": [fails, goes_on] });
        if self.random.percent(50) {
            choice["Default"] = json!(place.next);
        }
        states.insert(name.to_owned(), choice);
        let fail = self.fail();
        states.insert(failing, fail);
    }

    /// While `$.loop.more` is there: the body, then one level less.
    fn counted_loop(&mut self, states: &mut Object, name: &str, place: &Place<'_>) {
        let (body, step) = (self.name(), self.name());
        let goes_round = json!({ "Variable": "$.loop.more", "IsPresent": true, "Next": body });
        states.insert(
            name.to_owned(),
            json!({ "Type": "Choice", "Choices": [goes_round], "Default": place.next }),
        );
        let inside = match self.random.below(3) {
            0 => json!({ "Type": "Wait", "Seconds": self.random.between(1, 5) }),
            1 => self.task(&Place {
                next: Some(&step),
                later: std::slice::from_ref(&step),
                depth: place.depth,
            }),
            _ => self.pass(),
        };
        states.insert(body, leading_on(inside, Some(&step)));
        let one_less = json!({ "Type": "Pass", "InputPath": "$.loop.more", "ResultPath": "$.loop" });
        states.insert(step, leading_on(one_less, Some(name)));
    }

    fn add_retriers_and_catchers(&mut self, state: &mut Value, place: &Place<'_>) {
        if self.random.percent(50) {
            let errors = self.error_lists();
            let retriers: Vec<Value> = errors.into_iter().map(|errors| self.retrier(&errors)).collect();
            state["Retry"] = json!(retriers);
        }
        if !place.later.is_empty() && self.random.percent(50) {
            let errors = self.error_lists();
            let catcher = |errors| json!({ "ErrorEquals": errors, "ResultPath": "$.error", "Next": self.random.pick(place.later) });
            let catchers: Vec<Value> = errors.into_iter().map(catcher).collect();
            state["Catch"] = json!(catchers);
        }
    }

    fn retrier(&mut self, errors: &[&str]) -> Value {
        let mut retrier = json!({ "ErrorEquals": errors, "IntervalSeconds": self.random.between(1, 8) });
        if self.random.percent(70) {
            retrier["MaxAttempts"] = json!(self.random.between(0, 3));
        }
        if self.random.percent(50) {
            retrier["BackoffRate"] = self.random.pick(&[json!(1.0), json!(1.5), json!(3.0)]).clone();
        }
        if self.random.percent(30) {
            retrier["MaxDelaySeconds"] = json!(self.random.between(9, 20));
        }
        if self.random.percent(30) {
            retrier["JitterStrategy"] = json!("FULL");
        }
        retrier
    }

    /// `ErrorEquals` of one or two retriers or catchers; the wildcard last.
    fn error_lists(&mut self) -> Vec<Vec<&'static str>> {
        let mut lists = Vec::new();
        if self.random.percent(60) {
            lists.push(
                self.random
                    .pick(&[
                        vec!["E1"],
                        vec!["E1", "E2"],
                        vec!["States.Timeout"],
                        vec!["States.TaskFailed"],
                        vec!["States.BranchFailed", "E3"],
                    ])
                    .clone(),
            );
        }
        if lists.is_empty() || self.random.percent(50) {
            lists.push(vec!["States.ALL"]);
        }
        lists
    }
}

/// `state` with its `Next`, or its `End` where it needs one.
fn leading_on(mut state: Value, next: Option<&str>) -> Value {
    let ends_by_itself = matches!(state["Type"].as_str(), Some("Succeed" | "Fail"));
    match next {
        _ if ends_by_itself => {}
        Some(next) => state["Next"] = json!(next),
        None => state["End"] = json!(true),
    }
    state
}
