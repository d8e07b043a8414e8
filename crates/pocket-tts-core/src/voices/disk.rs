//! Prepared voices in a folder, for this process and others: an exported voice per recording and options.
//!
//! Files appear complete under their final name, so any number of processes can share the folder. Each file is checked like
//! any voice of a user. It must not know how voices are prepared.

use std::{fs, io, io::Read, path::PathBuf};

use pocket_tts_tensor::WeightFile;

use super::{Fingerprints, Voice, VoiceWarning, state_file, voice::write_file};
use crate::digest::{ContentHash, Digest, hexadecimal};

/// Incremented when recordings are encoded to other numbers, so that old files aren't found.
const ENCODING_VERSION: &[u8] = b"1";

/// A folder of prepared voices.
#[derive(Debug, Clone)]
pub(crate) struct VoiceFolder {
    folder: PathBuf,
    fingerprints: Fingerprints,
    max_file_bytes: usize,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Bytes(WeightFile),
    /// A file that can't be used, and why.
    Damaged(String),
}

impl VoiceFolder {
    /// The folder at this path, which need not exist, for a model with these fingerprints.
    pub(crate) fn new(folder: PathBuf, fingerprints: Fingerprints, max_file_bytes: usize) -> Self {
        Self { folder, fingerprints, max_file_bytes }
    }

    /// Where the voice of this key is, or would be.
    pub(super) fn path(&self, key: &ContentHash) -> PathBuf {
        let digest = Digest::new("prepared voice")
            .add(ENCODING_VERSION)
            .add(&self.fingerprints.encoding)
            .add(&self.fingerprints.language_model)
            .add(key);
        self.folder.join(format!("{}.safetensors", hexadecimal(&digest.finish())))
    }

    /// Opens the file of this key.
    pub(super) fn find(&self, key: &ContentHash) -> Found {
        let path = self.path(key);
        let mut bytes = Vec::new();
        let limit = self.max_file_bytes as u64;
        let outcome =
            fs::File::open(&path).and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes));
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
            Err(error) => Found::Damaged(error.to_string()),
            Ok(_) if bytes.len() as u64 > limit => Found::Damaged("it is too large for a voice".to_owned()),
            Ok(_) => match state_file::open(&path.display().to_string(), bytes.into()) {
                Ok(file) => Found::Bytes(file),
                Err(error) => Found::Damaged(error.to_string()),
            },
        }
    }

    /// Writes a voice, or returns why it can't.
    pub(super) fn keep(&self, key: &ContentHash, voice: &Voice) -> Result<(), String> {
        create_private(&self.folder)
            .map_err(|error| format!("cannot create the folder {}: {error}", self.folder.display()))?;
        let primed = voice.primed();
        let told_again =
            |warning: &&VoiceWarning| matches!(warning, VoiceWarning::Recording(_) | VoiceWarning::Truncated);
        let warnings: Vec<String> =
            primed.warnings.iter().filter(told_again).map(ToString::to_string).collect();
        write_file(&self.path(key), &state_file::to_bytes(primed, &warnings))
            .map_err(|error| error.to_string())
    }
}

/// A folder that no other user can read: it holds people's voices.
fn create_private(folder: &PathBuf) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}
