//! An MP4 file with AAC: the frames as they come, and behind them the description of the file.

use std::path::Path;

use super::error::AudiobookError;
use super::mp4::{
    ChapterSamples, EncodedSound, MEDIA_DATA_HEADER_BYTES, Movie, SampleTable, file_type, media_data_header,
    movie,
};
use super::output::Output;
use super::tags::Tags;
use crate::encode::aac::{AacFrames, BLOCK_SAMPLES};
use crate::encode::blocks::Blocks;
use crate::encode::limited;

/// A second at 24 kHz.
const FRAMES_PER_CHUNK: usize = 24;

/// A file being written.
pub(super) struct M4bFile {
    output: Output,
    blocks: Blocks,
    encoder: AacFrames,
    sound: EncodedSound,
}

impl M4bFile {
    pub(super) fn create(path: &Path, sample_rate_hz: u32) -> Result<Self, AudiobookError> {
        let encoder = AacFrames::new(sample_rate_hz)?;
        let mut output = Output::create(path)?;
        output.append(&file_type())?;
        output.append(&media_data_header(0))?;
        let sound = EncodedSound {
            sample_rate_hz,
            samples: 0,
            delay: BLOCK_SAMPLES as u64,
            frame_samples: BLOCK_SAMPLES as u32,
            config: encoder.config(),
            frames: SampleTable::new(FRAMES_PER_CHUNK),
        };
        Ok(Self { output, blocks: Blocks::new(BLOCK_SAMPLES), encoder, sound })
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), AudiobookError> {
        let Self { output, blocks, encoder, sound } = self;
        sound.samples += samples.len() as u64;
        blocks.push(&limited(samples), |block| add_frame(output, encoder, sound, block))
    }

    pub(super) fn finish(self, tags: &Tags<'_>) -> Result<(), AudiobookError> {
        let Self { mut output, mut blocks, mut encoder, mut sound } = self;
        let rest = blocks.take_rest();
        if !rest.is_empty() {
            add_frame(&mut output, &mut encoder, &mut sound, &rest)?;
        }
        // A decoder outputs a block only after the next frame.
        add_frame(&mut output, &mut encoder, &mut sound, &[])?;
        let chapters = ChapterSamples::new(tags.chapters, output.written());
        output.append(&chapters.data)?;
        let header_at = file_type().len() as u64;
        let data_bytes = output.written() - header_at - MEDIA_DATA_HEADER_BYTES;
        output.append(&movie(&Movie { sound: &sound, chapters: &chapters, tags: *tags }))?;
        output.finish(header_at, &media_data_header(data_bytes))
    }
}

fn add_frame(
    output: &mut Output,
    encoder: &mut AacFrames,
    sound: &mut EncodedSound,
    block: &[f32],
) -> Result<(), AudiobookError> {
    let frame = encoder.encode(block)?;
    sound.frames.add(frame.len(), output.written());
    output.append(&frame)
}

impl std::fmt::Debug for M4bFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("M4bFile").field("output", &self.output).finish_non_exhaustive()
    }
}
