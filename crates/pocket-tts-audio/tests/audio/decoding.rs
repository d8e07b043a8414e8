//! Decoding WAV files: valid ones of every encoding, and hostile ones, which must result in an error or a sound, never in
//! a panic.

use pocket_tts_audio::{Audio, AudioError, DecodeLimits, decode, decode_file, decode_reader};
use proptest::prelude::*;

use crate::raw_wav::RawWav;

fn read(bytes: &[u8]) -> Result<Audio, AudioError> {
    decode(bytes, &DecodeLimits::default())
}

fn samples(wav: &RawWav) -> Vec<f32> {
    read(&wav.bytes()).unwrap().samples
}

#[test]
fn an_empty_file_is_named_as_such() {
    assert!(matches!(read(b""), Err(AudioError::Empty)));
}

#[test]
fn bytes_of_another_kind_are_not_audio() {
    for bytes in
        [&b"hello, this is text"[..], b"ID3\x04", b"RIFF", b"RIFF\x10\0\0\0AVI LIST", b"RIFX\0\0\0\0WAVE"]
    {
        assert!(matches!(read(bytes), Err(AudioError::NotAudio { .. })), "{bytes:?}");
    }
    // A WAV file after other bytes is not searched for.
    let hidden = [b"junk".to_vec(), RawWav::mono(&[1, 2]).bytes()].concat();
    assert!(matches!(read(&hidden), Err(AudioError::NotAudio { .. })));
}

#[test]
fn a_truncated_header_is_an_error_and_truncated_data_is_decoded_up_to_its_end() {
    let bytes = RawWav::mono(&[100, -200, 300]).bytes();
    for length in 1..12 {
        assert!(matches!(read(&bytes[..length]), Err(AudioError::NotAudio { .. })), "{length}");
    }
    for length in 12..44 {
        assert!(matches!(read(&bytes[..length]), Err(AudioError::Header { .. })), "{length}");
    }
    for length in 44..46 {
        assert!(matches!(read(&bytes[..length]), Err(AudioError::NoSamples)), "{length}");
    }
    for length in 46..=50 {
        assert_eq!(read(&bytes[..length]).unwrap().samples.len(), (length - 44) / 2, "{length}");
    }
}

#[test]
fn a_file_without_samples_is_refused() {
    assert!(matches!(read(&RawWav::mono(&[]).bytes()), Err(AudioError::NoSamples)));
    let undeclared = RawWav { data_bytes: 0, ..RawWav::mono(&[1, 2, 3]) };
    assert!(matches!(read(&undeclared.bytes()), Err(AudioError::NoSamples)));
}

#[test]
fn absurd_numbers_of_channels_are_refused() {
    for channels in [0, 27, 500, 32_767, 32_768, u16::MAX] {
        let wav = RawWav { channels, ..RawWav::mono(&[0; 600]) };
        for wav in [wav.clone(), wav.extensible(0xffff_ffff, 1)] {
            let error = read(&wav.bytes()).unwrap_err();
            assert!(matches!(error, AudioError::ChannelCount { found } if found == channels), "{error}");
        }
    }
}

#[test]
fn sample_rates_from_1000_to_384000_hz_are_read_and_no_others() {
    for sample_rate_hz in [1_000, 384_000] {
        let wav = RawWav { sample_rate_hz, ..RawWav::mono(&[1]) };
        assert_eq!(read(&wav.bytes()).unwrap().sample_rate_hz, sample_rate_hz);
    }
    for sample_rate_hz in [0, 1, 999, 384_001, u32::MAX] {
        let wav = RawWav { sample_rate_hz, ..RawWav::mono(&[1]) };
        let error = read(&wav.bytes()).unwrap_err();
        assert!(matches!(error, AudioError::SampleRate { found_hz } if found_hz == sample_rate_hz));
        assert!(error.to_string().contains("1000 to 384000 Hz"), "{error}");
    }
}

#[test]
fn wrong_sizes_do_not_change_the_sound() {
    let valid = RawWav::mono(&[1, -2, 3, -4]);
    let expected = samples(&valid);
    for riff_bytes in [0, 1, 3, 36, 37, 1_000_000, u32::MAX - 1, u32::MAX] {
        assert_eq!(samples(&RawWav { riff_bytes, ..valid.clone() }), expected, "riff {riff_bytes}");
    }
    for data_bytes in [9, 1_000_000, 0x7735_9400, u32::MAX - 1, u32::MAX] {
        assert_eq!(samples(&RawWav { data_bytes, ..valid.clone() }), expected, "data {data_bytes}");
    }
    for block_align in [0, 1, 7, u16::MAX] {
        assert_eq!(samples(&RawWav { block_align, ..valid.clone() }), expected, "align {block_align}");
    }
}

#[test]
fn a_partial_frame_at_the_end_is_dropped() {
    let mut wav = RawWav { channels: 2, block_align: 4, ..RawWav::mono(&[16_384, 0, 8_192, 8_192]) };
    for extra_bytes in 1..4 {
        wav.data.push(0x7f);
        wav.data_bytes = 8 + extra_bytes;
        assert_eq!(samples(&wav), [0.25, 0.25], "{extra_bytes} bytes too many");
    }
}

#[test]
fn other_chunks_are_skipped_even_with_wrong_sizes() {
    let valid = RawWav::mono(&[5, 6]).bytes();
    for size in [3_u32, 4] {
        let mut chunk = b"LIST".to_vec();
        chunk.extend_from_slice(&size.to_le_bytes());
        chunk.extend_from_slice(b"INFO");
        let bytes = [&valid[..12], &chunk, &valid[12..]].concat();
        assert_eq!(read(&bytes).unwrap().samples.len(), 2, "size {size}, padded to 4");
    }
    let endless = [&valid[..12], b"LIST\xff\xff\xff\xffINFO", &valid[12..]].concat();
    assert!(matches!(read(&endless), Err(AudioError::Header { .. })));
    let data_first = [&valid[..12], &valid[36..], &valid[12..36]].concat();
    assert!(matches!(read(&data_first), Err(AudioError::Header { .. })));
}

#[test]
fn all_pcm_widths_and_float_are_read_at_the_right_scale() {
    let wav = |format_tag, bits_per_sample, data: &[u8]| RawWav {
        format_tag,
        bits_per_sample,
        data: data.to_vec(),
        data_bytes: data.len() as u32,
        ..RawWav::mono(&[])
    };
    let cases = [
        (wav(1, 8, &[0, 128, 192]), [-1.0, 0.0, 0.5]),
        (wav(1, 12, &[0, 0x80, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]),
        (wav(1, 16, &[0, 0x80, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]),
        (wav(1, 24, &[0, 0, 0x80, 0, 0, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]),
        (wav(1, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]),
        (wav(3, 32, &[-1.0_f32, 0.0, 0.5].map(f32::to_le_bytes).concat()), [-1.0, 0.0, 0.5]),
        (wav(3, 64, &[-1.0_f64, 0.0, 0.5].map(f64::to_le_bytes).concat()), [-1.0, 0.0, 0.5]),
        (wav(7, 8, &[0x80, 0xff, 0x00]), [32_124.0 / 32_768.0, 0.0, -32_124.0 / 32_768.0]),
        (wav(6, 8, &[0xaa, 0xd5, 0x2a]), [32_256.0 / 32_768.0, 8.0 / 32_768.0, -32_256.0 / 32_768.0]),
    ];
    for (wav, expected) in cases {
        let name = format!("tag {} with {} bits", wav.format_tag, wav.bits_per_sample);
        assert_eq!(samples(&wav), expected, "{name}");
        let sub_format = wav.format_tag;
        assert_eq!(samples(&wav.extensible(4, sub_format)), expected, "{name}, extensible");
    }
}

#[test]
fn a_channel_mask_is_never_trusted() {
    for channel_mask in [0, 1, 0x8000_0000, 0xffff_ffff] {
        for channels in [1, 2, 20, 26] {
            let wav = RawWav { channels, ..RawWav::mono(&vec![8_192; usize::from(channels) * 3]) };
            assert_eq!(samples(&wav.extensible(channel_mask, 1)), [0.25; 3], "{channel_mask:#x} {channels}");
        }
    }
}

#[test]
fn unknown_encodings_are_named() {
    for (format_tag, bits) in
        [(1, 0), (1, 33), (1, u16::MAX), (2, 4), (3, 16), (6, 16), (0x55, 0), (0xfffe, 16)]
    {
        let wav = RawWav { format_tag, bits_per_sample: bits, ..RawWav::mono(&[0; 64]) };
        let error = read(&wav.bytes()).unwrap_err();
        assert!(matches!(error, AudioError::Encoding { .. }), "{format_tag} {bits}: {error}");
    }
}

#[test]
fn samples_that_are_not_finite_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let data = [0.5, bad].map(f32::to_le_bytes).concat();
        let wav = RawWav { format_tag: 3, bits_per_sample: 32, data_bytes: 8, data, ..RawWav::mono(&[]) };
        assert!(matches!(read(&wav.bytes()), Err(AudioError::NotFinite { index: 1 })));
    }
}

#[test]
fn numbers_that_are_too_large_for_samples_are_refused() {
    for (number, is_sample) in [(1e38_f32, false), (-1e30, false), (4e9, false), (-2_147_483_648.0, true)] {
        let data = [0.5, number].map(f32::to_le_bytes).concat();
        let wav = RawWav { format_tag: 3, bits_per_sample: 32, data_bytes: 8, data, ..RawWav::mono(&[]) };
        match read(&wav.bytes()) {
            Ok(audio) => assert!(is_sample && audio.samples[1].to_bits() == number.to_bits(), "{number}"),
            Err(error) => {
                assert!(!is_sample && matches!(error, AudioError::OutOfRange { index: 1, .. }), "{error}");
            }
        }
    }
}

#[test]
fn the_duration_limit_keeps_the_first_samples_exactly() {
    let all: Vec<i16> = (0..5_000).collect();
    let bytes = RawWav { sample_rate_hz: 1_500, ..RawWav::mono(&all) }.bytes();
    let all_samples = read(&bytes).unwrap().samples;
    for (duration_s, expected) in [(0.001, 1), (1.0, 1_500), (1.5005, 2_250), (3.0, 4_500), (60.0, 5_000)] {
        let limits = DecodeLimits { max_duration_s: Some(duration_s), ..DecodeLimits::default() };
        assert_eq!(decode(&bytes, &limits).unwrap().samples, all_samples[..expected], "{duration_s} s");
    }
    for duration_s in [0.0, -1.0, 0.000_9, f64::NAN, f64::INFINITY] {
        let limits = DecodeLimits { max_duration_s: Some(duration_s), ..DecodeLimits::default() };
        assert!(matches!(decode(&bytes, &limits), Err(AudioError::DurationLimit { .. })), "{duration_s} s");
    }
}

#[test]
fn the_byte_limit_holds_for_bytes_and_for_endless_readers() {
    let bytes = RawWav::mono(&[1, 2, 3]).bytes();
    let limits = |max_bytes| DecodeLimits { max_bytes, ..DecodeLimits::default() };
    assert_eq!(decode_reader(&bytes[..], &limits(bytes.len())).unwrap().samples.len(), 3);
    for error in [
        decode(&bytes, &limits(bytes.len() - 1)).unwrap_err(),
        decode_reader(&bytes[..], &limits(bytes.len() - 1)).unwrap_err(),
        decode_reader(std::io::repeat(b'R'), &limits(1_000)).unwrap_err(),
    ] {
        assert!(matches!(error, AudioError::TooManyBytes { .. }), "{error}");
    }
}

#[test]
fn a_missing_file_is_named_in_the_error() {
    let error = decode_file("no/such/voice.wav".as_ref(), &DecodeLimits::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read no/such/voice.wav: "), "{error}");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn random_chunks_after_a_wave_marker_never_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&[b"RIFF\0\0\0\0WAVE", &tail[..]].concat());
    }

    #[test]
    fn headers_with_random_fields_result_in_finite_samples_or_an_error(
        fields in (any::<u32>(), 0..9_u16, any::<u16>(), any::<u32>(), any::<u16>(), any::<u32>()),
        plausible in (any::<bool>(), 1..30_u16, 900..400_000_u32, 0..10_u16),
        mask in prop::option::of((any::<u32>(), 0..9_u16)),
        extension in prop::collection::vec(any::<u8>(), 0..50),
        data in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let (riff_bytes, format_tag, channels, sample_rate_hz, bits_per_sample, data_bytes) = fields;
        let mut wav = RawWav {
            riff_bytes, format_tag, channels, sample_rate_hz, block_align: channels, bits_per_sample,
            extension, data_bytes, data,
        };
        if plausible.0 {
            wav.channels = plausible.1;
            wav.sample_rate_hz = plausible.2;
            wav.bits_per_sample = plausible.3 * 8;
        }
        if let Some((channel_mask, sub_format)) = mask {
            wav = wav.extensible(channel_mask, sub_format);
        }
        if let Ok(audio) = read(&wav.bytes()) {
            prop_assert!(!audio.samples.is_empty());
            prop_assert!(audio.samples.iter().all(|sample| sample.is_finite()));
        }
    }

    #[test]
    fn sixteen_bit_samples_are_divided_by_32768_and_averaged(
        channels in 1..=26_usize,
        values in prop::collection::vec(any::<i16>(), 26..3_000),
    ) {
        let wav = RawWav { channels: channels as u16, ..RawWav::mono(&values) };
        let scaled: Vec<f32> = values.iter().map(|value| f32::from(*value) / 32_768.0).collect();
        let expected: Vec<f32> = scaled
            .chunks_exact(channels)
            .map(|frame| frame.iter().sum::<f32>() / channels as f32)
            .collect();
        prop_assert_eq!(samples(&wav), expected);
    }
}
