//! A body that is the audio.

use actix_web::web::Bytes;

use super::framer::Framer;

/// The audio itself.
#[derive(Debug)]
pub(super) struct Audio;

impl Framer for Audio {
    fn sound(&mut self, sound: Vec<u8>) -> Option<Bytes> {
        Some(sound.into())
    }
}
