//! What the models do not say: the few services that every AWS SDK treats specially.
//!
//! Here: one function per moment, one arm per service, each with its reason.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::xml;
use crate::model::{Kind, Operation};

/// Before the input is written.
pub(super) fn prepare(operation: Operation<'_>, input: &mut Map<String, Value>) {
    match operation.service().name() {
        // The account of the credentials, in Glacier's own shorthand.
        "glacier" => {
            let takes_account =
                operation.input().is_some_and(|place| place.shape().member("accountId").is_some());
            if takes_account && input.get("accountId").is_none_or(Value::is_null) {
                input.insert("accountId".to_owned(), Value::from("-"));
            }
        }
        // Answers say `/hostedzone/Z1`, requests want `Z1`.
        "route53" => {
            for name in ["Id", "HostedZoneId", "DelegationSetId"] {
                if let Some(Value::String(id)) = input.get_mut(name)
                    && let Some((_, last)) = id.rsplit_once('/')
                {
                    *id = last.to_owned();
                }
            }
        }
        _ => {}
    }
}

/// After it has been written.
pub(super) fn complete(operation: Operation<'_>, draft: &mut Draft) {
    match operation.service().name() {
        // Without it the answers are HAL instead of what the model says.
        "apigateway" if !draft.has_header("Accept") => draft.header("Accept", "application/json"),
        "glacier" => {
            draft.header("x-amz-glacier-version", operation.service().api_version());
            let is_upload = matches!(operation.name(), "UploadArchive" | "UploadMultipartPart");
            if is_upload && !draft.has_header("x-amz-sha256-tree-hash") {
                let hash = tree_hash(&draft.body);
                draft.header("x-amz-sha256-tree-hash", hash);
            }
        }
        _ => {}
    }
}

/// S3 may find out that a long copy failed after it has said 200.
pub(super) fn is_error_despite_success(operation: Operation<'_>, response: &Response<Bytes>) -> bool {
    let is_candidate = operation.service().name() == "s3"
        && operation
            .output()
            .is_none_or(|place| place.shape().payload().is_none_or(|payload| payload.kind() != Kind::Blob));
    is_candidate
        && !response.body().is_empty()
        && xml::with_root(response.body(), |root| root.tag_name().name() == "Error").unwrap_or(false)
}

/// An answer to HEAD has no body to say what is not there.
pub(super) fn code_without_body(operation: Operation<'_>, status: u16) -> Option<&'static str> {
    match (operation.service().name(), operation.name(), status) {
        ("s3", "HeadObject", 404) => Some("NoSuchKey"),
        ("s3", "HeadBucket", 404) => Some("NoSuchBucket"),
        _ => None,
    }
}

/// The root of S3's answer to GetBucketLocation is the member itself.
pub(super) fn is_bucket_location(operation: Operation<'_>) -> bool {
    operation.service().name() == "s3" && operation.name() == "GetBucketLocation"
}

/// SHA-256 over each MiB, then over pairs of sums until one is left, in hexadecimal.
fn tree_hash(body: &[u8]) -> String {
    let mut sums: Vec<Vec<u8>> = body.chunks(1 << 20).map(|chunk| Sha256::digest(chunk).to_vec()).collect();
    if sums.is_empty() {
        sums.push(Sha256::digest([]).to_vec());
    }
    while sums.len() > 1 {
        sums = sums
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::digest([left.as_slice(), right].concat()).to_vec(),
                alone => alone.concat(),
            })
            .collect();
    }
    sums[0].iter().map(|byte| format!("{byte:02x}")).collect()
}
