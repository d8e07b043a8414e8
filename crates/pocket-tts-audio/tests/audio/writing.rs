//! Writing WAV and complete files: conversion, unfinished output, limits of the format, errors of the disk.

use std::fs;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::Path;

use pocket_tts_audio::{AudioError, AudioFormat, DecodeLimits, SoundWriter, WavWriter, decode, pcm_s16le};
use pocket_tts_files::{AtomicFile, SaveError};
use tempfile::tempdir;

fn pcm(samples: &[f32]) -> Vec<i16> {
    pcm_s16le(samples).chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn samples_are_limited_and_rounded_toward_zero() {
    assert_eq!(
        pcm(&[0.0, 1.0, -1.0, 1.5, -1.5, 0.5, -0.5]),
        [0, 32_767, -32_767, 32_767, -32_767, 16_383, -16_383]
    );
    assert_eq!(pcm(&[0.99 / 32_767.0, -0.99 / 32_767.0]), [0, 0]);
}

#[test]
fn nan_becomes_silence_and_infinity_full_scale() {
    assert_eq!(pcm(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY]), [0, 32_767, -32_767]);
}

#[test]
fn nothing_is_written_before_the_first_samples() {
    let mut output = Vec::new();
    for (samples, expected_bytes) in [(None, 0), (Some([0.5]), 46)] {
        {
            let mut writer = WavWriter::for_pipe(&mut output, 24_000);
            if let Some(samples) = samples {
                writer.write(&samples).unwrap();
            }
        }
        assert_eq!(output.len(), expected_bytes);
    }
}

#[test]
fn a_sound_without_samples_is_a_header_and_the_final_silence() {
    let bytes = WavWriter::for_file(Cursor::new(Vec::new()), 24_000).finish().unwrap().into_inner();
    assert_eq!(bytes.len(), 44 + 9_600);
    assert_eq!(decode(&bytes, &DecodeLimits::default()).unwrap().samples, vec![0.0; 4_800]);
}

#[test]
fn an_unfinished_file_declares_no_samples() {
    let mut output = Cursor::new(Vec::new());
    WavWriter::for_file(&mut output, 24_000).write(&[0.5; 1_000]).unwrap();
    assert_eq!(output.get_ref().len(), 2_044);
    assert!(matches!(decode(output.get_ref(), &DecodeLimits::default()), Err(AudioError::NoSamples)));
}

#[test]
fn an_output_that_loses_its_position_is_an_error() {
    #[derive(Debug)]
    struct NoPosition;
    impl Write for NoPosition {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Seek for NoPosition {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    assert!(WavWriter::for_file(NoPosition, 24_000).finish().is_err());
    for format in [AudioFormat::Wav, AudioFormat::Mp3, AudioFormat::Flac] {
        let error = SoundWriter::for_file(NoPosition, format, 24_000).unwrap().finish().unwrap_err();
        assert!(error.to_string().contains("does not keep its position"), "{error}");
    }
}

#[test]
fn a_sound_in_wav_has_the_bytes_of_the_wav_writer() {
    for samples in [&[][..], &[0.5, -0.25, 2.0, f32::NAN]] {
        let mut wav = WavWriter::for_pipe(Vec::new(), 24_000);
        let mut sound = SoundWriter::for_pipe(Vec::new(), AudioFormat::Wav, 24_000).unwrap();
        wav.write(samples).unwrap();
        sound.write(samples).unwrap();
        assert_eq!(sound.finish().unwrap(), wav.finish().unwrap());

        let mut wav = WavWriter::for_file(Cursor::new(Vec::new()), 24_000);
        let mut sound = SoundWriter::for_file(Cursor::new(Vec::new()), AudioFormat::Wav, 24_000).unwrap();
        wav.write(samples).unwrap();
        sound.write(samples).unwrap();
        assert_eq!(sound.finish().unwrap(), wav.finish().unwrap());
    }
}

#[test]
fn the_header_of_any_format_is_corrected_at_its_own_start() {
    for format in AudioFormat::ALL {
        let write = |front: &[u8]| {
            let mut output = Cursor::new(Vec::new());
            output.write_all(front).unwrap();
            let mut sound = SoundWriter::for_file(output, format, 24_000).unwrap();
            sound.write(&vec![0.25; 5_000]).unwrap();
            let output = sound.finish().unwrap();
            assert_eq!(output.position(), output.get_ref().len() as u64, "{format}");
            output.into_inner()
        };
        assert_eq!(write(b"front"), [b"front", &write(b"")[..]].concat(), "{format}");
    }
}

#[test]
fn nothing_is_written_before_the_first_samples_in_any_format() {
    for format in AudioFormat::ALL {
        let mut output = Cursor::new(Vec::new());
        drop(SoundWriter::for_file(&mut output, format, 24_000).unwrap());
        assert!(output.get_ref().is_empty(), "{format}");
    }
    let mut output = Cursor::new(Vec::new());
    SoundWriter::for_file(&mut output, AudioFormat::Wav, 24_000).unwrap().write(&[0.5; 1_000]).unwrap();
    assert!(matches!(decode(output.get_ref(), &DecodeLimits::default()), Err(AudioError::NoSamples)));
}

#[test]
fn a_file_appears_on_commit_and_not_before() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut file = AtomicFile::create(&path).unwrap();
    assert!(file.is_seekable());
    file.write_all(b"sound").unwrap();
    assert!(!path.exists());
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"sound");
    assert_eq!(names_in(folder.path()), ["out.wav"]);
}

#[test]
fn a_file_that_is_not_committed_leaves_no_trace_and_the_old_one_untouched() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out.wav");
    fs::write(&path, "old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names_in(folder.path()), ["out.wav"]);
}

#[test]
fn an_existing_file_is_replaced() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out.wav");
    fs::write(&path, "an older and longer text").unwrap();
    let mut writer = WavWriter::for_file(AtomicFile::create(&path).unwrap(), 24_000);
    writer.write(&[0.25; 10]).unwrap();
    writer.finish().unwrap().commit().unwrap();
    let audio = decode(&fs::read(&path).unwrap(), &DecodeLimits::default()).unwrap();
    assert_eq!(audio.samples.len(), 10 + 4_800);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("missing/out.wav");
    let error = AtomicFile::create(&path).unwrap_err();
    assert!(matches!(error, SaveError::NoFolder { .. }), "{error}");
    let missing = folder.path().join("missing").display().to_string();
    assert!(error.to_string().contains(&format!("the folder {missing} does not exist")), "{error}");
    let error = AtomicFile::create(&folder.path().join("missing/")).unwrap_err();
    assert!(matches!(error, SaveError::NoFolder { .. }), "{error}");
}

#[test]
fn a_folder_and_a_read_only_file_are_refused() {
    let folder = tempdir().unwrap();
    let error = AtomicFile::create(folder.path()).unwrap_err();
    assert!(matches!(error, SaveError::IsFolder { .. }), "{error}");
    let path = folder.path().join("kept.wav");
    fs::write(&path, "old").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let error = AtomicFile::create(&path).unwrap_err();
    assert!(matches!(error, SaveError::ReadOnly { .. }), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        let folder = tempdir().unwrap();
        let ordinary = folder.path().join("ordinary");
        fs::write(&ordinary, "").unwrap();
        let saved = folder.path().join("saved");
        AtomicFile::create(&saved).unwrap().commit().unwrap();
        assert_eq!(mode(&saved), mode(&ordinary));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("out.wav");
        fs::write(&path, "old").unwrap();
        for wanted in [0o600, 0o664] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
            AtomicFile::create(&path).unwrap().commit().unwrap();
            assert_eq!(mode(&path), wanted);
        }
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let folder = tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        // Through another link that is relative to its own folder.
        symlink(folder.path().join("next"), &link).unwrap();
        symlink("target", folder.path().join("next")).unwrap();
        for content in ["not there before", "replaced"] {
            let mut file = AtomicFile::create(&link).unwrap();
            file.write_all(content.as_bytes()).unwrap();
            file.commit().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&target).unwrap(), content);
        }
    }

    #[test]
    fn a_device_is_written_directly_and_stays_a_device() {
        let device = Path::new("/dev/null");
        let mut file = AtomicFile::create(device).unwrap();
        assert!(!file.is_seekable());
        file.write_all(b"gone").unwrap();
        file.commit().unwrap();
        assert!(fs::metadata(device).unwrap().file_type().is_char_device());
    }

    #[test]
    fn a_named_pipe_is_written_directly() {
        let folder = tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        let file = AtomicFile::create(&pipe).unwrap();
        assert!(!file.is_seekable());
        let mut writer = WavWriter::for_pipe(file, 24_000);
        writer.write(&[0.5]).unwrap();
        writer.finish().unwrap().commit().unwrap();
        assert_eq!(reader.join().unwrap().len(), 44 + 2 + 9_600);
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
