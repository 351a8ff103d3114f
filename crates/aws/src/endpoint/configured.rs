//! Endpoints that the operator configured, for one service or for all of them.
//!
//! The order is that of the AWS SDKs: the variable of the service, the variable for all, the `services`
//! section of the profile, the profile. A definition or an API call has no way to say one.

use crate::settings::Settings;

impl Settings {
    /// The configured endpoint of a service, by its service id (`Secrets Manager`, `S3`).
    pub fn endpoint_url(&self, service_id: &str) -> Option<String> {
        if self.is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
            return None;
        }
        let name = service_id.replace([' ', '-'], "_");
        let variable = format!("AWS_ENDPOINT_URL_{}", name.to_ascii_uppercase());
        let variables = [variable.as_str(), "AWS_ENDPOINT_URL"];
        if let Some(found) = variables.iter().find_map(|name| self.environment.get(name)) {
            return Some(found.to_owned());
        }
        let profile = self.profile();
        let services = profile.get("services").and_then(|services| self.services(services));
        let of_service =
            services.and_then(|services| services.nested(&name.to_ascii_lowercase(), "endpoint_url"));
        of_service.or_else(|| profile.get("endpoint_url")).map(str::to_owned)
    }
}
