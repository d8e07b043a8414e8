//! An independent decoder: `ffmpeg`.

use std::fs;

use pocket_tts_audio::{AudioFormat, Encoder, SoundWriter};

/// Sound that was encoded and decoded again.
pub(crate) struct Decoded {
    /// At [`rate_hz`](rate_hz).
    pub(crate) samples: Vec<f32>,
}

/// The sample rate of the tests.
pub(crate) const SAMPLE_RATE_HZ: u32 = 24_000;

/// The rate that a format is decoded at without resampling: Opus always has 48 kHz.
pub(crate) fn rate_hz(format: AudioFormat) -> u32 {
    if format == AudioFormat::Opus { 48_000 } else { SAMPLE_RATE_HZ }
}

/// The bytes of a stream, pushed in chunks of `chunk` samples.
pub(crate) fn stream(format: AudioFormat, samples: &[f32], chunk: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(format, SAMPLE_RATE_HZ).unwrap();
    let mut bytes = Vec::new();
    for chunk in samples.chunks(chunk) {
        bytes.extend(encoder.push(chunk).unwrap());
    }
    bytes.extend(encoder.finish().unwrap());
    bytes
}

/// The bytes of a file.
pub(crate) fn file(format: AudioFormat, samples: &[f32]) -> Vec<u8> {
    let output = std::io::Cursor::new(Vec::new());
    let mut writer = SoundWriter::for_file(output, format, SAMPLE_RATE_HZ).unwrap();
    for chunk in samples.chunks(1_920) {
        writer.write(chunk).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The sound that ffmpeg decodes; panics if it reports an error.
#[track_caller]
pub(crate) fn decode(format: AudioFormat, bytes: &[u8]) -> Decoded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound").with_extension(format.extensions()[0]);
    fs::write(&path, bytes).unwrap();
    let input: &[&str] = match format {
        AudioFormat::Pcm => &["-f", "s16le", "-ar", "24000", "-ac", "1"],
        // Two frames are too few to detect the format.
        AudioFormat::Aac => &["-f", "aac"],
        _ => &[],
    };
    Decoded { samples: pocket_tts_test_support::decode(&path, input, rate_hz(format)) }
}

impl Decoded {
    /// The samples that correspond to the input: at its rate, and without the delay of formats that can't state it.
    pub(crate) fn aligned(&self, format: AudioFormat) -> Vec<f32> {
        let step = (rate_hz(format) / SAMPLE_RATE_HZ) as usize;
        let delay = if format == AudioFormat::Aac { 1_024 } else { 0 };
        self.samples.iter().copied().step_by(step).skip(delay).collect()
    }
}
