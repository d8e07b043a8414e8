//! The configuration format of the first release, January 2026 (upstream 1.0 and 1.1).
//!
//! Its keys are a subset of today's. It leaves out what the program of that time did to every text.

use figment::Figment;

/// The name of its weights.
pub(super) const WEIGHTS_FILE: &str = "tts_b6369a24.safetensors";
const PADDING_KEY: &str = "pad_with_spaces_for_short_inputs";

/// Adds what the first config format could not say, if `figment` holds a config in that format.
///
/// The format is known by the name of its weights. The program of the time put spaces before every short
/// text; the key for it came later. A config that has the key keeps its own value.
pub(super) fn complete(figment: Figment) -> Figment {
    let weights: String = figment.extract_inner("weights_path").unwrap_or_default();
    let file = weights.split('@').next().and_then(|path| path.rsplit(['/', '\\']).next());
    if file == Some(WEIGHTS_FILE) && !figment.contains(PADDING_KEY) {
        return figment.join((PADDING_KEY, true));
    }
    figment
}
