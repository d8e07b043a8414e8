//! The first released model, in the layout of January 2026 (upstream 1.0 and 1.1): one weight file
//! `tts_b6369a24.safetensors`, a `tokenizer.model` and the config `b6369a24.yaml`. It must not open the weights.

use std::path::Path;

use pocket_tts_flow_lm::config::TokenizerKind;

use super::{early::WEIGHTS_FILE, model_config::Config, problem::ConfigProblem, released::released};

/// The name that the first releases knew the model by.
pub(super) const NAME: &str = "b6369a24";

/// The model that today is called this has the same weights and shapes, split by language.
const SUCCESSOR: &str = "english_2026-01";
const TOKENIZER_FILE: &str = "tokenizer.model";

/// The configuration of the first model, with its files where the releases 1.0.3 and 1.1.1 had them.
pub(super) fn config() -> Result<Config, ConfigProblem> {
    let gated_revision = "427e3d61b276ed69fdd03de0d185fa8a8d97fc5b";
    let open_revision = "d4fdd22ae8c8e1cb3634e150ebeff1dab2d16df3";
    let open_repo = "hf://kyutai/pocket-tts-without-voice-cloning";
    let mut config = released(SUCCESSOR)?;
    config.weights_path = Some(format!("hf://kyutai/pocket-tts/{WEIGHTS_FILE}@{gated_revision}"));
    config.weights_path_without_voice_cloning = Some(format!("{open_repo}/{WEIGHTS_FILE}@{open_revision}"));
    config.flow_lm.lookup_table.tokenizer = TokenizerKind::SentencePiece;
    config.flow_lm.lookup_table.tokenizer_path = format!("{open_repo}/{TOKENIZER_FILE}@{open_revision}");
    Ok(config)
}

/// The configuration of the first model if `folder` holds its two files, for a folder without a config.
///
/// The paths in it are relative; take [`Config::files`] with the same folder.
///
/// # Errors
/// Never in practice: the config that it starts from is built in.
pub fn in_folder(folder: &Path) -> Option<Result<Config, ConfigProblem>> {
    let complete = folder.join(WEIGHTS_FILE).is_file() && folder.join(TOKENIZER_FILE).is_file();
    complete.then(|| {
        let mut config = config()?;
        config.weights_path = Some(WEIGHTS_FILE.to_owned());
        config.weights_path_without_voice_cloning = None;
        TOKENIZER_FILE.clone_into(&mut config.flow_lm.lookup_table.tokenizer_path);
        Ok(config)
    })
}

#[cfg(test)]
mod tests {
    use super::{Config, NAME, TOKENIZER_FILE, WEIGHTS_FILE, in_folder};
    use crate::config::{builtin, parse};

    /// The config of upstream 1.0.1, with its values in this program's order.
    const FIRST_FORMAT: &str = "
weights_path: hf://kyutai/pocket-tts/tts_b6369a24.safetensors
weights_path_without_voice_cloning: hf://kyutai/pocket-tts-without-voice-cloning/tts_b6369a24.safetensors
flow_lm:
  dtype: float32
  flow: {dim: 512, depth: 6}
  transformer: {d_model: 1024, num_heads: 16, num_layers: 6, hidden_scale: 4, max_period: 10000}
  lookup_table:
    dim: 1024
    n_bins: 4000
    tokenizer: sentencepiece
    tokenizer_path: hf://kyutai/pocket-tts-without-voice-cloning/tokenizer.model
mimi:
  dtype: float32
  sample_rate: 24000
  channels: 1
  frame_rate: 12.5
  seanet: {dimension: 512, channels: 1, n_filters: 64, n_residual_layers: 1, ratios: [6, 5, 4], kernel_size: 7,
    residual_kernel_size: 3, last_kernel_size: 3, dilation_base: 2, pad_mode: constant, compress: 2}
  transformer: {d_model: 512, num_heads: 8, num_layers: 2, layer_scale: 0.01, context: 250,
    dim_feedforward: 2048, input_dimension: 512, output_dimensions: [512]}
  quantizer: {dimension: 32, output_dimension: 512}
";

    fn shape(config: &Config) -> (String, String, usize, usize) {
        let mut flow_lm = config.flow_lm.clone();
        flow_lm.lookup_table.tokenizer_path.clear();
        let (inner, outer) = (config.mimi.inner_dim(), config.mimi.outer_dim());
        (format!("{flow_lm:?}"), format!("{:?}", config.mimi.seanet), inner, outer)
    }

    #[test]
    fn the_first_format_is_read_as_the_model_it_became() {
        let first = parse(FIRST_FORMAT, "b6369a24.yaml").unwrap();
        assert_eq!(shape(&first), shape(&builtin(NAME).unwrap()));
        assert!(first.pad_with_spaces_for_short_inputs);
        assert!(!first.flow_lm.insert_bos_before_voice);
    }

    #[test]
    fn a_first_config_that_says_how_to_pad_is_obeyed() {
        let text = format!("{FIRST_FORMAT}pad_with_spaces_for_short_inputs: false\n");
        assert!(!parse(&text, "b6369a24.yaml").unwrap().pad_with_spaces_for_short_inputs);
    }

    #[test]
    fn a_later_config_without_the_key_is_not_padded() {
        let text = FIRST_FORMAT.replace(WEIGHTS_FILE, "model.safetensors");
        assert!(!parse(&text, "model.yaml").unwrap().pad_with_spaces_for_short_inputs);
    }

    #[test]
    fn the_two_files_are_recognised_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(in_folder(folder.path()).is_none());
        std::fs::write(folder.path().join(WEIGHTS_FILE), "").unwrap();
        std::fs::write(folder.path().join(TOKENIZER_FILE), "").unwrap();
        let config = in_folder(folder.path()).unwrap().unwrap();
        let files = config.files(Some(folder.path())).unwrap();
        assert_eq!(files.tokenizer.to_string(), folder.path().join(TOKENIZER_FILE).display().to_string());
    }
}
