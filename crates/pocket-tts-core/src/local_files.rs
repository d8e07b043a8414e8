//! The files of a model on this machine, fetched where they aren't. It must not open them.

use std::path::PathBuf;

use pocket_tts_hub::{FetchError, Fetched, Fetcher};

use crate::{
    cloning_refusal::CloningRefusal,
    config::{Location, ModelFiles, WeightFiles},
    error::Result,
};

/// A file that is on this machine.
#[derive(Debug)]
pub(crate) struct LocalFile {
    pub(crate) location: Location,
    pub(crate) path: PathBuf,
    pub(crate) received_bytes: u64,
}

/// [`WeightFiles`] on this machine.
#[derive(Debug)]
pub(crate) enum LocalWeights {
    Bundle { bundle: LocalFile, mimi: Option<LocalFile> },
    Split { flow_lm: LocalFile, mimi: LocalFile },
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
    pub(crate) tokenizer: LocalFile,
    pub(crate) cloning_refusal: Option<CloningRefusal>,
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

/// The reason for other weights, if `error` is one.
fn refusal(error: FetchError, has_open_weights: bool) -> Result<CloningRefusal> {
    match error {
        FetchError::Denied { location, status, .. } => Ok(CloningRefusal::Denied { location, status }),
        FetchError::Offline { location } if has_open_weights => Ok(CloningRefusal::Offline { location }),
        error => Err(error.into()),
    }
}

/// The file at `location`, fetched if it isn't on this machine.
pub(crate) fn local(location: &Location, fetcher: &Fetcher) -> Result<LocalFile, FetchError> {
    let Fetched { path, received_bytes } = fetcher.obtain(location)?;
    Ok(LocalFile { location: location.clone(), path, received_bytes })
}
