//! Why a model can't clone voices.

use std::fmt;

use crate::config::Location;

/// Where the pages of repositories are.
const HUB: &str = "https://huggingface.co/";

/// Why a model was loaded with the weights that can't take voices from recordings.
///
/// Only these two reasons lead to them. Any other failure to fetch the weights of the first choice is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloningRefusal {
    /// The hub wants an account that accepted the terms of the other weights.
    Denied {
        /// The other weights.
        location: Location,
        /// 401 or 403.
        status: u16,
    },
    /// The network is forbidden, and these weights are on this machine while the others aren't.
    Offline {
        /// The other weights.
        location: Location,
    },
}

impl CloningRefusal {
    /// The weights that could do it.
    pub fn location(&self) -> &Location {
        match self {
            Self::Denied { location, .. } | Self::Offline { location } => location,
        }
    }

    /// What to do about it: the page, the terms and the login.
    pub fn advice(&self) -> String {
        let page = match self.location() {
            Location::HuggingFace { repo, .. } => format!("{HUB}{repo}"),
            other => other.to_string(),
        };
        let network = match self {
            Self::Denied { .. } => "",
            Self::Offline { .. } => ", with a network",
        };
        format!(
            "to clone voices, accept the terms on {page}, log in with `hf auth login` or set HF_TOKEN, and run \
             again{network}"
        )
    }
}

impl fmt::Display for CloningRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { location, status } => {
                write!(formatter, "the Hugging Face hub denies access to {location} (status {status})")
            }
            Self::Offline { location } => {
                write!(formatter, "{location} is not on this machine and the network is switched off")
            }
        }
    }
}
