//! Files of latents, with a codec that is easy to compute: the mean of each frame and its first sample.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pocket_tts_audio::{Audio, AudioFormat};
use pocket_tts_dataset::Manifest;
use pocket_tts_dataset::jobs::{JobOptions, JobSummary, Jobs};
use pocket_tts_dataset::latents::{Calibration, LatentCodec, LatentStore, decode, read_latents};
use pocket_tts_test_support::noise;
use serde_json::Value;

const FRAME: usize = 1_000;
const RATE_HZ: u32 = 12_500;
const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Two numbers for each frame; each depends a little on the frame before.
struct Means;

impl LatentCodec for Means {
    fn sample_rate_hz(&self) -> u32 {
        RATE_HZ
    }

    fn samples_per_frame(&self) -> usize {
        FRAME
    }

    fn width(&self) -> usize {
        2
    }

    fn hash(&self) -> &'static str {
        HASH
    }

    fn weights_path(&self) -> &'static str {
        "means.safetensors"
    }

    fn encode(&self, samples: &[f32]) -> Result<Vec<f32>, String> {
        if samples.len() == 3 * FRAME {
            return Err("three frames are refused".to_owned());
        }
        let mut latents = Vec::new();
        let mut before = 0.0;
        for frame in samples.chunks(FRAME) {
            let mean = frame.iter().sum::<f32>() / FRAME as f32;
            latents.extend([mean + 0.5 * before, frame[0]]);
            before = mean;
        }
        Ok(latents)
    }

    fn decode(&self, latents: &[f32]) -> Result<Vec<f32>, String> {
        Ok(latents.chunks(2).flat_map(|latent| vec![latent[1]; FRAME]).collect())
    }
}

/// A manifest of recordings of 0.4 to 1.2 s at the codec's rate; the frames of each, as whole ones.
fn set(folder: &Path) -> Manifest {
    let mut lines = String::new();
    for (number, samples) in [5_000, 7_500, 3_000, 15_000].into_iter().enumerate() {
        let sound = noise(number as u32, samples).iter().map(|sample| sample * 0.3).collect();
        let path = folder.join(format!("{number}.flac"));
        Audio { samples: sound, sample_rate_hz: RATE_HZ }.save(&path).unwrap();
        let duration = f64::from(samples as u32) / f64::from(RATE_HZ);
        let line =
            serde_json::json!({"path": path, "duration": duration, "transcript": "Hi.", "speaker": number});
        lines += &line.to_string();
        lines.push('\n');
    }
    lines += "{\"path\": \"gone.wav\", \"duration\": 1.0}\n";
    fs::write(folder.join("set.jsonl"), lines).unwrap();
    Manifest::open(&folder.join("set.jsonl")).unwrap()
}

fn encode(manifest: &Manifest, folder: &Path, shard: &str, threads: usize, stop_after: u64) -> JobSummary {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let options = JobOptions { shard: shard.parse().unwrap(), threads, fail_fast: false, stop: &stop };
    let store = LatentStore::new(manifest, &Means, folder.to_owned());
    store
        .encode(options, &|_, _| {
            if done.fetch_add(1, Ordering::Relaxed) + 1 >= stop_after {
                stop.store(true, Ordering::Relaxed);
            }
        })
        .unwrap()
}

fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in ["set_latents.jsonl", "set_latents.failed.jsonl", "set_latents.meta.json"] {
        found.push((name.to_owned(), fs::read(folder.join(name)).unwrap()));
    }
    for number in [0, 1, 3] {
        let name = format!("latents/01234567/set_{number:08}.safetensors");
        found.push((name.clone(), fs::read(folder.join(&name)).unwrap()));
    }
    found
}

#[test]
fn the_files_are_as_upstream_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = set(folder.path());
    let summary = encode(&manifest, folder.path(), "1/1", 1, u64::MAX);
    assert_eq!((summary.done, summary.failed, summary.is_complete), (3, 2, true));
    let text = fs::read_to_string(folder.path().join("set_latents.jsonl")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1]["latents_file"], "latents/01234567/set_00000001.safetensors");
    assert_eq!((&rows[1]["transcript"], &rows[1]["speaker"]), (&Value::from("Hi."), &Value::from(1)));
    // 7.5 frames are stored as 7.
    let stored = read_latents(&folder.path().join("latents/01234567/set_00000001.safetensors")).unwrap();
    assert_eq!((stored.width, stored.latents.len()), (2, 14));
    let failed = fs::read_to_string(folder.path().join("set_latents.failed.jsonl")).unwrap();
    assert!(failed.contains("three frames are refused") && failed.contains("gone.wav"), "{failed}");
    let meta: Value =
        serde_json::from_slice(&fs::read(folder.path().join("set_latents.meta.json")).unwrap()).unwrap();
    // One frame after a cut differs, and the margin is four.
    assert_eq!((&meta["stitch_frames"], &meta["mimi_hash"]), (&Value::from(5), &Value::from(HASH)));
    assert_eq!((&meta["frame_rate"], &meta["noise_floor"]), (&Value::from(12.5), &Value::from(0.0)));
    assert_eq!(meta["weights_path"], "means.safetensors");
    assert_eq!(Calibration::measure(&manifest, &Means, 2).unwrap().stitch_frames, 5);
}

#[test]
fn threads_parts_and_interruptions_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = set(folder.path());
    let out = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    };
    encode(&manifest, &out("whole"), "1/1", 1, u64::MAX);
    let whole = results(&out("whole"));
    encode(&manifest, &out("threads"), "1/1", 4, u64::MAX);
    assert!(results(&out("threads")) == whole);
    for shard in ["1/2", "2/2"] {
        assert_eq!(encode(&manifest, &out("parts"), shard, 1, u64::MAX).is_complete, shard == "2/2");
    }
    assert!(results(&out("parts")) == whole);
    assert!(!encode(&manifest, &out("stopped"), "1/1", 1, 2).is_complete);
    assert!(!out("stopped").join("set_latents.jsonl").exists());
    let resumed = encode(&manifest, &out("stopped"), "1/1", 2, u64::MAX);
    assert_eq!(resumed.skipped, 2);
    assert!(results(&out("stopped")) == whole);
    // A file that was cut off is written again.
    let (name, bytes) = whole.iter().find(|(name, _)| name.ends_with(".safetensors")).unwrap();
    fs::write(out("stopped").join(name), &bytes[..bytes.len() / 2]).unwrap();
    encode(&manifest, &out("stopped"), "1/1", 1, u64::MAX);
    assert!(results(&out("stopped")) == whole);
}

#[test]
fn latents_are_decoded_to_sound() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = set(folder.path());
    encode(&manifest, folder.path(), "1/1", 1, u64::MAX);
    let latents = Manifest::open(&folder.path().join("set_latents.jsonl")).unwrap();
    let output = folder.path().join("out");
    let stop = AtomicBool::new(false);
    let options = JobOptions { shard: "1/1".parse().unwrap(), threads: 2, fail_fast: false, stop: &stop };
    let jobs = Jobs::new(&output, String::new(), options).unwrap();
    let summary = decode(&latents, &Means, AudioFormat::Flac, &jobs, &|_, _| {}).unwrap();
    assert_eq!((summary.done, summary.failed), (3, 0));
    let sound = pocket_tts_dataset::duration(&output.join("set_latents_00000001.flac")).unwrap();
    assert!((sound - 7.0 * 0.08).abs() < 1e-9, "{sound}");
    // A line without latents fails.
    let options = JobOptions { shard: "1/1".parse().unwrap(), threads: 1, fail_fast: false, stop: &stop };
    let other = folder.path().join("other");
    let jobs = Jobs::new(&other, String::new(), options).unwrap();
    assert_eq!(decode(&manifest, &Means, AudioFormat::Flac, &jobs, &|_, _| {}).unwrap().failed, 5);
}

#[test]
fn a_manifest_in_another_folder_names_recordings_by_whole_paths() {
    let folder = tempfile::tempdir().unwrap();
    set(folder.path());
    let path = folder.path().join("relative.jsonl");
    fs::write(&path, "{\"path\": \"3.flac\", \"duration\": 1.2}\n").unwrap();
    let manifest = Manifest::open(&path).unwrap();
    let other = folder.path().join("other");
    for (output, expected) in
        [(folder.path(), Path::new("3.flac").to_owned()), (&other, folder.path().join("3.flac"))]
    {
        encode(&manifest, output, "1/1", 1, u64::MAX);
        let latents = Manifest::open(&output.join("relative_latents.jsonl")).unwrap();
        assert_eq!(latents.entry_as_written(0).unwrap().path, expected);
    }
}
