//! Windows of recordings: which there are, in which order, and what they hold.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pocket_tts_audio::{Audio, DecodeLimits, decode_file};
use pocket_tts_dataset::{
    ChannelMix, DatasetError, DatasetReader, Manifest, OnError, ReaderOptions, Sample, Shuffle, Span, Steps,
    WindowReader, durations,
};
use pocket_tts_test_support::noise;

/// Saves noise of this many seconds and returns its path.
fn save(folder: &Path, name: &str, seconds: f64, rate_hz: u32) -> PathBuf {
    let samples = noise(name.len() as u32, (seconds * f64::from(rate_hz)) as usize);
    let samples = samples.into_iter().map(|sample| sample * 0.5).collect();
    let path = folder.join(name);
    Audio { samples, sample_rate_hz: rate_hz }.save(&path).unwrap();
    path
}

/// Four recordings in several formats and rates.
fn recordings(folder: &Path) -> Vec<(PathBuf, f64)> {
    [("a.flac", 7.3, 24_000), ("bb.wav", 7.3, 24_000), ("ccc.flac", 7.3, 44_100), ("dddd.mp3", 7.3, 24_000)]
        .into_iter()
        .map(|(name, seconds, rate_hz)| (save(folder, name, seconds, rate_hz), 7.3))
        .collect()
}

fn reader(folder: &Path, options: ReaderOptions) -> DatasetReader {
    DatasetReader::of_files(recordings(folder), options).unwrap()
}

fn all(samples: impl Iterator<Item = Result<Sample, DatasetError>>) -> Vec<Sample> {
    samples.map(|sample| Sample { gen_duration_sec: 0.0, ..sample.unwrap() }).collect()
}

fn places(samples: &[Sample]) -> Vec<(u64, u64, f64)> {
    samples.iter().map(|sample| (sample.sample_index, sample.file_index, sample.start_time_sec)).collect()
}

#[test]
fn a_sequence_has_the_windows_of_each_recording() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ReaderOptions::new(2.0);
    let whole = all(reader(folder.path(), options.clone()).sequential(Steps::default()).unwrap());
    let starts: Vec<_> = (0..12).map(|index| (index, index / 3, (index % 3) as f64 * 2.0)).collect();
    assert_eq!(places(&whole), starts);
    assert!(whole.iter().all(|sample| sample.unpadded_len == sample.len()));
    assert_eq!((whole[0].len(), whole[6].len(), whole[6].sample_rate), (48_000, 88_200, 44_100));

    options.pad_last_segment = true;
    options.sample_rate_hz = Some(16_000);
    let reader = reader(folder.path(), options);
    let padded = all(reader.sequential(Steps::default()).unwrap());
    assert_eq!((padded.len() as u64, reader.windows().unwrap()), (16, 16));
    assert!(padded.iter().all(|sample| sample.len() == 32_000 && sample.sample_rate == 16_000));
    let last = &padded[3];
    assert_eq!((last.start_time_sec, last.unpadded_len), (6.0, 20_800));
    assert!(last.data[20_800..].iter().all(|sample| *sample == 0.0));

    let ranks = [0, 1, 2].map(|rank| all(reader.sequential(Steps { skip: rank, step_by: 3 }).unwrap()));
    let mut together: Vec<Sample> = ranks.concat();
    together.sort_by_key(|sample| sample.sample_index);
    assert_eq!(together, padded);
    let resumed = all(reader.sequential(Steps { skip: 5, step_by: 1 }).unwrap());
    assert_eq!(resumed, padded[5..]);
}

#[test]
fn nothing_depends_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let files = recordings(folder.path());
    let read = |threads, ahead| {
        let options = ReaderOptions {
            threads,
            channel_len_per_thread: ahead,
            sample_rate_hz: Some(24_000),
            pad_last_segment: true,
            ..ReaderOptions::new(1.3)
        };
        let reader = DatasetReader::of_files(files.clone(), options).unwrap();
        let drawn = Shuffle { with_replacement: true, ..Shuffle::default() };
        let drawn = reader.shuffled(drawn).unwrap().take(40);
        let shuffled = reader.shuffled(Shuffle::default()).unwrap();
        [all(reader.sequential(Steps::default()).unwrap()), all(shuffled), all(drawn)]
    };
    let one = read(1, 1);
    assert!(one == read(2, 3) && one == read(7, 1));
    let [sequence, shuffled, drawn] = one;
    assert_ne!(places(&sequence), places(&shuffled));
    let sorted = |samples: &[Sample]| {
        let key = |sample: &Sample| (sample.file_index, (sample.start_time_sec * 10.0).round() as u64);
        samples.iter().map(key).collect::<BTreeSet<_>>()
    };
    assert_eq!(sorted(&sequence), sorted(&shuffled));
    assert!(sorted(&drawn).len() > 30);
}

#[test]
fn shuffled_windows_go_on_from_any_point_and_change_with_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let reader = reader(folder.path(), ReaderOptions::new(0.5));
    for with_replacement in [false, true] {
        let read = |seed, skip, step_by| {
            let steps = Steps { skip, step_by };
            let shuffle = Shuffle { with_replacement, seed, steps };
            places(&all(reader.shuffled(shuffle).unwrap().take(8)))
        };
        let from_start = read(1, 0, 1);
        assert_eq!(read(1, 3, 1)[..5], from_start[3..]);
        assert_eq!(read(1, 1, 2)[..3], [from_start[1], from_start[3], from_start[5]]);
        assert_ne!(read(2, 0, 1), from_start);
    }
}

#[test]
fn windows_are_slices_of_the_resampled_recording() {
    let folder = tempfile::tempdir().unwrap();
    let files = recordings(folder.path());
    for rate_hz in [24_000, 22_050] {
        let read = |seconds| {
            let options = ReaderOptions {
                sample_rate_hz: Some(rate_hz),
                pad_last_segment: true,
                channels: ChannelMix::Mono,
                ..ReaderOptions::new(seconds)
            };
            let reader = DatasetReader::of_files(files.clone(), options).unwrap();
            let mut sounds = vec![Vec::new(); files.len()];
            for sample in all(reader.sequential(Steps::default()).unwrap()) {
                sounds[sample.file_index as usize].extend_from_slice(&sample.data[..sample.unpadded_len]);
            }
            sounds
        };
        let whole = read(10.0);
        assert!(read(0.9) == whole, "{rate_hz}");
        if rate_hz == 24_000 {
            let decoded = decode_file(&files[3].0, &DecodeLimits::default()).unwrap();
            assert_eq!(whole[3], decoded.samples);
        }
    }
}

#[test]
fn the_rest_of_a_recording_is_read_without_padding() {
    let folder = tempfile::tempdir().unwrap();
    for (path, duration) in recordings(folder.path()) {
        let mut reader = WindowReader::default();
        let span = Span { start: 2.0, present: duration, duration };
        let padded = reader.read(&path, span, Some(16_000), ChannelMix::Keep).unwrap();
        let rest = reader.read_rest(&path, 2.0, Some(16_000), ChannelMix::Keep).unwrap();
        assert!(padded.present < padded.data.len() && padded.data.len() == 116_800);
        assert_eq!(padded.clone().trimmed(), rest);
        assert_eq!(padded.data[..padded.present], rest.data);
        let beyond = reader.read_rest(&path, 100.0, None, ChannelMix::Keep);
        assert!(matches!(beyond, Err(DatasetError::NoSound { .. })));
    }
}

#[test]
fn a_manifest_is_read_with_its_parts_and_indexed() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "a.flac", 5.0, 24_000);
    let path = folder.path().join("train.jsonl");
    let lines = "{\"path\":\"a.flac\",\"duration\":2.0,\"start\":1.5,\"transcript\":\"Hi.\"}\n\
        {\"path\": \"a.flac\", \"duration\": 5.0}\r\n{\"path\":\"a.flac\",\"duration\":1.0,\"start\":4.0}";
    fs::write(&path, lines).unwrap();
    let reader = DatasetReader::of_manifest(&path, ReaderOptions::new(1.0)).unwrap();
    let samples = all(reader.sequential(Steps::default()).unwrap());
    let expected = [(0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0), (1, 2.0), (1, 3.0), (1, 4.0), (2, 0.0)]
        .map(|(file, start)| (file, start));
    let found: Vec<_> = samples.iter().map(|sample| (sample.file_index, sample.start_time_sec)).collect();
    assert_eq!(found, expected);
    let whole = &samples[2..7].iter().flat_map(|sample| sample.data.clone()).collect::<Vec<_>>();
    assert_eq!(samples[0].data, whole[36_000..60_000]);
    assert_eq!(samples[7].data, whole[96_000..]);

    let index = fs::read(folder.path().join("train.jsonl.idx")).unwrap();
    let offsets: Vec<u64> = index.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    let ends: Vec<u64> = lines
        .split_inclusive('\n')
        .scan(0, |end, line| {
            *end += line.len() as u64;
            Some(*end)
        })
        .collect();
    assert_eq!(offsets[0], 0);
    assert_eq!(offsets[1..], ends);
    let manifest = Manifest::open(&path).unwrap();
    assert_eq!((manifest.len(), manifest.stem().as_str()), (3, "train"));
    assert_eq!(manifest.entry(0).unwrap().transcript.as_deref(), Some("Hi."));
    assert!(manifest.line(3).is_err());
    // An index of another manifest is of no use.
    fs::write(&path, format!("{lines}\n\n{lines}")).unwrap();
    assert_eq!(Manifest::open(&path).unwrap().len(), 6);
}

#[test]
fn files_that_cannot_be_read_are_skipped_with_reasons_or_returned() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "a.flac", 3.0, 24_000);
    fs::write(folder.path().join("text.wav"), "this is text").unwrap();
    let path = folder.path().join("train.jsonl");
    let lines = "{\"path\":\"a.flac\",\"duration\":2.0}\nnonsense\n{\"path\":\"text.wav\",\"duration\":1.0}\n\
        {\"path\":\"gone.wav\",\"duration\":1.0}\n{\"path\":\"a.flac\",\"duration\":1.0,\"start\":100.0}\n\
        {\"path\":\"a.flac\",\"duration\":3.0}\n";
    fs::write(&path, lines).unwrap();
    let options = ReaderOptions { on_error: OnError::Skip, ..ReaderOptions::new(1.0) };
    let reader = DatasetReader::of_manifest(&path, options).unwrap();
    let mut iter = reader.sequential(Steps::default()).unwrap();
    let read: Vec<u64> = iter.by_ref().map(|sample| sample.unwrap().sample_index).collect();
    assert_eq!(read, [0, 1, 5, 6, 7]);
    let skipped = iter.take_skipped();
    let reasons: Vec<_> = skipped
        .iter()
        .map(|skipped| (skipped.sample_index, skipped.file_index, skipped.error.to_string()))
        .collect();
    assert_eq!((reasons.len(), iter.skipped_count()), (4, 4));
    for ((index, file, reason), (expected, line, part)) in reasons.iter().zip([
        (None, 1, "line 2 of"),
        (Some(2), 2, "not a supported audio file"),
        (Some(3), 3, "cannot read"),
        (Some(4), 4, "no sound at 100"),
    ]) {
        assert_eq!((*index, *file), (expected, line));
        assert!(reason.contains(part), "{reason}");
    }
    let raising = DatasetReader::of_manifest(&path, ReaderOptions::new(1.0)).unwrap();
    assert!(raising.sequential(Steps::default()).unwrap_err().to_string().contains("line 2"));
    let files = vec![(folder.path().join("gone.wav"), 1.0), (folder.path().join("a.flac"), 1.0)];
    let mut iter = DatasetReader::of_files(files, ReaderOptions::new(1.0))
        .unwrap()
        .sequential(Steps::default())
        .unwrap();
    assert!(iter.next().unwrap().is_err() && iter.next().unwrap().is_ok() && iter.next().is_none());
}

#[test]
fn a_recording_shorter_than_its_manifest_says_is_padded() {
    let folder = tempfile::tempdir().unwrap();
    let files = vec![(save(folder.path(), "a.flac", 3.5, 44_100), 9.0)];
    for rate_hz in [None, Some(24_000)] {
        let options =
            ReaderOptions { sample_rate_hz: rate_hz, on_error: OnError::Skip, ..ReaderOptions::new(2.0) };
        let mut iter =
            DatasetReader::of_files(files.clone(), options).unwrap().sequential(Steps::default()).unwrap();
        let samples = all(iter.by_ref());
        let rate_hz = rate_hz.unwrap_or(44_100) as usize;
        assert_eq!(samples.len(), 2);
        assert_eq!((samples[1].unpadded_len, samples[1].len()), (rate_hz * 3 / 2, rate_hz * 2));
        assert_eq!(iter.skipped_count(), 2);
    }
}

#[test]
fn options_are_checked_and_threads_end_with_the_iterator() {
    let folder = tempfile::tempdir().unwrap();
    for options in [
        ReaderOptions::new(0.0),
        ReaderOptions::new(f64::NAN),
        ReaderOptions::new(1e9),
        ReaderOptions { threads: 0, ..ReaderOptions::new(1.0) },
        ReaderOptions { threads: 1_000_000, ..ReaderOptions::new(1.0) },
        ReaderOptions { channel_len_per_thread: 1_000_000_000_000, ..ReaderOptions::new(1.0) },
        ReaderOptions { channel_len_per_thread: 0, ..ReaderOptions::new(1.0) },
        ReaderOptions { sample_rate_hz: Some(1), ..ReaderOptions::new(1.0) },
    ] {
        assert!(matches!(DatasetReader::of_files(Vec::new(), options), Err(DatasetError::Option(_))));
    }
    let files = vec![(PathBuf::from("a.wav"), -1.0)];
    assert!(DatasetReader::of_files(files, ReaderOptions::new(1.0)).is_err());
    let reader = reader(folder.path(), ReaderOptions { threads: 3, ..ReaderOptions::new(0.5) });
    assert!(reader.sequential(Steps { skip: 0, step_by: 0 }).is_err());
    let mut iter = reader.shuffled(Shuffle { with_replacement: true, ..Shuffle::default() }).unwrap();
    assert!(iter.next().is_some());
    assert!(iter.buffered_lens().len() == 3 && iter.buffered_lens().iter().all(|waiting| *waiting <= 2));
}

#[test]
fn durations_come_from_headers_in_the_order_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> = recordings(folder.path()).into_iter().map(|(path, _)| path).collect();
    paths.insert(1, folder.path().join("gone.wav"));
    let found = durations(&paths, 3);
    assert!(found[1].is_err());
    for index in [0, 2, 3, 4] {
        let duration_s = *found[index].as_ref().unwrap();
        assert!((duration_s - 7.3).abs() < 1e-9, "{index}: {duration_s}");
    }
}
