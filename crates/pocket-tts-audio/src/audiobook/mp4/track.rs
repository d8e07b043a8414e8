//! What the tracks of sound and of chapters have in common.

use super::super::language::three_letters;
use super::boxes::{boxed, full_box, times, words};

/// Fixed-point 1.0 in 16.16, and in the matrices' last column 2.30.
pub(super) const IDENTITY_MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// `und`: undetermined.
const NO_LANGUAGE: [u8; 3] = *b"und";

/// A track.
pub(super) struct Track<'a> {
    pub(super) id: u32,
    pub(super) flags: u32,
    /// 8.8 fixed point.
    pub(super) volume: u16,
    /// Samples per second, the unit of times.
    pub(super) sample_rate_hz: u32,
    /// How long it is played.
    pub(super) played: u64,
    /// The duration of its samples.
    pub(super) stored: u64,
    /// Boxes in front of the media.
    pub(super) references: Vec<u8>,
    /// A BCP 47 tag.
    pub(super) language: Option<&'a str>,
    /// `soun` or `text`.
    pub(super) handler: [u8; 4],
    pub(super) handler_name: &'a str,
    /// The media's own header.
    pub(super) media_header: Vec<u8>,
    pub(super) samples: Vec<u8>,
}

impl Track<'_> {
    pub(super) fn boxed(&self) -> Vec<u8> {
        let information = boxed(*b"minf", &[&self.media_header, &data_in_this_file(), &self.samples]);
        let media = boxed(*b"mdia", &[&self.header_of_media(), &self.handler(), &information]);
        boxed(*b"trak", &[&self.header(), &self.references, &media])
    }

    fn header(&self) -> Vec<u8> {
        let (version, [never, duration]) = times([0, self.played]);
        let id = self.id.to_be_bytes();
        let matrix = words(IDENTITY_MATRIX);
        // Neither layer nor alternatives; no width and height.
        let volume = [&[0; 12][..], &self.volume.to_be_bytes(), &[0; 2]].concat();
        let parts: &[&[u8]] = &[&never, &never, &id, &[0; 4], &duration, &volume, &matrix, &[0; 8]];
        full_box(*b"tkhd", version, self.flags, parts)
    }

    fn header_of_media(&self) -> Vec<u8> {
        let (version, [never, duration]) = times([0, self.stored]);
        let letters = self.language.and_then(three_letters).unwrap_or(NO_LANGUAGE);
        // Five bits for each letter.
        let language = letters.iter().fold(0_u16, |packed, letter| packed << 5 | u16::from(letter - 0x60));
        let rate = self.sample_rate_hz.to_be_bytes();
        full_box(*b"mdhd", version, 0, &[&never, &never, &rate, &duration, &language.to_be_bytes(), &[0; 2]])
    }

    fn handler(&self) -> Vec<u8> {
        full_box(*b"hdlr", 0, 0, &[&[0; 4], &self.handler, &[0; 12], self.handler_name.as_bytes(), &[0]])
    }
}

fn data_in_this_file() -> Vec<u8> {
    let here = full_box(*b"url ", 0, 1, &[]);
    boxed(*b"dinf", &[&full_box(*b"dref", 0, 0, &[&1_u32.to_be_bytes(), &here])])
}
