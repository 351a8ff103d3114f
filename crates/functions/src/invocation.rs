//! What is asked of a function, in the members of Lambda's Invoke API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::answer::InvokeError;
use crate::limits::{CLIENT_CONTEXT_CHARS_MAX, EVENT_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::name::{FunctionName, Owner, Pattern, is_qualifier};

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// A name, a partial ARN or a full ARN, with or without a qualifier.
    pub function: String,
    /// A version or an alias, where the name has none.
    pub qualifier: Option<String>,
    /// JSON; nothing stands for `{}`.
    pub payload: Bytes,
    /// A JSON object in Base64, as the API takes it.
    pub client_context: Option<String>,
    /// What the function sees as `_X_AMZN_TRACE_ID`; without one it gets a trace that is not sampled.
    pub trace_header: Option<String>,
    pub invocation_type: InvocationType,
    /// Who calls: says the account and the region where the name does not.
    pub owner: Owner,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InvocationType {
    /// The answer is waited for.
    #[default]
    RequestResponse,
    /// Taken and answered at once; the function runs afterwards, once, and its answer is dropped.
    Event,
    /// Only looked at: nothing runs.
    DryRun,
}

impl InvocationType {
    /// By its name in the API.
    pub fn from_name(name: &str) -> Option<InvocationType> {
        match name {
            "RequestResponse" => Some(InvocationType::RequestResponse),
            "Event" => Some(InvocationType::Event),
            "DryRun" => Some(InvocationType::DryRun),
            _ => None,
        }
    }
}

impl Invocation {
    /// The function that is meant.
    pub(crate) fn name(&self) -> Result<FunctionName, InvokeError> {
        let invalid = |value: &str, member| InvokeError::Validation { value: value.to_owned(), member };
        let pattern =
            Pattern::parse(&self.function).ok_or_else(|| invalid(&self.function, "functionName"))?;
        let mut name = pattern.resolve(self.owner.clone());
        match (&name.qualifier, &self.qualifier) {
            (_, None) => {}
            (_, Some(asked)) if !is_qualifier(asked) => return Err(invalid(asked, "qualifier")),
            (None, Some(asked)) => name.qualifier = Some(asked.clone()),
            (Some(named), Some(asked)) if named == asked => {}
            (Some(_), Some(_)) => return Err(InvokeError::QualifiersDiffer),
        }
        Ok(name)
    }

    /// The event of the function.
    pub(crate) fn checked_payload(&self) -> Result<Bytes, InvokeError> {
        let bytes_max = match self.invocation_type {
            InvocationType::Event => EVENT_BYTES_MAX,
            InvocationType::RequestResponse | InvocationType::DryRun => REQUEST_BYTES_MAX,
        };
        if self.payload.len() > bytes_max {
            return Err(InvokeError::RequestTooLarge { bytes_max });
        }
        if self.payload.is_empty() {
            return Ok(Bytes::from_static(b"{}"));
        }
        match serde_json::from_slice::<IgnoredAny>(&self.payload) {
            Ok(IgnoredAny) => Ok(self.payload.clone()),
            Err(error) => Err(InvokeError::InvalidRequestContent(format!(
                "Could not parse request body into json: {error}"
            ))),
        }
    }

    /// The client context as the text of a header: JSON in ASCII.
    pub(crate) fn checked_client_context(&self) -> Result<Option<String>, InvokeError> {
        let Some(given) = &self.client_context else { return Ok(None) };
        let invalid = || {
            let what = "Client context must be a valid Base64-encoded JSON object.";
            InvokeError::InvalidRequestContent(what.to_owned())
        };
        if given.len() > CLIENT_CONTEXT_CHARS_MAX {
            return Err(invalid());
        }
        let json = STANDARD.decode(given).map_err(|_| invalid())?;
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&json).map_err(|_| invalid())?;
        Ok(Some(ascii(&serde_json::Value::Object(object).to_string())))
    }
}

/// JSON whose strings escape what is not ASCII.
fn ascii(json: &str) -> String {
    let mut units = [0; 2];
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c.is_ascii() {
            true => text.push(c),
            false => text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation() -> Invocation {
        Invocation {
            function: "pay".to_owned(),
            qualifier: None,
            payload: Bytes::new(),
            client_context: None,
            trace_header: None,
            invocation_type: InvocationType::RequestResponse,
            owner: Owner {
                partition: "aws".into(),
                region: "eu-west-1".into(),
                account: "123456789012".into(),
            },
        }
    }

    #[test]
    fn a_qualifier_stands_in_the_name_or_beside_it() {
        let name = |function: &str, qualifier: Option<&str>| {
            let qualifier = qualifier.map(str::to_owned);
            Invocation { function: function.to_owned(), qualifier, ..invocation() }.name()
        };
        let prod = "arn:aws:lambda:eu-west-1:123456789012:function:pay:prod";
        assert_eq!(name("pay:prod", None).unwrap().arn(), prod);
        assert_eq!(name("pay", Some("prod")).unwrap().arn(), prod);
        assert_eq!(name("pay:prod", Some("prod")).unwrap().arn(), prod);
        assert_eq!(name("pay:prod", Some("test")).unwrap_err().name(), "InvalidParameterValueException");
        assert_eq!(name("pay now", None).unwrap_err().name(), "ValidationException");
        assert_eq!(name("pay", Some("a b")).unwrap_err().name(), "ValidationException");
    }

    #[test]
    fn a_payload_is_json_of_at_most_six_megabytes() {
        let payload = |payload: Vec<u8>, invocation_type| {
            Invocation { payload: payload.into(), invocation_type, ..invocation() }.checked_payload()
        };
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2)).into_bytes();
        let waited_for = InvocationType::RequestResponse;
        assert_eq!(payload(Vec::new(), waited_for).unwrap(), "{}");
        assert!(payload(text(REQUEST_BYTES_MAX), waited_for).is_ok());
        assert_eq!(
            payload(text(REQUEST_BYTES_MAX + 1), waited_for).unwrap_err().to_string(),
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
        );
        assert_eq!(payload(text(EVENT_BYTES_MAX + 1), InvocationType::Event).unwrap_err().status(), 413);
        let error = payload(b"{oops".to_vec(), waited_for).unwrap_err();
        assert_eq!(error.name(), "InvalidRequestContentException");
        assert!(error.to_string().starts_with("Could not parse request body into json: "));
    }

    #[test]
    fn a_client_context_fits_into_a_header() {
        let context = |text: &str| {
            let client_context = Some(STANDARD.encode(text));
            Invocation { client_context, ..invocation() }.checked_client_context()
        };
        assert_eq!(context(r#"{"a": "é😀"}"#).unwrap().unwrap(), r#"{"a":"\u00e9\ud83d\ude00"}"#);
        assert_eq!(context("[]").unwrap_err().name(), "InvalidRequestContentException");
        let no_base64 = Invocation { client_context: Some("{}".to_owned()), ..invocation() };
        assert_eq!(no_base64.checked_client_context().unwrap_err().status(), 400);
    }
}
