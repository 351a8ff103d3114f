//! Assuming roles: two calls of STS, in the Query protocol.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Uri};

use super::plan::{Role, WebIdentity};
use super::{Credentials, CredentialsFault, Provider, Sts, answer};
use crate::client::CallOptions;
use crate::http::Unsigned;
use crate::retry::RetryPolicy;
use crate::sign::percent_encode;
use crate::transport::Patience;
use crate::xml;

const SOURCE: &str = "STS";
/// LIMIT: STS takes tokens of up to 20,000 characters.
const TOKEN_BYTES_MAX: u64 = 64 << 10;

impl Sts {
    pub(super) async fn assume(&self, base: &Provider, role: &Role) -> Result<Credentials, CredentialsFault> {
        let mut fields = fields("AssumeRole", role);
        fields.extend(role.external_id.as_deref().map(|id| ("ExternalId", id.to_owned())));
        self.call(form(&fields), base, role).await
    }

    pub(super) async fn assume_with_web_identity(
        &self,
        identity: &WebIdentity,
    ) -> Result<Credentials, CredentialsFault> {
        let path = &identity.token_file;
        let failed = |message| CredentialsFault::Unreachable { source_name: "web identity", message };
        let length = std::fs::metadata(path).map(|metadata| metadata.len());
        if length.is_ok_and(|length| length > TOKEN_BYTES_MAX) {
            return Err(failed(format!("{path} is too long for a token")));
        }
        let token = std::fs::read_to_string(path);
        let token = token.map_err(|error| failed(format!("cannot read {path}: {error}")))?;
        let mut fields = fields("AssumeRoleWithWebIdentity", &identity.role);
        fields.push(("WebIdentityToken", token.trim_end().to_owned()));
        let mut request = form(&fields);
        request.extensions_mut().insert(Unsigned);
        // The token speaks for itself: nobody signs this call.
        let nobody = Provider::fixed(Credentials::new("", "", None));
        self.call(request, &nobody, &identity.role).await
    }

    async fn call(
        &self,
        request: Request<Bytes>,
        base: &Provider,
        role: &Role,
    ) -> Result<Credentials, CredentialsFault> {
        let options = CallOptions {
            region: self.region.clone(),
            credentials: base.clone(),
            retry: RetryPolicy::default(),
            patience: Patience::default(),
        };
        let refused = |code, message| CredentialsFault::Refused { role: role.arn.clone(), code, message };
        let response = self.client.send(&self.facts, request, &options).await;
        let response = response.map_err(|error| refused(None, error.to_string()))?;
        let body = String::from_utf8_lossy(response.body());
        if !response.status().is_success() {
            let said = |name: &str| xml::element(&body, name).unwrap_or_default();
            let (code, message) = (said("Code"), said("Message"));
            let message = format!("status {}, {code}: {message}", response.status().as_u16());
            return Err(refused(Some(code), message));
        }
        credentials(&body)
    }
}

fn fields<'a>(action: &str, role: &Role) -> Vec<(&'a str, String)> {
    let mut fields = vec![
        ("Action", action.to_owned()),
        ("Version", "2011-06-15".to_owned()),
        ("RoleArn", role.arn.clone()),
        ("RoleSessionName", role.session_name.clone()),
    ];
    fields.extend(role.duration.map(|duration| ("DurationSeconds", duration.as_secs().to_string())));
    fields
}

fn form(fields: &[(&str, String)]) -> Request<Bytes> {
    let fields =
        fields.iter().map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes(), b"")));
    let mut request = Request::new(Bytes::from(fields.collect::<Vec<_>>().join("&")));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    request.headers_mut().insert(CONTENT_TYPE, form);
    request
}

fn credentials(body: &str) -> Result<Credentials, CredentialsFault> {
    let text = |name: &str, expected| {
        xml::element(body, name).ok_or(CredentialsFault::Answer { source_name: SOURCE, expected })
    };
    let expires = answer::moment(&text("Expiration", "an Expiration")?);
    // arn:aws:sts::123456789012:assumed-role/name/session
    let account_id = xml::element(body, "Arn").and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
    let token = Some(text("SessionToken", "a SessionToken")?);
    Ok(Credentials {
        expires: Some(
            expires.ok_or(CredentialsFault::Answer {
                source_name: SOURCE,
                expected: "an Expiration as a date",
            })?,
        ),
        account_id: account_id.filter(|id| !id.is_empty()),
        ..Credentials::new(
            text("AccessKeyId", "an AccessKeyId")?,
            text("SecretAccessKey", "a SecretAccessKey")?,
            token,
        )
    })
}
