//! LIMIT: the bounds of every request member (`spec/api.json`, `scalars`): lengths in characters.

use super::constraint::{NumberRule, Pattern, TextRule};
use asl::limits::{DEFINITION_BYTES_MAX, PAYLOAD_BYTES_MAX};

pub(crate) const ARN: TextRule = TextRule::of(1, 256);
pub(crate) const LONG_ARN: TextRule = TextRule::of(1, 2_000);
pub(crate) const NAME: TextRule = TextRule::of(1, 80);
pub(crate) const STATE_NAME: TextRule = TextRule::of(1, 80);
pub(crate) const ALIAS_NAME: TextRule = TextRule::of(1, 80).matching(Pattern::AliasName);
/// Of TestState, which keeps the model's bounds; elsewhere they are quotas (`quotas`).
pub(crate) const DEFINITION: TextRule = TextRule::of(1, DEFINITION_BYTES_MAX).sensitive();
/// Of TestState, as above.
pub(crate) const PAYLOAD: TextRule = TextRule::of(0, PAYLOAD_BYTES_MAX).sensitive();
pub(crate) const ERROR: TextRule = TextRule::of(0, 256).sensitive();
pub(crate) const CAUSE: TextRule = TextRule::of(0, 32_768).sensitive();
pub(crate) const TRACE_HEADER: TextRule = TextRule::of(0, 256).matching(Pattern::Ascii);
pub(crate) const VERSION_DESCRIPTION: TextRule = TextRule::of(0, 256).sensitive();
pub(crate) const ALIAS_DESCRIPTION: TextRule = TextRule::of(0, 256).sensitive();
/// The model gives it no bound; an id has 36 characters.
pub(crate) const REVISION_ID: TextRule = TextRule::of(0, 256);
/// AWS echoes a token that is too long; a task token is a credential, so it is not repeated here.
pub(crate) const CLIENT_TOKEN: TextRule = TextRule::of(1, 64).matching(Pattern::Printable);
pub(crate) const TASK_TOKEN: TextRule = TextRule::of(1, 2_048).sensitive();
pub(crate) const PAGE_TOKEN: TextRule = TextRule::of(1, 1_024);
pub(crate) const EXECUTIONS_PAGE_TOKEN: TextRule = TextRule::of(1, 3_096);
pub(crate) const TAG_KEY: TextRule = TextRule::of(1, 128);
pub(crate) const TAG_VALUE: TextRule = TextRule::of(0, 256);
pub(crate) const KMS_KEY_ID: TextRule = TextRule::of(1, 2_048);

pub(crate) const PAGE_SIZE: NumberRule = NumberRule { min: 0, max: 1_000 };
pub(crate) const ROUTES: NumberRule = NumberRule { min: 1, max: 2 };
pub(crate) const ROUTE_WEIGHT: NumberRule = NumberRule { min: 0, max: 100 };
pub(crate) const FINDINGS: NumberRule = NumberRule { min: 0, max: 100 };
pub(crate) const COUNT: NumberRule = NumberRule { min: 0, max: i32::MAX as i64 };
pub(crate) const KMS_REUSE_SECONDS: NumberRule = NumberRule { min: 60, max: 900 };

pub(crate) const MACHINE_TYPE: &[&str] = &["STANDARD", "EXPRESS"];
pub(crate) const SEVERITY: &[&str] = &["ERROR", "WARNING"];
pub(crate) const INSPECTION_LEVEL: &[&str] = &["INFO", "DEBUG", "TRACE"];
pub(crate) const FIELD_VALIDATION_MODE: &[&str] = &["STRICT", "PRESENT", "NONE"];
pub(crate) const LOG_LEVEL: &[&str] = &["ALL", "ERROR", "FATAL", "OFF"];
pub(crate) const ENCRYPTION_TYPE: &[&str] = &["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"];
pub(crate) const INCLUDED_DATA: &[&str] = &["ALL_DATA", "METADATA_ONLY"];
pub(crate) const EXECUTION_STATUS: &[&str] =
    &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
pub(crate) const REDRIVE_FILTER: &[&str] = &["REDRIVEN", "NOT_REDRIVEN"];

/// LIMIT: a page when `maxResults` is 0 or absent (`spec/features.md` 1.1).
pub(crate) const PAGE_SIZE_DEFAULT: usize = 100;
/// LIMIT: levels of arrays and objects in a request body (`design/security.md` S23). AWS's shapes need six.
pub(crate) const BODY_DEPTH_MAX: usize = 128;
