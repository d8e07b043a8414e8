//! The track of sound.

use super::boxes::{boxed, full_box, times};
use super::tables::{Run, SampleTable};
use super::track::Track;

/// Enabled, in the movie, in previews.
const FLAGS: u32 = 7;
const FULL_VOLUME: u16 = 0x100;
/// MPEG-4 audio.
const OBJECT_TYPE: u8 = 0x40;
/// A stream of sound that is not sent upstream.
const STREAM_TYPE: u8 = 0x15;
/// 1.0 in 16.16.
const NORMAL_SPEED: u32 = 0x1_0000;
/// Decoding starts this many frames earlier, as a frame overlaps with the previous one.
const PRE_ROLL: i16 = -1;

/// The encoded sound.
#[derive(Debug)]
pub(in super::super) struct EncodedSound {
    pub(in super::super) sample_rate_hz: u32,
    /// The samples before encoding.
    pub(in super::super) samples: u64,
    /// The samples that a decoder outputs before the first of them.
    pub(in super::super) delay: u64,
    /// The samples of a frame.
    pub(in super::super) frame_samples: u32,
    /// The decoder's configuration, `AudioSpecificConfig`.
    pub(in super::super) config: [u8; 2],
    pub(in super::super) frames: SampleTable,
}

impl EncodedSound {
    /// The track, with the track of its chapters if there is one.
    pub(super) fn track(&self, id: u32, chapters: Option<u32>, language: Option<&str>) -> Vec<u8> {
        let chapters = chapters.map(|id| boxed(*b"tref", &[&boxed(*b"chap", &[&id.to_be_bytes()])]));
        // Plays the samples behind the delay, and not what fills the last frame.
        let (version, [duration, start]) = times([self.samples, self.delay]);
        let edits: &[&[u8]] = &[&1_u32.to_be_bytes(), &duration, &start, &NORMAL_SPEED.to_be_bytes()];
        let edits = boxed(*b"edts", &[&full_box(*b"elst", version, 0, edits)]);
        let stored = self.samples + self.delay;
        let track = Track {
            id,
            flags: FLAGS,
            volume: FULL_VOLUME,
            played: self.samples,
            units_per_s: self.sample_rate_hz,
            stored,
            references: [edits, chapters.unwrap_or_default()].concat(),
            language,
            handler: *b"soun",
            handler_name: "SoundHandler",
            media_header: full_box(*b"smhd", 0, 0, &[&[0; 4]]),
            samples: self.frames.boxed(&self.description(), &self.runs(stored), &self.pre_roll()),
        };
        track.boxed()
    }

    /// All frames have the same duration, except for the last one: the durations add up to the sound.
    fn runs(&self, stored: u64) -> Vec<Run> {
        let full = (self.frames.len() as u32).saturating_sub(1);
        let last = stored.saturating_sub(u64::from(full) * u64::from(self.frame_samples));
        let last = Run { samples: 1, duration: u32::try_from(last).unwrap_or(self.frame_samples) };
        [Run { samples: full, duration: self.frame_samples }, last]
            .into_iter()
            .filter(|run| run.samples > 0)
            .collect()
    }

    fn description(&self) -> Vec<u8> {
        // Version 0 states the rate in 16 bits; decoders take it from their own configuration.
        let rate = u16::try_from(self.sample_rate_hz).unwrap_or(0).to_be_bytes();
        let fields: &[&[u8]] = &[
            // The only place of data; the version.
            &[0; 6],
            &[0, 1],
            &[0; 8],
            // One channel, 16 bits.
            &[0, 1, 0, 16, 0, 0, 0, 0],
            &rate,
            &[0; 2],
            &self.elementary_stream(),
        ];
        boxed(*b"mp4a", fields)
    }

    fn elementary_stream(&self) -> Vec<u8> {
        let bits_per_s = |bytes: u64, samples: u64| {
            let bits = u128::from(bytes) * 8 * u128::from(self.sample_rate_hz) / u128::from(samples.max(1));
            u32::try_from(bits).unwrap_or(u32::MAX).to_be_bytes()
        };
        let largest = self.frames.largest();
        let peak = bits_per_s(u64::from(largest), u64::from(self.frame_samples));
        let mean = bits_per_s(self.frames.bytes(), self.samples + self.delay);
        let config = descriptor(5, &[&self.config]);
        let buffer = &largest.to_be_bytes()[1..];
        let decoder = descriptor(4, &[&[OBJECT_TYPE, STREAM_TYPE], buffer, &peak, &mean, &config]);
        // Timing as in the file.
        let layer = descriptor(6, &[&[2]]);
        full_box(*b"esds", 0, 0, &[&descriptor(3, &[&[0; 3], &decoder, &layer])])
    }

    fn pre_roll(&self) -> Vec<u8> {
        let roll = PRE_ROLL.to_be_bytes();
        let groups = full_box(*b"sgpd", 1, 0, &[b"roll", &2_u32.to_be_bytes(), &1_u32.to_be_bytes(), &roll]);
        let all = (self.frames.len() as u32).to_be_bytes();
        let members: &[&[u8]] = &[b"roll", &1_u32.to_be_bytes(), &all, &1_u32.to_be_bytes()];
        [groups, full_box(*b"sbgp", 0, 0, members)].concat()
    }
}

/// A descriptor of fewer than 128 bytes.
fn descriptor(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&[tag, body.len() as u8], &body[..]].concat()
}
