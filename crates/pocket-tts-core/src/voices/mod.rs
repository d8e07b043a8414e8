//! Voices: from a name, a recording or an exported state to something that requests can fork, and back into
//! a file.
//!
//! | Module | Job |
//! |---|---|
//! | [`source`], [`options`], [`warning`] | what a caller says and is told |
//! | [`voice`], [`primed`] | a prepared voice, and its export |
//! | [`prepare`], [`cloning`] | the order of the work, of which the latter is for recordings |
//! | [`recording`] | the one place that reads recordings |
//! | [`state_file`] | exported voices, both ways |
//! | [`fingerprint`] | which weights a voice was made with |
//! | [`memory`], [`disk`] | voices that were prepared before |
//! | [`listing`] | what there is to choose from |

mod caches;
mod cloning;
mod disk;
mod fingerprint;
mod listing;
mod memory;
mod options;
mod prepare;
mod primed;
mod recording;
mod source;
mod state_file;
mod voice;
mod warning;

pub(crate) use caches::VoiceCaches;
pub use fingerprint::{Fingerprints, ModelTag};
pub use listing::{PredefinedVoice, voices};
pub use memory::VoiceCacheUsage;
pub use options::VoiceOptions;
pub use pocket_tts_audio::Resampler;
pub use source::{EncodedVoice, VoiceSource, is_voice_mix};
pub use voice::Voice;
pub use warning::VoiceWarning;
