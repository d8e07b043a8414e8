//! The files that an export may replace: exported voices, recognized by their content.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

/// Longest header of a safetensors file that is read. The header of a voice has some kilobytes.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// The entry of a header that is not a tensor.
const METADATA: &str = "__metadata__";
/// The key that this program writes into the metadata of each voice.
const FORMAT_KEY: &str = "pocket_tts.voice_format";
/// The only tensor of a voice in the first releases of the Python package.
const EARLY_VOICE: &str = "audio_prompt";
/// The tensors of each layer in all later releases.
const LAYER_PARTS: [&str; 4] = ["cache", "offset", "current_end", "pad"];

/// Whether the file may be replaced: it is missing, empty, or an exported voice.
pub(super) fn may_be_replaced(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else { return true };
    // Folders are rejected elsewhere; pipes and devices store nothing.
    !metadata.is_file() || metadata.len() == 0 || header(path).is_ok_and(|header| is_of_voice(&header))
}

/// The names in the header of a safetensors file.
fn header(path: &Path) -> io::Result<Map<String, Value>> {
    let mut file = File::open(path)?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let mut bytes = Vec::new();
    file.take(u64::from_le_bytes(length).min(MAX_HEADER_BYTES)).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn is_of_voice(header: &Map<String, Value>) -> bool {
    if header.get(METADATA).is_some_and(|metadata| metadata.get(FORMAT_KEY).is_some()) {
        return true;
    }
    let mut names = header.keys().filter(|name| *name != METADATA).peekable();
    names.peek().is_some() && names.all(|name| name == EARLY_VOICE || is_of_layer(name))
}

fn is_of_layer(name: &str) -> bool {
    name.split_once("self_attn/").is_some_and(|(_, part)| LAYER_PARTS.contains(&part))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_voices_and_empty_files_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(may_be_replaced(&path), "there is none");
        let safetensors = |header: &str| [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
        let layer =
            r#"{"transformer.layers.0.self_attn/cache":{},"transformer.layers.0.self_attn/offset":{}}"#;
        for (bytes, is_voice) in [
            (Vec::new(), true),
            (safetensors(layer), true),
            (safetensors(r#"{"audio_prompt":{}}"#), true),
            (safetensors(r#"{"__metadata__":{"pocket_tts.voice_format":"1"}}"#), true),
            (safetensors(r#"{"flow_lm.transformer.layers.0.self_attn.in_proj.weight":{}}"#), false),
            (safetensors(r#"{"audio_prompt":{},"weight":{}}"#), false),
            (safetensors("{}"), false),
            (safetensors("[1]"), false),
            (u64::MAX.to_le_bytes().to_vec(), false),
            (b"RIFF....WAVE, a recording".to_vec(), false),
            (b"old".to_vec(), false),
        ] {
            fs::write(&path, &bytes).unwrap();
            assert_eq!(may_be_replaced(&path), is_voice, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
