//! Random valid definitions: the eight types of state in both query languages, nested.
//!
//! The states of a block lead forward only, so every machine ends. Data mostly keeps one shape (`n`,
//! `items`, `t`), so that most expressions find what they ask for and some do not.
//! INVARIANT: at most one member of an object can fail to evaluate: which of several failed first would
//! depend on their order.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Deepest nesting of blocks.
const DEPTH_MAX: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    JsonPath,
    Jsonata,
}

struct Author {
    dice: Dice,
    /// Language of states that name none.
    language: Language,
    states: usize,
    variables: usize,
}

pub(crate) fn machine(seed: u64) -> Value {
    let dice = Dice::for_occasion(seed, "definition");
    let language = if dice.one_in(3) { Language::Jsonata } else { Language::JsonPath };
    let mut author = Author { dice, language, states: 0, variables: 0 };
    let mut machine = author.block(0, &[]);
    if language == Language::Jsonata {
        machine.insert("QueryLanguage".into(), json!("JSONata"));
    }
    if author.dice.one_in(12) {
        machine.insert("TimeoutSeconds".into(), json!(1 + author.dice.below(30)));
    }
    Value::Object(machine)
}

/// The shape that most expressions expect. What an item is has no items of its own to iterate over.
pub(crate) fn data(dice: &Dice) -> Value {
    let items: Vec<Value> =
        (0..dice.below(4)).map(|n| json!({"n": n, "items": [n], "t": format!("item {n}")})).collect();
    json!({"n": dice.below(6), "items": items, "t": dice.pick(&["a", "b", ""])})
}

impl Author {
    /// `outer` are the variables of the blocks around.
    fn block(&mut self, depth: usize, outer: &[String]) -> Map<String, Value> {
        let length = 1 + self.dice.below(if depth == 0 { 8 } else { 4 });
        let names: Vec<String> = (self.states..self.states + length).map(|n| format!("st_{n}_")).collect();
        self.states += length;
        let mut known = outer.to_vec();
        let mut states = Map::new();
        let mut follows_choice = false;
        for (at, name) in names.iter().enumerate() {
            let later = &names[at + 1..];
            let kind = self.kind(depth, later.len(), follows_choice);
            states.insert(name.clone(), self.state(kind, depth, later, &mut known));
            // What stands behind a Choice is reached without its neighbour.
            follows_choice = kind == "Choice" && later.len() > 1;
        }
        let mut block = Map::new();
        block.insert("StartAt".into(), json!(names[0]));
        block.insert("States".into(), Value::Object(states));
        block
    }

    fn kind(&self, depth: usize, later: usize, follows_choice: bool) -> &'static str {
        if follows_choice && self.dice.one_in(3) {
            return "Fail";
        }
        if later == 0 && self.dice.one_in(3) {
            return if self.dice.one_in(3) { "Fail" } else { "Succeed" };
        }
        let kinds = ["Task", "Task", "Task", "Pass", "Pass", "Wait", "Choice", "Parallel", "Map"];
        match *self.dice.pick(&kinds) {
            "Choice" if later == 0 => "Pass",
            "Parallel" | "Map" if depth == DEPTH_MAX => "Task",
            kind => kind,
        }
    }

    fn state(&mut self, kind: &str, depth: usize, later: &[String], known: &mut Vec<String>) -> Value {
        let language = match self.language {
            Language::JsonPath if self.dice.one_in(3) => Language::Jsonata,
            given => given,
        };
        let mut state = Map::new();
        state.insert("Type".into(), json!(kind));
        if language != self.language {
            state.insert("QueryLanguage".into(), json!("JSONata"));
        }
        let before = known.clone();
        match kind {
            "Task" => self.task(&mut state, language),
            "Wait" => self.wait(&mut state, language),
            "Choice" => self.choice(&mut state, language, later),
            "Fail" => self.fail(&mut state, language),
            "Parallel" => {
                let branches = 1 + self.dice.below(3);
                let branches = (0..branches).map(|_| Value::Object(self.block(depth + 1, known)));
                let branches: Vec<Value> = branches.collect();
                state.insert("Branches".into(), Value::Array(branches));
            }
            "Map" => self.map(&mut state, language, depth, known),
            _ => {}
        }
        self.data_flow(&mut state, kind, language, &before);
        if !matches!(kind, "Fail" | "Succeed") && self.dice.one_in(3) {
            let assign = self.assign(language, &before, known);
            state.insert("Assign".into(), assign);
        }
        if matches!(kind, "Task" | "Parallel" | "Map") {
            self.retry(&mut state);
            self.catch(&mut state, language, later, known);
        }
        match later.first() {
            _ if matches!(kind, "Choice" | "Succeed" | "Fail") => {}
            Some(next) => drop(state.insert("Next".into(), json!(next))),
            None => drop(state.insert("End".into(), json!(true))),
        }
        Value::Object(state)
    }

    fn task(&self, state: &mut Map<String, Value>, language: Language) {
        let resources = [
            "arn:aws:states:us-east-1:000000000000:activity:a",
            "arn:aws:states:us-east-1:000000000000:activity:b",
            "arn:aws:lambda:us-east-1:000000000000:function:f",
            "arn:aws:states:::sqs:sendMessage",
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:::batch:submitJob.sync",
        ];
        state.insert("Resource".into(), json!(self.dice.pick(&resources)));
        if self.dice.one_in(5) {
            let role =
                self.dice.pick(&["arn:aws:iam::000000000000:role/a", "arn:aws:iam::000000000000:role/b"]);
            state.insert("Credentials".into(), json!({ "RoleArn": role }));
        }
        match self.dice.below(6) {
            0 => drop(state.insert("TimeoutSeconds".into(), json!(2 + self.dice.below(8)))),
            1 => {
                state.insert("TimeoutSeconds".into(), json!(9));
                state.insert("HeartbeatSeconds".into(), json!(1 + self.dice.below(4)));
            }
            2 => drop(match language {
                Language::JsonPath => state.insert("TimeoutSecondsPath".into(), json!("$.n")),
                Language::Jsonata => {
                    state.insert("HeartbeatSeconds".into(), json!("{% $states.input.n + 1 %}"))
                }
            }),
            _ => {}
        }
    }

    fn wait(&self, state: &mut Map<String, Value>, language: Language) {
        let (field, value) = match (self.dice.below(4), language) {
            (0, Language::JsonPath) => ("SecondsPath", json!("$.n")),
            (0, Language::Jsonata) => ("Seconds", json!("{% $states.input.n %}")),
            (1, _) => ("Timestamp", json!("1970-01-01T00:16:50Z")),
            _ => ("Seconds", json!(self.dice.below(4))),
        };
        state.insert(field.into(), value);
    }

    fn choice(&mut self, state: &mut Map<String, Value>, language: Language, later: &[String]) {
        let rules = 1 + self.dice.below(2);
        let rules = (0..rules).map(|at| {
            // The first rule leads to the neighbour: every state can be reached.
            let next = if at == 0 { &later[0] } else { self.dice.pick(later) };
            let mut rule = self.rule(language);
            rule.insert("Next".into(), json!(next));
            Value::Object(rule)
        });
        let rules: Vec<Value> = rules.collect();
        state.insert("Choices".into(), Value::Array(rules));
        if later.len() > 1 || !self.dice.one_in(4) {
            state.insert("Default".into(), json!(later.get(1).unwrap_or(&later[0])));
        }
    }

    fn rule(&self, language: Language) -> Map<String, Value> {
        let n = self.dice.below(5);
        let rule = match (language, self.dice.below(4)) {
            (Language::JsonPath, 0) => json!({"Variable": "$.r", "IsPresent": true}),
            (Language::JsonPath, 1) => json!({"And": [
                {"Variable": "$.n", "IsNumeric": true},
                {"Not": {"Variable": "$.n", "NumericEquals": n}}]}),
            (Language::JsonPath, _) => json!({"Variable": "$.n", "NumericGreaterThan": n}),
            (Language::Jsonata, 0) => json!({"Condition": "{% $exists($states.input.r) %}"}),
            (Language::Jsonata, 1) => json!({"Condition": n > 2}),
            (Language::Jsonata, _) => json!({"Condition": format!("{{% $states.input.n > {n} %}}")}),
        };
        match rule {
            Value::Object(rule) => rule,
            _ => unreachable!("a rule is an object"),
        }
    }

    fn fail(&self, state: &mut Map<String, Value>, language: Language) {
        match (self.dice.below(4), language) {
            (0, Language::JsonPath) => {
                state.insert("ErrorPath".into(), json!("$.t"));
                state.insert("CausePath".into(), json!("States.Format('in {}', $$.State.Name)"));
            }
            (0, Language::Jsonata) => drop(state.insert("Error".into(), json!("{% 'E' & 1 %}"))),
            (1, _) => {}
            _ => {
                state.insert("Error".into(), json!(self.dice.pick(&ERRORS)));
                state.insert("Cause".into(), json!("the definition says so"));
            }
        }
    }

    fn map(&mut self, state: &mut Map<String, Value>, language: Language, depth: usize, known: &[String]) {
        let mut processor = self.block(depth + 1, known);
        if self.dice.one_in(2) {
            processor.insert("ProcessorConfig".into(), json!({"Mode": "INLINE"}));
        }
        state.insert("ItemProcessor".into(), Value::Object(processor));
        if !self.dice.one_in(3) {
            state.insert("MaxConcurrency".into(), json!(self.dice.below(3)));
        }
        let literal = json!([{"n": 1, "items": [], "t": "one"}, {"n": 2, "items": [2], "t": "two"}]);
        let items = match language {
            Language::JsonPath => ("ItemsPath", json!("$.items")),
            Language::Jsonata if self.dice.one_in(2) => ("Items", literal),
            Language::Jsonata => ("Items", json!("{% $states.input.items %}")),
        };
        state.insert(items.0.into(), items.1);
        if self.dice.one_in(3) {
            let selector = match language {
                Language::JsonPath => json!({"n.$": "$$.Map.Item.Index", "items": [1], "t": "s",
                    "v.$": "$$.Map.Item.Value", "of.$": "$.n"}),
                Language::Jsonata => {
                    json!({"n": "{% $states.context.Map.Item.Index %}", "items": [1], "t": "s",
                    "of": "{% $states.input.n %}"})
                }
            };
            state.insert("ItemSelector".into(), selector);
        }
    }

    fn data_flow(&self, state: &mut Map<String, Value>, kind: &str, language: Language, known: &[String]) {
        let mut give = |name: &str, value: Value| drop(state.insert(name.into(), value));
        match language {
            Language::JsonPath => {
                if kind == "Fail" {
                    return;
                }
                if self.dice.one_in(10) {
                    give(
                        "InputPath",
                        self.dice.pick(&[json!("$"), json!(null), json!("$$.Execution.Input")]).clone(),
                    );
                }
                if self.dice.one_in(12) {
                    give(
                        "OutputPath",
                        self.dice.pick(&[json!("$"), json!("$.r"), json!("$$.Execution.Input")]).clone(),
                    );
                }
                let has_result = matches!(kind, "Task" | "Parallel" | "Map");
                if matches!(kind, "Task" | "Parallel" | "Pass") && self.dice.one_in(3) {
                    give("Parameters", self.template(language, known));
                } else if kind == "Pass" && self.dice.one_in(2) {
                    give(
                        "Result",
                        json!({"n": self.dice.below(6), "items": [{"n": 1, "t": "x"}], "t": "result"}),
                    );
                }
                if has_result && self.dice.one_in(4) {
                    give("ResultSelector", json!({"n": 3, "items": [], "t": "selected", "was.$": "$"}));
                }
                // An array in the place of the data would starve what comes after.
                let kept = matches!(kind, "Parallel" | "Map") && !self.dice.one_in(12);
                if (has_result || kind == "Pass") && (kept || self.dice.one_in(2)) {
                    give(
                        "ResultPath",
                        self.dice.pick(&[json!("$.r"), json!("$.r.deep"), json!(null)]).clone(),
                    );
                }
            }
            Language::Jsonata => {
                if matches!(kind, "Task" | "Parallel") && self.dice.one_in(3) {
                    give("Arguments", self.template(language, known));
                }
                let kept = matches!(kind, "Parallel" | "Map") && !self.dice.one_in(12);
                if kind != "Fail" && kept {
                    give("Output", json!("{% $merge([$states.input, {'r': $states.result}]) %}"));
                } else if kind != "Fail" && self.dice.one_in(3) {
                    give("Output", self.template(language, known));
                }
            }
        }
    }

    /// Data in the usual shape with one member that may fail.
    fn template(&self, language: Language, known: &[String]) -> Value {
        let (name, whole, context) = match language {
            Language::JsonPath => ("x.$", self.risky(language, known), ("of.$", "$$.State.Name")),
            Language::Jsonata => {
                ("x", self.risky(language, known), ("of", "{% $states.context.State.Name %}"))
            }
        };
        let items = json!([{"n": 0, "items": [], "t": "i"}, {"t": "j", "items": [1], "n": 4}]);
        let mut template = Map::new();
        template.insert("n".into(), json!(self.dice.below(5)));
        template.insert(name.into(), json!(whole));
        template.insert("items".into(), items);
        template.insert("t".into(), json!("made"));
        if self.dice.one_in(2) {
            template.insert(context.0.into(), json!(context.1));
        }
        Value::Object(template)
    }

    /// An expression that gives a value from most inputs.
    fn risky(&self, language: Language, known: &[String]) -> String {
        let variable = (!known.is_empty()).then(|| self.dice.pick(known));
        match (language, self.dice.below(6), variable) {
            (Language::JsonPath, 0..=2, Some(variable)) => format!("${variable}"),
            (Language::JsonPath, 3, _) => "States.MathAdd($.n, 1)".into(),
            (Language::JsonPath, 4, _) => "States.Format('{}, {}', $.t, $$.State.Name)".into(),
            (Language::JsonPath, 5, _) => "$.items[*].n".into(),
            (Language::JsonPath, ..) => "$".into(),
            (Language::Jsonata, 0..=2, Some(variable)) => format!("{{% ${variable} %}}"),
            (Language::Jsonata, 3, _) => "{% $states.input.n + 1 %}".into(),
            (Language::Jsonata, 4, _) => "{% $sum($map([1..20], function($i) { $i * 2 })) %}".into(),
            (Language::Jsonata, 5, _) if self.dice.one_in(3) => "{% $states.input.nowhere %}".into(),
            (Language::Jsonata, ..) => "{% $states.input.t & '!' %}".into(),
        }
    }

    /// A name is assigned in one block only: a block may not assign what a block around it assigns.
    fn assign(&mut self, language: Language, before: &[String], known: &mut Vec<String>) -> Value {
        let name = format!("v{}", self.variables);
        self.variables += 1;
        let (key, plain) = match language {
            Language::JsonPath => (format!("{name}.$"), format!("{name}p")),
            Language::Jsonata => (name.clone(), format!("{name}p")),
        };
        let mut assign = Map::new();
        assign.insert(key, json!(self.risky(language, before)));
        assign.insert(plain.clone(), json!({"kept": [1, {"b": 2, "a": 1.50}]}));
        known.extend([name, plain]);
        Value::Object(assign)
    }

    fn retry(&self, state: &mut Map<String, Value>) {
        if self.dice.one_in(2) {
            return;
        }
        let mut retriers = vec![json!({
            "ErrorEquals": self.dice.pick(&PATTERNS),
            "IntervalSeconds": 1 + self.dice.below(3),
            "MaxAttempts": self.dice.below(3),
            "BackoffRate": self.dice.pick(&[1.0, 1.5, 2.0]),
        })];
        if self.dice.one_in(2) {
            let last = json!({"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "MaxDelaySeconds": 5});
            retriers.push(last);
        }
        if self.dice.one_in(8) {
            retriers[0]["JitterStrategy"] = json!("FULL");
        }
        state.insert("Retry".into(), Value::Array(retriers));
    }

    fn catch(
        &mut self,
        state: &mut Map<String, Value>,
        language: Language,
        later: &[String],
        known: &mut Vec<String>,
    ) {
        if later.is_empty() || self.dice.one_in(3) {
            return;
        }
        let wanted = [PATTERNS[self.dice.below(PATTERNS.len())], &["States.ALL"]];
        let wanted = &wanted[self.dice.below(2)..];
        let catchers = wanted.iter().map(|patterns| {
            let mut catcher = Map::new();
            catcher.insert("ErrorEquals".into(), json!(patterns));
            catcher.insert("Next".into(), json!(self.dice.pick(later)));
            match language {
                Language::JsonPath if !self.dice.one_in(4) => {
                    drop(catcher.insert("ResultPath".into(), json!("$.e")))
                }
                Language::Jsonata if !self.dice.one_in(4) => {
                    let output = "{% $merge([$states.input, {'e': $states.errorOutput}]) %}";
                    catcher.insert("Output".into(), json!(output));
                }
                Language::JsonPath | Language::Jsonata => {}
            }
            if self.dice.one_in(4) {
                let name = format!("v{}", self.variables);
                self.variables += 1;
                let assign = match language {
                    Language::JsonPath => json!({format!("{name}.$"): "$.Error"}),
                    Language::Jsonata => json!({&name: "{% $states.errorOutput.Error %}"}),
                };
                catcher.insert("Assign".into(), assign);
                known.push(name);
            }
            Value::Object(catcher)
        });
        let catchers: Vec<Value> = catchers.collect();
        state.insert("Catch".into(), Value::Array(catchers));
    }
}

/// Errors that tasks and Fail states give.
pub(crate) const ERRORS: [&str; 5] = ["E1", "E2", "Unknown", "States.TaskFailed", "States.Permissions"];

const PATTERNS: [&[&str]; 7] = [
    &["E1"],
    &["E1", "E2"],
    &["States.TaskFailed"],
    &["States.Timeout", "E2"],
    &["States.HeartbeatTimeout"],
    &["States.BranchFailed"],
    &["States.QueryEvaluationError"],
];
