//! The files that the runtime `ptts` needs besides a model: a configuration and a voice in its own format.
//!
//! It must not know how values are generated.

use std::{fs, path::Path};

use pocket_tts_core::config::Config;
use pocket_tts_flow_lm::FlowKind;
use pocket_tts_mimi::MimiConfig;
use serde_json::{Value, json};

use super::{RandomModelError, Recipe, Values};

/// Positions of the voice: ten seconds.
const VOICE_POSITIONS: usize = 125;

/// Writes both, for models that `ptts` supports.
pub(super) fn write(config: &Config, folder: &Path) -> Result<(), RandomModelError> {
    if !can_read(config) {
        return Ok(());
    }
    fs::write(folder.join("config.json"), json!(description(config)).to_string())?;
    let voices = folder.join("voices");
    fs::create_dir_all(&voices)?;
    let shape = vec![1, VOICE_POSITIONS, config.flow_lm.transformer.d_model];
    let voice = Recipe { name: "emb".to_owned(), shape, values: Values::Random(1.0) };
    safetensors::serialize_to_file([("emb", voice)], None, &voices.join("random.safetensors"))?;
    Ok(())
}

/// Whether `ptts` supports the model: it knows the first released shapes only.
fn can_read(config: &Config) -> bool {
    let (flow_lm, mimi) = (&config.flow_lm, &config.mimi);
    let has_plain_flow_lm = flow_lm.flow.kind == FlowKind::Lsd
        && flow_lm.z_dim.is_none()
        && flow_lm.lookup_table.rank.is_none()
        && flow_lm.transformer.num_kv_heads.is_none()
        && flow_lm.transformer.attn_dim.is_none()
        && !flow_lm.insert_bos_before_voice;
    let has_plain_mimi = mimi.inner_dim() == mimi.seanet.dimension
        && mimi.decoder_seanet.is_none()
        && mimi.decoder_transformer.is_none();
    has_plain_flow_lm && has_plain_mimi
}

fn description(config: &Config) -> Value {
    let flow_lm = &config.flow_lm;
    let transformer = &flow_lm.transformer;
    json!({
        "flow_lm": {
            "d_model": transformer.d_model,
            "num_heads": transformer.num_heads,
            "num_layers": transformer.num_layers,
            "dim_feedforward": transformer.dim_feedforward(),
            "max_period": transformer.max_period,
            "n_bins": flow_lm.lookup_table.n_bins,
            "lut_dim": flow_lm.lookup_table.dim,
            "flow_dim": flow_lm.flow.dim,
            "flow_depth": flow_lm.flow.depth,
            "ldim": config.mimi.quantizer.dimension,
        },
        "mimi": codec_description(&config.mimi),
        "lsd_decode_steps": 1,
        "eos_threshold": config.default_eos_threshold,
        "model_id": null,
        "audio_prompt_min_duration": 10.0,
        "audio_prompt_max_duration": 10.0,
        "cfg_null_audio_empty": false,
        "speaker_mimi": null,
        "conditioners": [],
        "fuser": null,
        "voices": [],
    })
}

fn codec_description(mimi: &MimiConfig) -> Value {
    let (seanet, transformer) = (&mimi.seanet, &mimi.transformer);
    json!({
        "channels": mimi.channels,
        "sample_rate": mimi.sample_rate,
        "frame_rate": mimi.frame_rate,
        "dimension": seanet.dimension,
        "quantizer_dimension": mimi.quantizer.dimension,
        "quantizer_output_dimension": mimi.quantizer.output_dimension,
        "n_filters": seanet.n_filters,
        "n_residual_layers": seanet.n_residual_layers,
        "ratios": seanet.ratios,
        "kernel_size": seanet.kernel_size,
        "last_kernel_size": seanet.last_kernel_size,
        "residual_kernel_size": seanet.residual_kernel_size,
        "dilation_base": seanet.dilation_base,
        "compress": seanet.compress,
        "transformer_d_model": transformer.d_model,
        "transformer_num_heads": transformer.num_heads,
        "transformer_num_layers": transformer.num_layers,
        "transformer_layer_scale": transformer.layer_scale,
        "transformer_context": transformer.context,
        "transformer_max_period": transformer.max_period,
        "transformer_dim_feedforward": transformer.dim_feedforward,
        "downsample_channel_wise": false,
    })
}
