//! Whether the hub answers, for diagnosis. Nothing is fetched.

use std::time::{Duration, Instant};

use thiserror::Error;
use ureq::Agent;

use crate::settings::FetcherSettings;

/// What the environment says about the Hugging Face hub.
#[derive(Debug, Clone)]
pub struct HubAccess(FetcherSettings);

/// The hub did not answer.
#[derive(Debug, Error)]
#[error(
    "{endpoint} does not answer ({reason}); check the network, a proxy (HTTPS_PROXY), and HF_ENDPOINT if it is set"
)]
pub struct HubUnreachable {
    /// The hub's address.
    pub endpoint: String,
    /// The network's error.
    pub reason: String,
}

impl HubAccess {
    /// As a [`Fetcher`](crate::Fetcher) of the environment sees the hub.
    pub fn from_environment() -> Self {
        Self(FetcherSettings::from_environment())
    }

    /// The hub's address.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Whether the environment forbids the network.
    pub fn is_offline(&self) -> bool {
        self.0.offline
    }

    /// Whether there is an access token.
    pub fn has_token(&self) -> bool {
        self.0.token.is_some()
    }

    /// Asks the hub for nothing, without the token, and returns how long the answer took. Any answer counts.
    ///
    /// # Errors
    ///
    /// If there is none within `limit`.
    pub fn reach(&self, limit: Duration) -> Result<Duration, HubUnreachable> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("pocket-tts/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(limit))
            .build()
            .new_agent();
        let start = Instant::now();
        match agent.head(&self.0.endpoint).call() {
            Ok(_) => Ok(start.elapsed()),
            Err(error) => {
                Err(HubUnreachable { endpoint: self.0.endpoint.clone(), reason: error.to_string() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Hub, deserted_endpoint};

    fn access(endpoint: String) -> HubAccess {
        HubAccess(FetcherSettings { endpoint, ..FetcherSettings::default() })
    }

    #[test]
    fn any_answer_counts_and_none_is_an_error() {
        let hub = Hub::start(Vec::new());
        assert!(access(hub.endpoint()).reach(Duration::from_secs(20)).is_ok());
        assert_eq!(hub.requests().len(), 1);
        let nobody = deserted_endpoint();
        let error = access(nobody.clone()).reach(Duration::from_secs(20)).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{nobody} does not answer (")), "{error}");
        assert!(access("no address".to_owned()).reach(Duration::from_secs(20)).is_err());
    }
}
