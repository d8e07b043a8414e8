//! The files of the model `english` on a hub, with other bytes, and the checks of a cache.

use pocket_tts_hub::testing::{HubFile, whole_files_below};

use super::Sandbox;

pub(crate) const GATED: &str = "kyutai/pocket-tts";
pub(crate) const OPEN: &str = "kyutai/pocket-tts-without-voice-cloning";
pub(crate) const WEIGHTS: &str = "languages/english/model.safetensors";
/// Repository, path and commit of each file, in the order in which they are fetched.
pub(crate) const ENGLISH_FILES: [&str; 3] = [
    "kyutai/pocket-tts@languages/english/model.safetensors@db04f0e653473e5c7333c69686ac92b7460b0c1d",
    "kyutai/pocket-tts-without-voice-cloning@languages/english/tokenizer.json@00eac05ed3d16bdc3f6b5d598874019c34a89214",
    "kyutai/pocket-tts-without-voice-cloning@languages/english/embeddings/alba.safetensors@a7056f505a4a8ca72d8b5fb1440071d6f1a35739",
];

/// Weights, tokenizer and default voice.
pub(crate) fn english() -> Vec<HubFile> {
    vec![
        HubFile::large(GATED, WEIGHTS, &body(400_000)),
        HubFile::small(OPEN, "languages/english/tokenizer.json", &body(10_000)),
        voice("alba"),
    ]
}

/// The state of a voice.
pub(crate) fn voice(name: &str) -> HubFile {
    let path = format!("languages/english/embeddings/{name}.safetensors");
    HubFile::large(OPEN, &path, &[name.as_bytes(), &body(10_000)[name.len()..]].concat())
}

/// Asserts that every file with a final name in the cache is complete, and counts the files in snapshots.
#[track_caller]
pub(crate) fn check(sandbox: &Sandbox) -> usize {
    let hub = sandbox.path(".cache/huggingface/hub");
    let files = english();
    let mut count = 0;
    // Hidden folders are left out, so the walk starts below them.
    for path in whole_files_below(&hub) {
        let bytes = std::fs::read(hub.join(&path)).unwrap();
        let file = files.iter().find(|file| file.body() == bytes);
        let file = file.unwrap_or_else(|| panic!("{} is not whole: {} bytes", path.display(), bytes.len()));
        if path.components().any(|part| part.as_os_str() == "blobs") {
            assert!(path.ends_with(file.etag()), "{}", path.display());
        } else {
            count += 1;
        }
    }
    count
}

/// Bytes without repetition.
fn body(length: usize) -> Vec<u8> {
    let words = (0..length as u32 / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes());
    words.collect()
}
