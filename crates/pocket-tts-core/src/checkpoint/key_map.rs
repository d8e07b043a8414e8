//! The names of tensors in weight files, and what the layers call them.
//!
//! The only place that knows more than one name for a tensor. The layers use the names of the reference's modules, except that `speaker_proj_weight` is the `weight` of a layer `speaker_proj`.
//!
//! # Source
//!
//! `pocket_tts/utils/weights_loading.py`

/// Where the codec begins in a bundle.
pub(super) const MIMI_PREFIX: &str = "mimi.";

/// What becomes of a tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// It takes no part in speech.
    Skipped,
    /// It is the tensor of this name.
    Tensor(String),
    /// It holds the magnitudes of a weight whose directions are another tensor of the file.
    Normalized { canonical: String, direction: String },
}

/// A part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Mimi,
    FlowLm,
}

impl Entry {
    pub(super) fn part(&self) -> Option<Part> {
        match self {
            Self::Skipped => None,
            Self::Tensor(name) | Self::Normalized { canonical: name, .. } => {
                Some(if name.starts_with(MIMI_PREFIX) { Part::Mimi } else { Part::FlowLm })
            }
        }
    }
}

/// A name of a released bundle.
pub(super) fn bundled(name: &str) -> Entry {
    Entry::Tensor(match name {
        "flow_lm.speaker_proj_weight" => "flow_lm.speaker_proj.weight".to_owned(),
        other => other.to_owned(),
    })
}

/// A name of a language model as training wrote it.
pub(super) fn trained_flow_lm(name: &str) -> Entry {
    let conditioners = "condition_provider.conditioners.";
    let unused = name.starts_with("flow.w_s_t.")
        || name == "num_ema_updates"
        || name.strip_prefix(conditioners).is_some_and(|rest| rest.ends_with(".learnt_padding"));
    if unused {
        return Entry::Skipped;
    }
    let inner = match name.strip_prefix(conditioners) {
        Some("transcript_in_segment.embed.weight") => "conditioner.embed.weight".to_owned(),
        Some("speaker_wavs.output_proj.weight") => "speaker_proj.weight".to_owned(),
        _ => match name {
            "fuser.padding_value" => "bos_before_voice".to_owned(),
            "speaker_proj_weight" => "speaker_proj.weight".to_owned(),
            other => other.replace(".self_attn.in_proj_weight", ".self_attn.in_proj.weight"),
        },
    };
    Entry::Tensor(format!("flow_lm.{inner}"))
}

/// A name of a codec as training wrote it.
pub(super) fn trained_mimi(name: &str) -> Entry {
    let inner = name.strip_prefix("model.").unwrap_or(name);
    let unused = inner.starts_with("quantizer.vq.")
        || inner.contains("_codebook")
        || inner.contains("wavlm")
        || matches!(inner, "quantizer.logvar_proj.weight" | "quantizer.logvar_param")
        || inner.ends_with(".weight_v");
    if unused {
        return Entry::Skipped;
    }
    let canonical = |inner: &str| {
        let inner = inner.replace(".conv.conv.", ".conv.").replace(".convtr.convtr.", ".convtr.");
        format!("{MIMI_PREFIX}{}", inner.replace("in_proj_weight", "in_proj.weight"))
    };
    match inner.strip_suffix("_g") {
        Some(weight) if weight.ends_with(".weight") => Entry::Normalized {
            canonical: canonical(weight),
            direction: format!("{}_v", name.strip_suffix("_g").unwrap_or(name)),
        },
        _ => Entry::Tensor(canonical(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str) -> Entry {
        Entry::Tensor(name.to_owned())
    }

    #[test]
    fn names_of_training_become_names_of_layers() {
        let cases = [
            (
                trained_flow_lm("condition_provider.conditioners.transcript_in_segment.embed.weight"),
                tensor("flow_lm.conditioner.embed.weight"),
            ),
            (
                trained_flow_lm("condition_provider.conditioners.speaker_wavs.output_proj.weight"),
                tensor("flow_lm.speaker_proj.weight"),
            ),
            (trained_flow_lm("condition_provider.conditioners.speaker_wavs.learnt_padding"), Entry::Skipped),
            (trained_flow_lm("fuser.padding_value"), tensor("flow_lm.bos_before_voice")),
            (
                trained_flow_lm("transformer.layers.0.self_attn.in_proj_weight"),
                tensor("flow_lm.transformer.layers.0.self_attn.in_proj.weight"),
            ),
            (
                trained_mimi("model.downsample.conv.conv.conv.weight"),
                tensor("mimi.downsample.conv.conv.weight"),
            ),
            (
                trained_mimi("model.decoder.model.2.convtr.convtr.bias"),
                tensor("mimi.decoder.model.2.convtr.bias"),
            ),
            (trained_mimi("model.quantizer.vq.layers.0._codebook.embedding_sum"), Entry::Skipped),
            (
                trained_mimi("encoder.model.0.conv.conv.weight_g"),
                Entry::Normalized {
                    canonical: "mimi.encoder.model.0.conv.weight".to_owned(),
                    direction: "encoder.model.0.conv.conv.weight_v".to_owned(),
                },
            ),
            (bundled("flow_lm.speaker_proj_weight"), tensor("flow_lm.speaker_proj.weight")),
        ];
        for (actual, expected) in cases {
            assert_eq!(actual, expected);
        }
    }
}
