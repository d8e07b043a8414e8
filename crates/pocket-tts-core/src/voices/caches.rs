//! The caches of prepared voices of a model.

use std::{path::PathBuf, sync::Arc};

use super::{disk::VoiceFolder, memory::VoiceCache, state_file};
use crate::parts::Parts;

/// Where voices that were prepared before are looked for.
#[derive(Debug)]
pub(crate) struct VoiceCaches {
    pub(crate) memory: VoiceCache,
    pub(crate) folder: Option<VoiceFolder>,
}

impl VoiceCaches {
    /// The caches of a model.
    pub(crate) fn new(memory_bytes: usize, folder: Option<PathBuf>, parts: &Arc<Parts>) -> Self {
        let max_file_bytes = state_file::max_file_bytes(parts.flow_lm.backbone().config());
        let folder = folder.map(|folder| VoiceFolder::new(folder, parts.fingerprints, max_file_bytes));
        Self { memory: VoiceCache::new(memory_bytes), folder }
    }
}
