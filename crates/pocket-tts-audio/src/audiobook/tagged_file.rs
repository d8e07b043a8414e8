//! A file of one of the plain formats, with tags in front where the format has them.

use std::path::Path;

use super::comments::{flac_comments, opus_comments, picture};
use super::error::AudiobookError;
use super::id3;
use super::output::Output;
use super::tags::Tags;
use crate::encode::{AudioFormat, Encoder, FileEnd, opus_headers};

/// FLAC's marker and its first block, STREAMINFO, which the encoder writes as the only block.
const FLAC_START: usize = 4 + FLAC_BLOCK_HEADER + 34;
const FLAC_BLOCK_HEADER: usize = 4;
const FLAC_MARKER: usize = 4;
const FLAC_LAST_BLOCK: u8 = 0x80;
const FLAC_COMMENTS: u8 = 4;
const FLAC_PICTURE: u8 = 6;

/// A file being written. Its start is written again at the end, when all lengths are known.
#[derive(Debug)]
pub(super) struct TaggedFile {
    output: Output,
    encoder: Encoder,
    sample_rate_hz: u32,
    /// The first bytes of the encoder that are left out, because they are already in the file.
    skipped: usize,
}

impl TaggedFile {
    pub(super) fn create(path: &Path, format: AudioFormat, tags: &Tags<'_>) -> Result<Self, AudiobookError> {
        let sample_rate_hz = tags.sample_rate_hz;
        let (start, skipped) = match format {
            AudioFormat::Mp3 => (id3::tag(tags), 0),
            AudioFormat::Flac => (flac_start(&[0; FLAC_START], tags), FLAC_START),
            _ => (Vec::new(), 0),
        };
        let encoder = match format {
            AudioFormat::Opus => Encoder::opus_with_comments(sample_rate_hz, &opus_comments(tags))?,
            other => Encoder::for_file(other, sample_rate_hz)?,
        };
        let mut output = Output::create(path)?;
        output.append(&start)?;
        Ok(Self { output, encoder, sample_rate_hz, skipped })
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), AudiobookError> {
        let bytes = self.encoder.push(samples)?;
        append(&mut self.output, &mut self.skipped, &bytes)
    }

    /// Ends the sound. The places of the chapters in `tags` may have changed, but nothing else.
    pub(super) fn finish(self, tags: &Tags<'_>) -> Result<(), AudiobookError> {
        let Self { mut output, encoder, sample_rate_hz, mut skipped } = self;
        let format = encoder.format();
        let FileEnd { tail, head } = encoder.finish_file()?;
        append(&mut output, &mut skipped, &tail)?;
        let head = head.unwrap_or_default();
        let start = match format {
            AudioFormat::Mp3 => [id3::tag(tags), head].concat(),
            AudioFormat::Flac => flac_start(&head, tags),
            AudioFormat::Opus => opus_headers(sample_rate_hz, &opus_comments(tags))?,
            AudioFormat::Wav | AudioFormat::Pcm | AudioFormat::Aac => head,
        };
        output.finish(0, &start)
    }
}

fn append(output: &mut Output, skipped: &mut usize, bytes: &[u8]) -> Result<(), AudiobookError> {
    let left_out = bytes.len().min(*skipped);
    *skipped -= left_out;
    output.append(&bytes[left_out..])
}

/// The encoder's start, and after it the blocks of the tags.
fn flac_start(start: &[u8], tags: &Tags<'_>) -> Vec<u8> {
    let mut blocks = vec![(FLAC_COMMENTS, flac_comments(tags))];
    blocks.extend(tags.book.cover.as_ref().map(|cover| (FLAC_PICTURE, picture(cover))));
    let last = blocks.len() - 1;
    let mut start = start.to_vec();
    if let Some(kind) = start.get_mut(FLAC_MARKER) {
        *kind &= !FLAC_LAST_BLOCK;
    }
    for (index, (kind, body)) in blocks.into_iter().enumerate() {
        let flag = if index == last { FLAC_LAST_BLOCK } else { 0 };
        // A kind and 24 bits of length, which hold the largest picture.
        start.extend(((u32::from(flag | kind) << 24) | body.len() as u32).to_be_bytes());
        start.extend(body);
    }
    start
}
