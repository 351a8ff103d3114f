//! Limits of the language, each with its source (`spec/features.md` 5.1 and the section named).

/// LIMIT: input, output and result of a state, UTF-8 bytes (AWS quota "Maximum input or output size").
pub const PAYLOAD_BYTES_MAX: usize = 262_144;
/// LIMIT: text that an expression's value is written out to before its size is judged. Ours: twice the
/// largest payload limit that can be configured.
pub const TEXT_BYTES_MAX: usize = 33_554_432;
/// LIMIT: definition text, UTF-8 bytes (AWS quota "Maximum request size").
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;
/// LIMIT: seconds in any field that counts seconds (section 2.2).
pub const SECONDS_MAX: u64 = 99_999_999;
/// LIMIT: characters of a state name (section 1.0, Names).
pub const STATE_NAME_CHARS_MAX: usize = 80;
/// LIMIT: characters of the name of a variable (section 2.8).
pub const VARIABLE_NAME_CHARS_MAX: usize = 80;
/// LIMIT: one variable, UTF-8 bytes of its JSON text (section 2.8).
pub const VARIABLE_BYTES_MAX: usize = 262_144;
/// LIMIT: the variables of one `Assign` together, UTF-8 bytes (section 2.8).
pub const ASSIGN_BYTES_MAX: usize = 262_144;
/// LIMIT: all variables that an execution holds at one moment, UTF-8 bytes (section 2.8: 10 MiB).
pub const VARIABLES_BYTES_MAX: usize = 10_485_760;
/// LIMIT: characters of the role that a task's `Credentials` name (section 1.2, TaskCredentials).
pub const ROLE_ARN_CHARS_MAX: usize = 2_000;
/// LIMIT: levels of arrays and objects in a JSON text. AWS reads JSON with Jackson, whose bound this is.
pub const JSON_DEPTH_MAX: usize = 1_000;
/// LIMIT: inline Map iterations that run at once when `MaxConcurrency` is 0 (section 2.16).
pub const INLINE_MAP_CONCURRENCY_MAX: u64 = 40;
/// LIMIT: events of one history (section 5.1).
pub const HISTORY_EVENTS_MAX: u64 = 25_000;
/// LIMIT: longest delay of a retry, seconds (section 2.13, MaxDelaySeconds < 31,622,401).
pub const RETRY_DELAY_SECONDS_MAX: u64 = 31_622_400;
/// LIMIT: longest wait for a moment, days (section 2.11: what a 32-bit number of seconds holds).
pub const WAIT_DAYS_MAX: i64 = 24_855;
/// LIMIT: findings that are told of one definition; the others are counted. Ours: more than anybody reads.
pub const FINDINGS_MAX: usize = 1_000;
/// LIMIT: bytes of all findings of one definition, after which no more are told. Ours: a message may repeat a
/// name, and names may be long.
pub const FINDINGS_BYTES_MAX: usize = 1 << 20;
/// LIMIT: findings of one definition for which what may have been meant is searched. Ours: a search compares a
/// name with hundreds.
pub const HINTS_MAX: usize = 20;
/// LIMIT: states inside one another. AWS has such a bound (TOO_DEEPLY_NESTED) and does not publish it.
pub const STATE_NESTING_MAX: usize = 64;
/// LIMIT: steps of one path. Ours: no path that people write comes near it, and a write creates a level a step.
pub const PATH_STEPS_MAX: usize = 200;
/// LIMIT: brackets and negations inside one another in a path's filter. Ours, as above.
pub const FILTER_NESTING_MAX: usize = 32;
/// LIMIT: intrinsic function calls inside one another, the outermost included (section 2.6).
pub const INTRINSIC_NESTING_MAX: usize = 10;
/// LIMIT: items that `States.ArrayRange` makes (section 2.6).
pub const RANGE_ITEMS_MAX: usize = 1_000;
/// LIMIT: what one JSONata expression takes of a step's budget, beside the bytes that it gives. Ours.
pub const EXPRESSION_UNITS: u64 = 50;
/// LIMIT: bytes given to a JSONata expression for one unit of a step's budget: most expressions read only
/// the path that they name. Ours.
pub const BOUND_BYTES_PER_UNIT: usize = 512;
/// LIMIT: steps of a JSONata expression where others wait. Ours; more go to a thread that nobody waits for.
pub const SHORT_EVALUATION_STEPS: u64 = 2_000;
/// LIMIT: bytes that a JSONata expression works on where others wait. Ours, as above.
pub const SHORT_EVALUATION_BYTES: u64 = 4 << 20;
/// LIMIT: units of work of a path or call that is evaluated outside of a state. Ours: under half a second and 64 MiB.
pub const ALONE_UNITS: u64 = 5_000_000;
/// LIMIT: bytes of the text of such a value. Ours: far more than a payload, and written within 64 MiB.
pub const ALONE_TEXT_BYTES_MAX: usize = 8 << 20;
/// LIMIT: characters that the Base64 functions and `States.Hash` take (section 2.6).
pub const ENCODABLE_CHARS_MAX: usize = 10_000;
/// LIMIT: seconds that an Express execution may take (section 5).
pub const EXPRESS_SECONDS_MAX: u64 = 300;
