//! The samples of a WAV file from any place on. Knows the container only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::formats::{FormatReader, TrackType};

use crate::container::Container;
use crate::error::AudioError;
use crate::source::{Decoder, UNKNOWN_CODEC, decoder, plain_wav_reader};
use crate::wav_header::{CHUNK_HEADER_BYTES, Format, RIFF_HEADER_BYTES};

/// A `fmt ` chunk holds no more that matters.
const FORMAT_BYTES: u64 = 64;

/// Where the samples of a file are.
#[derive(Debug)]
pub(super) struct WavFile {
    file: File,
    format: Format,
    /// The first byte of the samples, in the file.
    data_start: u64,
    /// Complete frames only, within the file.
    data_bytes: u64,
}

impl WavFile {
    /// Walks the chunks of a file whose RIFF header begins at byte `start`, as
    /// [`WavSound::find`](crate::wav_header::WavSound::find) does.
    pub(super) fn find(mut file: File, start: u64) -> Result<Self, AudioError> {
        let failed = |reason| AudioError::Read { name: "the audio data".to_owned(), reason };
        let file_bytes = file.metadata().map_err(failed)?.len();
        let mut at = start + RIFF_HEADER_BYTES as u64;
        let mut format = None;
        loop {
            let mut header = [0; CHUNK_HEADER_BYTES];
            file.seek(SeekFrom::Start(at)).map_err(failed)?;
            match file.read_exact(&mut header) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    let problem =
                        if format.is_none() { "it has no fmt chunk" } else { "it has no data chunk" };
                    return Err(AudioError::Header { problem });
                }
                Err(error) => return Err(failed(error)),
            }
            let [kind @ .., a, b, c, d] = header;
            let declared = u64::from(u32::from_le_bytes([a, b, c, d]));
            at += CHUNK_HEADER_BYTES as u64;
            match &kind {
                b"fmt " => {
                    let mut chunk = Vec::new();
                    let read =
                        Read::by_ref(&mut file).take(declared.min(FORMAT_BYTES)).read_to_end(&mut chunk);
                    read.map_err(failed)?;
                    format = Some(Format::parse(&chunk)?);
                }
                b"data" => {
                    let format: Format = format
                        .ok_or(AudioError::Header { problem: "its data chunk comes before its fmt chunk" })?;
                    let present = declared.min(file_bytes.saturating_sub(at));
                    let data_bytes = present - present % format.frame_bytes() as u64;
                    if data_bytes == 0 {
                        return Err(AudioError::NoSamples);
                    }
                    return Ok(Self { file, format, data_start: at, data_bytes });
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            at += declared + declared % 2;
        }
    }

    /// Sample rate and channels.
    pub(super) fn spec(&self) -> (u32, usize) {
        self.format.spec()
    }

    /// Samples of each channel.
    pub(super) fn frames(&self) -> u64 {
        self.data_bytes / self.format.frame_bytes() as u64
    }

    /// A reader and a decoder of the samples from `frame` on; `None` behind the end.
    #[expect(clippy::type_complexity, reason = "used once")]
    pub(super) fn from(
        &mut self,
        frame: u64,
    ) -> Result<Option<(Box<dyn FormatReader>, u32, Decoder)>, AudioError> {
        let failed = |reason| AudioError::Read { name: "the audio data".to_owned(), reason };
        let skipped = frame.saturating_mul(self.format.frame_bytes() as u64);
        if skipped >= self.data_bytes {
            return Ok(None);
        }
        let mut file = self.file.try_clone().map_err(failed)?;
        file.seek(SeekFrom::Start(self.data_start + skipped)).map_err(failed)?;
        let left = self.data_bytes - skipped;
        let header = self.format.plain_header(u32::try_from(left).unwrap_or(u32::MAX));
        let reader = plain_wav_reader(header, file.take(left))?;
        let track = reader.default_track(TrackType::Audio).ok_or(AudioError::NoSamples)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let decoder = decoder(parameters.ok_or(UNKNOWN_CODEC)?, Container::Wav)?;
        let id = track.id;
        Ok(Some((reader, id, decoder)))
    }
}
