//! Files made to break decoders: each results in a sound or an error, in bounded time and memory, and no panic escapes
//! the decoder.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use pocket_tts_audio::{AudioError, DecodeLimits, Recording};
use proptest::prelude::*;

use crate::formats::bytes;
use crate::raw_wav::RawWav;

/// One file of every kind, the smallest of several.
const FILES: [&str; 10] = [
    "sndfile.mp3",
    "sndfile.flac",
    "sndfile.ogg",
    "ffmpeg.m4a",
    "ffmpeg.aac",
    "ffmpeg_u8_8k.wav",
    "ffmpeg_opus.ogg",
    "ffmpeg_opus.webm",
    "ffmpeg_opus.mp4",
    "ffmpeg_alac.m4a",
];
/// Prefixes by which decoders recognise files.
const MAGICS: [&[u8]; 10] = [
    b"RIFF\xff\xff\xff\xffWAVEfmt ",
    b"\xff\xfb\x90\x64",
    b"fLaC\0\0\0\x22",
    b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1e\x01vorbis",
    b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom\0\0\0\x08moov",
    b"\xff\xf1\x50\x80",
    b"ID3\x04\0\0\0\0\0\x11",
    b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\0moov",
    b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\x16\x54\xae\x6b\xff\xae\x90\xd7\x81\x01\x86\x86A_OPUS\x63\xa2\x80",
    b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0",
];
/// Both time-outs together.
const SOON: Duration = Duration::from_secs(10);

/// Decodes any bytes; a panic of the decoder's thread is an error.
#[expect(clippy::panic_in_result_fn, reason = "the assertions are the test")]
fn survive(bytes: &[u8]) -> Result<Recording, AudioError> {
    let start = Instant::now();
    let limits = DecodeLimits { max_time: Duration::from_secs(5), ..DecodeLimits::default() };
    let outcome = Recording::from_bytes(bytes, &limits);
    assert!(start.elapsed() < SOON, "{} bytes took {:?}", bytes.len(), start.elapsed());
    if let Ok(recording) = &outcome {
        assert!(!recording.audio.samples.is_empty() && recording.audio.samples.iter().all(|x| x.is_finite()));
        assert!(recording.audio.duration_s() <= 600.0);
    }
    outcome
}

#[test]
fn truncated_files_are_decoded_up_to_their_end_or_refused() {
    for name in FILES {
        let whole = bytes(name);
        let longest = survive(&whole).unwrap().audio.samples.len();
        for length in (0..whole.len()).step_by(whole.len() / 60) {
            if let Ok(recording) = survive(&whole[..length]) {
                assert!(recording.audio.samples.len() <= longest, "{name} cut to {length} bytes");
            }
        }
    }
}

proptest! {
    #[test]
    fn flipped_bits_do_no_harm(
        file in prop::sample::select(FILES.to_vec()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        near_the_start: bool,
    ) {
        let mut damaged = bytes(file);
        let reach = if near_the_start { damaged.len().min(400) } else { damaged.len() };
        for (index, value) in flips {
            damaged[index.index(reach)] ^= value;
        }
        drop(survive(&damaged));
    }

    #[test]
    fn random_bytes_after_a_magic_number_do_no_harm(
        magic in prop::sample::select(MAGICS.to_vec()),
        rest in prop::collection::vec(any::<u8>(), 0..3_000),
    ) {
        drop(survive(&[magic, &rest].concat()));
    }

    #[test]
    fn parts_of_files_in_any_order_do_no_harm(
        file in prop::sample::select(FILES.to_vec()),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..3_000), 1..8),
    ) {
        let whole = bytes(file);
        let mut shuffled = whole[..60].to_vec();
        for (index, length) in cuts {
            let start = index.index(whole.len());
            shuffled.extend_from_slice(&whole[start..whole.len().min(start + length)]);
        }
        drop(survive(&shuffled));
    }
}

/// A file, and where its Opus header starts.
fn opus_head(name: &str) -> (Vec<u8>, usize) {
    let whole = bytes(name);
    let at = whole.windows(8).position(|window| window == b"OpusHead").unwrap();
    (whole, at)
}

#[test]
fn opus_of_many_channels_and_damaged_opus_headers_are_refused() {
    let (whole, at) = opus_head("ffmpeg_opus.webm");
    for (offset, value) in [(9, 0), (9, 3), (9, 255), (18, 1), (18, 255), (0, b'o')] {
        let mut damaged = whole.clone();
        damaged[at + offset] = value;
        let error = survive(&damaged).unwrap_err().to_string();
        let is_reported =
            error.contains("more than two channels") || error.contains("Opus header is damaged");
        assert!(is_reported, "{offset} {value}: {error}");
    }
}

#[test]
fn absurd_headers_are_refused() {
    for channels in [0, 500, u16::MAX] {
        let wav = RawWav { channels, ..RawWav::mono(&[1, 2, 3]) };
        assert!(matches!(survive(&wav.bytes()), Err(AudioError::ChannelCount { .. })), "{channels} channels");
    }
    for sample_rate_hz in [0, 1, 10_000_000, u32::MAX] {
        let wav = RawWav { sample_rate_hz, ..RawWav::mono(&[1, 2, 3]) };
        assert!(matches!(survive(&wav.bytes()), Err(AudioError::SampleRate { .. })), "{sample_rate_hz} Hz");
    }
}

#[test]
fn tags_and_boxes_with_wrong_sizes_are_refused() {
    let tiny_tag = [b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec(), vec![0xff; 23]].concat();
    let zero_box = [&b"\0\0\0\x10ftypM4A \0\0\0\0"[..], &[0; 64]].concat();
    let nested: Vec<u8> = [b"\0\0\0\x10ftypM4A \0\0\0\0".to_vec()]
        .into_iter()
        .chain((0..5_000_u32).map(|depth| [&(40_008 - 8 * depth).to_be_bytes()[..], b"moov"].concat()))
        .flatten()
        .collect();
    let huge_box = [&b"\0\0\0\x10ftypM4A \0\0\0\0"[..], b"\0\0\0\x01moov", &[0xff; 8], &[0; 64]].concat();
    let lacing = [&b"OggS\0\x02"[..], &[0; 20], b"\xff", &[0xff; 255], b"\x01vorbis", &[0; 300]].concat();
    let webm =
        b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".to_vec();
    let empty_clusters = [webm, b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff".repeat(10_000)].concat();
    let endless_list = [b"RIFF\xff\xff\xff\xffWAVE".to_vec(), b"LIST\0\0\0\0".repeat(10_000)].concat();
    for file in [tiny_tag, zero_box, nested, huge_box, lacing, empty_clusters, endless_list] {
        assert!(survive(&file).is_err(), "{:?}", &file[..16]);
    }
}

/// Repeats the same bytes forever.
struct Endless(io::Cursor<Vec<u8>>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() == self.0.get_ref().len() as u64 {
            self.0.set_position(0);
        }
        self.0.read(buffer)
    }
}

#[test]
fn endless_input_is_read_up_to_the_limit() {
    let limits = DecodeLimits { max_bytes: 1 << 20, ..DecodeLimits::default() };
    for pattern in [vec![0], bytes("sndfile.mp3"), RawWav::mono(&[1; 1_000]).bytes()] {
        let outcome = Recording::from_reader(Endless(io::Cursor::new(pattern)), &limits);
        assert!(matches!(outcome, Err(AudioError::TooManyBytes { .. })), "{outcome:?}");
    }
}

#[test]
fn a_small_file_with_hours_of_sound_is_refused_or_cut() {
    // Silence in frames of 8 kHz MP3, 72 ms each; a million of them in 72 MB would be 20 hours.
    let frame = [&[0xff, 0xe3, 0x18, 0xc4][..], &[0; 68]].concat();
    let bomb = frame.repeat(20_000);
    match survive(&bomb) {
        Err(error) => assert!(
            matches!(
                error,
                AudioError::TooLong { .. } | AudioError::TooSlow { .. } | AudioError::Decoder { .. }
            ),
            "{error}"
        ),
        Ok(recording) => panic!("{} s from {} bytes", recording.audio.duration_s(), bomb.len()),
    }
    let limits = DecodeLimits { max_duration_s: Some(30.0), ..DecodeLimits::default() };
    let cut = Recording::from_bytes(&bomb, &limits).unwrap();
    assert!(cut.was_cut && cut.audio.duration_s() <= 30.0);
}
