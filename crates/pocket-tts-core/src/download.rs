//! The files of a model on this machine, fetched where they aren't. It must not open them.

use std::{fmt, path::PathBuf};

use pocket_tts_hub::{FetchError, Fetched, Fetcher};

use crate::{
    ModelSource, Result, VoiceSource,
    builder::Description,
    config::{ConfigProblem, Location, ModelFiles, WeightFiles},
};

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

/// Which voices to fetch with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DownloadVoices {
    /// The one that speaks if nobody asks for another.
    #[default]
    Default,
    /// All that the model has by name.
    All,
}

/// The files of a model, all on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The files; none if the model is compiled in.
    pub files: Vec<DownloadedFile>,
    /// Why the weights can't take voices from recordings, if so.
    pub cloning_refusal: Option<CloningRefusal>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadedFile {
    /// What it is for.
    pub role: FileRole,
    /// Where it came from.
    pub location: Location,
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes came over the network for it; 0 if it was on this machine.
    pub received_bytes: u64,
}

/// What a file of a model is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FileRole {
    /// Weights.
    Weights,
    /// The tokenizer.
    Tokenizer,
    /// The voice of this name.
    Voice(String),
}

/// A file that is on this machine.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) location: Location,
    pub(crate) path: PathBuf,
    received_bytes: u64,
}

/// [`WeightFiles`] on this machine.
#[derive(Debug)]
pub(crate) enum LocalWeights {
    Bundle { bundle: Local, mimi: Option<Local> },
    Split { flow_lm: Local, mimi: Local },
}

impl LocalWeights {
    /// All of them.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let files = match self {
            Self::Bundle { bundle, mimi } => [Some(bundle), mimi.as_ref()],
            Self::Split { flow_lm, mimi } => [Some(flow_lm), Some(mimi)],
        };
        files.into_iter().flatten().map(|file| file.path.clone()).collect()
    }
}

/// [`ModelFiles`] on this machine.
#[derive(Debug)]
pub(crate) struct LocalFiles {
    pub(crate) weights: LocalWeights,
    pub(crate) tokenizer: Local,
    pub(crate) cloning_refusal: Option<CloningRefusal>,
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

impl fmt::Display for FileRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights => formatter.write_str("weights"),
            Self::Tokenizer => formatter.write_str("tokenizer"),
            Self::Voice(name) => write!(formatter, "voice {name}"),
        }
    }
}

impl LocalFiles {
    /// Fetches what isn't on this machine.
    pub(crate) fn fetch(files: &ModelFiles, fetcher: &Fetcher) -> Result<Self> {
        let mut cloning_refusal = None;
        let weights = match &files.weights {
            WeightFiles::Split { flow_lm, mimi } => {
                LocalWeights::Split { flow_lm: local(flow_lm, fetcher)?, mimi: local(mimi, fetcher)? }
            }
            WeightFiles::Bundle { bundle, without_voice_cloning, mimi } => {
                let bundle = match (local(bundle, fetcher), without_voice_cloning) {
                    (Err(error), Some(open_weights)) => {
                        let refusal = refusal(error, fetcher.cached(open_weights).is_some())?;
                        cloning_refusal = Some(refusal);
                        local(open_weights, fetcher)?
                    }
                    (outcome, _) => outcome?,
                };
                let mimi = mimi.as_ref().map(|mimi| local(mimi, fetcher)).transpose()?;
                LocalWeights::Bundle { bundle, mimi }
            }
        };
        Ok(Self { weights, tokenizer: local(&files.tokenizer, fetcher)?, cloning_refusal })
    }
}

/// Fetches the files of `source`.
pub(crate) fn run(source: &ModelSource, voices: DownloadVoices, fetcher: &Fetcher) -> Result<Downloaded> {
    if source.is_embedded() {
        return Ok(Downloaded { files: Vec::new(), cloning_refusal: None });
    }
    let Description { name, config, folder } = source.description(fetcher)?;
    let files = config
        .files(folder.as_deref())
        .map_err(|source| ConfigProblem::Contradiction { file: name.clone(), source })?;
    let LocalFiles { weights, tokenizer, cloning_refusal } = LocalFiles::fetch(&files, fetcher)?;
    let mut files = match weights {
        LocalWeights::Split { flow_lm, mimi } => vec![flow_lm, mimi],
        LocalWeights::Bundle { bundle, mimi } => std::iter::once(bundle).chain(mimi).collect(),
    }
    .into_iter()
    .map(|file| file.with_role(FileRole::Weights))
    .collect::<Vec<_>>();
    files.push(tokenizer.with_role(FileRole::Tokenizer));
    for (name, location) in voice_locations(source, voices) {
        files.push(local(&location, fetcher)?.with_role(FileRole::Voice(name)));
    }
    Ok(Downloaded { files, cloning_refusal })
}

/// The voices of `source` and where they are.
pub(crate) fn voice_locations(source: &ModelSource, voices: DownloadVoices) -> Vec<(String, Location)> {
    let default = source.default_voice();
    let names = match (voices, &default) {
        (DownloadVoices::All, _) => source.voice_names(),
        (DownloadVoices::Default, VoiceSource::Named(name)) => vec![name.clone()],
        (DownloadVoices::Default, _) => Vec::new(),
    };
    let states = names.into_iter().filter_map(|name| Some((name.clone(), source.predefined_state(&name)?)));
    let mut locations: Vec<_> = states.collect();
    // A model that isn't a released one takes the default voice from its recording.
    if let VoiceSource::File(recording) = default {
        locations.push((pocket_tts_text::default_voice(None).to_owned(), recording));
    }
    locations
}

/// The reason for other weights, if `error` is one.
fn refusal(error: FetchError, has_open_weights: bool) -> Result<CloningRefusal> {
    match error {
        FetchError::Denied { location, status, .. } => Ok(CloningRefusal::Denied { location, status }),
        FetchError::Offline { location } if has_open_weights => Ok(CloningRefusal::Offline { location }),
        error => Err(error.into()),
    }
}

fn local(location: &Location, fetcher: &Fetcher) -> Result<Local, FetchError> {
    let Fetched { path, received_bytes } = fetcher.obtain(location)?;
    Ok(Local { location: location.clone(), path, received_bytes })
}

impl Local {
    fn with_role(self, role: FileRole) -> DownloadedFile {
        let Self { location, path, received_bytes } = self;
        DownloadedFile { role, location, path, received_bytes }
    }
}
