//! The box `moov`, which describes the whole file.

use super::super::tags::Tags;
use super::boxes::{boxed, full_box, times, words};
use super::chapter_track::ChapterSamples;
use super::metadata::user_data;
use super::sound_track::EncodedSound;
use super::track::IDENTITY_MATRIX;

const SOUND_TRACK: u32 = 1;
const CHAPTER_TRACK: u32 = 2;
/// 1.0 in 16.16, and in 8.8.
const NORMAL_SPEED: u32 = 0x1_0000;
const FULL_VOLUME: u16 = 0x100;

/// What the file contains.
#[derive(Debug)]
pub(in super::super) struct Movie<'a> {
    pub(in super::super) sound: &'a EncodedSound,
    /// Of `tags.chapters`.
    pub(in super::super) chapters: &'a ChapterSamples,
    pub(in super::super) tags: Tags<'a>,
}

/// The box `moov`.
pub(in super::super) fn movie(movie: &Movie<'_>) -> Vec<u8> {
    let Movie { sound, chapters, tags } = movie;
    let language = tags.book.language.as_deref();
    let chapter_track = (!tags.chapters.is_empty()).then_some(CHAPTER_TRACK);
    let sound_track = sound.track(SOUND_TRACK, chapter_track, language);
    let chapters = match chapter_track {
        Some(id) => chapters.track(id, tags.chapters, sound.sample_rate_hz, language),
        None => Vec::new(),
    };
    boxed(*b"moov", &[&header(sound), &sound_track, &chapters, &user_data(tags)])
}

fn header(sound: &EncodedSound) -> Vec<u8> {
    let (version, [never, duration]) = times([0, sound.samples]);
    let rate = sound.sample_rate_hz.to_be_bytes();
    let (speed, volume) = (NORMAL_SPEED.to_be_bytes(), FULL_VOLUME.to_be_bytes());
    let matrix = words(IDENTITY_MATRIX);
    let next_track = (CHAPTER_TRACK + 1).to_be_bytes();
    let parts: &[&[u8]] =
        &[&never, &never, &rate, &duration, &speed, &volume, &[0; 10], &matrix, &[0; 24], &next_track];
    full_box(*b"mvhd", version, 0, parts)
}
