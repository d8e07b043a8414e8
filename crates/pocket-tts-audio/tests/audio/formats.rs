//! Files of other encoders, compared with the sound that they were made from.

use std::path::{Path, PathBuf};

use pocket_tts_audio::{AudioError, DecodeLimits, Recording, RecordingWarning, Resampler, resample_with};

/// How far a format may change the sound.
struct Case {
    name: &'static str,
    sample_rate_hz: u32,
    /// The least correlation with the original; without one, samples must be equal.
    correlation: Option<f64>,
    /// The largest shift in time, in samples at 24 kHz.
    shift: usize,
    /// Samples at 24 kHz that an encoder may add at the end, or lose.
    length_tolerance: usize,
}

const LOSSY: Option<f64> = Some(0.99);

const CASES: [Case; 20] = [
    case("original.wav", 24_000, None, 0, 0),
    case("ffmpeg_24bit.wav", 24_000, None, 0, 0),
    case("ffmpeg_f32.wav", 24_000, None, 0, 0),
    case("ffmpeg_u8_8k.wav", 8_000, LOSSY, 1, 3),
    case("sndfile.flac", 24_000, None, 0, 0),
    case("sndfile_24bit_stereo.flac", 24_000, None, 0, 0),
    case("sndfile.ogg", 24_000, LOSSY, 2, 0),
    case("ffmpeg_stereo_48k.ogg", 48_000, LOSSY, 2, 2),
    case("sndfile.mp3", 24_000, LOSSY, 2, 2_400),
    case("ffmpeg_tagged.mp3", 24_000, LOSSY, 2, 2_400),
    case("ffmpeg_stereo_44k.mp3", 44_100, LOSSY, 2, 2_400),
    // The decoder keeps the silence of 1024 samples that an AAC encoder puts in front.
    case("ffmpeg.m4a", 24_000, LOSSY, 1_024, 2_400),
    case("ffmpeg_stereo_44k.m4a", 44_100, LOSSY, 600, 2_400),
    case("ffmpeg.aac", 24_000, LOSSY, 1_024, 2_400),
    // Opus states exactly where its sound starts, and in Ogg and WebM where it ends.
    case("ffmpeg_opus.ogg", 48_000, LOSSY, 2, 0),
    case("ffmpeg_opus_stereo.ogg", 48_000, LOSSY, 2, 0),
    case("ffmpeg_opus.webm", 48_000, LOSSY, 2, 0),
    case("ffmpeg_opus.mp4", 48_000, LOSSY, 2, 480),
    case("ffmpeg_alac.m4a", 24_000, None, 0, 0),
    case("ffmpeg_alac_stereo.m4a", 24_000, None, 0, 0),
];

const fn case(
    name: &'static str,
    sample_rate_hz: u32,
    correlation: Option<f64>,
    shift: usize,
    length_tolerance: usize,
) -> Case {
    Case { name, sample_rate_hz, correlation, shift, length_tolerance }
}

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name)
}

pub(crate) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// The correlation of two sounds, one of them `shift` samples later.
fn correlation(sound: &[f32], original: &[f32], shift: usize) -> f64 {
    let pairs = || sound.iter().skip(shift).zip(original).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let product: f64 = pairs().map(|(a, b)| a * b).sum();
    let levels = pairs().fold((0.0, 0.0), |sums, (a, b)| (sums.0 + a * a, sums.1 + b * b));
    product / (levels.0 * levels.1).sqrt()
}

#[test]
fn every_format_decodes_to_the_original_sound() {
    let original = Recording::from_file(&path("original.wav"), &DecodeLimits::default()).unwrap().audio;
    for case in CASES {
        let recording = Recording::from_file(&path(case.name), &DecodeLimits::default());
        let recording = recording.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(recording.audio.sample_rate_hz, case.sample_rate_hz, "{}", case.name);
        assert_eq!((recording.was_cut, recording.damaged_packets), (false, 0), "{}", case.name);
        let Some(least) = case.correlation else {
            assert_eq!(recording.audio.samples, original.samples, "{}", case.name);
            continue;
        };
        let sound = resample_with(&recording.audio, 24_000, Resampler::HighQuality).unwrap().samples;
        let lengths = (sound.len(), original.samples.len());
        assert!(lengths.0.abs_diff(lengths.1) <= case.length_tolerance, "{}: {lengths:?} samples", case.name);
        let shifts = 0..=case.shift;
        let best = shifts.map(|shift| correlation(&sound, &original.samples, shift)).fold(0.0, f64::max);
        assert!(best >= least, "{}: correlation {best}", case.name);
    }
}

#[test]
fn the_file_name_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sndfile.mp3", "ffmpeg.m4a", "sndfile.flac"] {
        let misnamed = folder.path().join("voice.wav");
        std::fs::copy(path(name), &misnamed).unwrap();
        let limits = DecodeLimits::default();
        let expected = Recording::from_file(&path(name), &limits).unwrap();
        assert_eq!(Recording::from_file(&misnamed, &limits).unwrap(), expected, "{name}");
    }
}

#[test]
fn unsupported_formats_are_named() {
    let names = [
        ("ffmpeg.webm", "a WebM or Matroska file without Opus sound"),
        ("ffmpeg.aiff", "AIFF"),
        ("ffmpeg_ac3.mp4", "a file whose audio codec is not supported"),
    ];
    for (name, kind) in names {
        let error = Recording::from_bytes(&bytes(name), &DecodeLimits::default()).unwrap_err();
        assert!(matches!(error, AudioError::NotAudio { found: Some(_) }), "{name}: {error}");
        let message = error.to_string();
        assert!(message.contains(kind) && message.contains("FLAC"), "{name}: {message}");
    }
}

#[test]
fn a_recording_is_cut_at_the_limit_with_a_warning() {
    for (name, samples) in [
        ("original.wav", 12_000),
        ("sndfile.flac", 12_000),
        ("sndfile.mp3", 12_000),
        ("ffmpeg.m4a", 12_000),
        ("sndfile.ogg", 12_000),
        ("ffmpeg_opus.ogg", 24_000),
        ("ffmpeg_opus.webm", 24_000),
    ] {
        let limits = DecodeLimits { max_duration_s: Some(0.5), ..DecodeLimits::default() };
        let cut = Recording::from_bytes(&bytes(name), &limits).unwrap();
        assert_eq!((cut.audio.samples.len(), cut.was_cut), (samples, true), "{name}");
        assert!(cut.warnings().contains(&RecordingWarning::Cut { kept_s: 0.5 }), "{name}");
        let enough = DecodeLimits { max_duration_s: Some(2.0), ..limits };
        assert!(!Recording::from_bytes(&bytes(name), &enough).unwrap().was_cut, "{name}");
    }
}

#[test]
fn damage_in_the_middle_loses_only_a_moment() {
    let mut damaged = bytes("ffmpeg_stereo_44k.mp3");
    let middle = damaged.len() / 2;
    for byte in &mut damaged[middle..middle + 40] {
        *byte = !*byte;
    }
    let whole = Recording::from_bytes(&bytes("ffmpeg_stereo_44k.mp3"), &DecodeLimits::default()).unwrap();
    let rest = Recording::from_bytes(&damaged, &DecodeLimits::default()).unwrap();
    assert_ne!(rest.audio.samples, whole.audio.samples);
    assert!(rest.audio.duration_s() > 0.8 * whole.audio.duration_s());
}

/// The warnings about a damaged file, except for its short duration.
fn warnings(bytes: &[u8]) -> Vec<String> {
    let recording = Recording::from_bytes(bytes, &DecodeLimits::default()).unwrap();
    recording
        .warnings()
        .into_iter()
        .filter(|warning| !matches!(warning, RecordingWarning::TooShort { .. }))
        .map(|warning| warning.to_string())
        .collect()
}

#[test]
fn a_truncated_file_causes_a_warning() {
    for name in ["original.wav", "sndfile.flac", "ffmpeg_24bit.wav", "sndfile_24bit_stereo.flac"] {
        let whole = bytes(name);
        assert_eq!(warnings(&whole), [""; 0], "{name}");
        let found = warnings(&whole[..whole.len() / 2]);
        assert!(
            found.len() == 1 && found[0].contains("s of the sound that the file declares are missing"),
            "{name}: {found:?}"
        );
    }
    // Writers to pipes don't know the size in advance.
    for size in [0x7735_9400, u32::MAX, 0x7fff_ff00] {
        let mut piped = bytes("original.wav");
        piped[40..44].copy_from_slice(&u32::to_le_bytes(size));
        assert_eq!(warnings(&piped), [""; 0], "{size:#x}");
    }
    // Data after the used part doesn't matter.
    let limits = DecodeLimits { max_duration_s: Some(0.3), ..DecodeLimits::default() };
    let whole = bytes("sndfile.flac");
    let cut = Recording::from_bytes(&whole[..whole.len() / 2], &limits).unwrap();
    assert!(cut.was_cut && cut.missing_s < f64::EPSILON, "{}", cut.missing_s);
}

#[test]
fn frames_lost_in_the_middle_cause_a_warning() {
    let mut damaged = bytes("sndfile.flac");
    let (start, end) = (damaged.len() / 3, damaged.len() / 2);
    for byte in &mut damaged[start..end] {
        *byte = !*byte;
    }
    let found = warnings(&damaged);
    assert!(found.iter().any(|text| text.contains("missing or damaged")), "{found:?}");
}
