//! AWS's partitions: which regions belong together, and the suffix of their hosts.
//!
//! Here: reading `partitions.json` as AWS publishes it, and finding the partition of a region.

use regex_lite::Regex;
use serde_json::Value as Json;

use super::rules::RuleFault;
use super::value::Value;

pub struct Partitions {
    /// The first one is for regions that none of them knows.
    partitions: Vec<Partition>,
}

struct Partition {
    regions: Vec<String>,
    pattern: Regex,
    outputs: Value,
}

impl Partitions {
    pub fn parse(json: &Json) -> Result<Partitions, RuleFault> {
        let partitions = json["partitions"].as_array().ok_or(RuleFault::expected("partitions"))?;
        let partitions: Vec<Partition> = partitions.iter().map(Partition::parse).collect::<Result<_, _>>()?;
        if partitions.is_empty() {
            Err(RuleFault::expected("a partition"))
        } else {
            Ok(Partitions { partitions })
        }
    }

    pub(super) fn of(&self, region: &str) -> &Value {
        let found = self.partitions.iter().find(|partition| partition.has(region));
        &found.unwrap_or(&self.partitions[0]).outputs
    }
}

impl Partition {
    fn parse(json: &Json) -> Result<Partition, RuleFault> {
        let text =
            |json: &Json, expected| json.as_str().map(str::to_owned).ok_or(RuleFault::expected(expected));
        let outputs = &json["outputs"];
        let output = |name: &'static str| match &outputs[name] {
            Json::String(text) => Ok((name, Value::Text(text.clone()))),
            Json::Bool(value) => Ok((name, Value::Bool(*value))),
            _ => Err(RuleFault::expected("the outputs of a partition")),
        };
        let mut fields = ["dnsSuffix", "dualStackDnsSuffix", "supportsFIPS", "supportsDualStack"]
            .map(output)
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        fields.push(output("implicitGlobalRegion")?);
        fields.push(("name", Value::Text(text(&json["id"], "the id of a partition")?)));
        let pattern = text(&json["regionRegex"], "the regions of a partition as a pattern")?;
        let regions = json["regions"].as_object().ok_or(RuleFault::expected("the regions of a partition"))?;
        Ok(Partition {
            regions: regions.keys().cloned().collect(),
            pattern: Regex::new(&pattern).map_err(|_| RuleFault::expected("a regular expression"))?,
            outputs: Value::Record(fields),
        })
    }

    fn has(&self, region: &str) -> bool {
        self.regions.iter().any(|known| known == region) || self.pattern.is_match(region)
    }
}
