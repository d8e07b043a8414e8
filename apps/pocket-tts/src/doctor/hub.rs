//! The way to the Hugging Face hub.

use std::time::Duration;

use pocket_tts_core::HubAccess;

use super::finding::Finding;
use crate::message::split;

/// How long the hub may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Whether the hub answers, unless the network is switched off.
pub(super) fn hub(offline: bool) -> Finding {
    let access = HubAccess::from_environment();
    if offline || access.is_offline() {
        return Finding::ok(
            "hub",
            "not asked, as the network is switched off; models must be on this machine",
        );
    }
    let token = if access.has_token() { "with" } else { "without" };
    match access.reach(LIMIT) {
        Ok(took) => Finding::ok(
            "hub",
            format!("{} answers after {} ms, {token} an access token", access.endpoint(), took.as_millis()),
        ),
        Err(error) => {
            let text = error.to_string();
            let (message, advice) = split(&text);
            let advice = advice.unwrap_or("check the network");
            Finding::warning("hub", message, format!("{advice}; the built-in model needs no network"))
        }
    }
}
