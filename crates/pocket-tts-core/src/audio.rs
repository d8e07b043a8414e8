//! What can be done with sound once it is made: save it, encode it while it is made, change its speed.
//!
//! It must not make any.

pub use pocket_tts_audio::{
    Audio, AudioFormat, EncodeError, Encoder, FileEnd, MAX_SPEED, MIN_SPEED, SaveAudioError, SoundWriter,
    SpeedChanger, SpeedError, pcm_s16le,
};
pub use pocket_tts_files::SaveError;
