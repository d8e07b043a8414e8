//! The shape of the flow language model: the section `flow_lm` of a model config.
//!
//! The keys are upstream's. It must not know paths, YAML, or the codec.

use pocket_tts_configs::ConfigError;
use pocket_tts_transformer::AttentionHead;
use serde::de::{Deserialize, Deserializer, Error as _};

/// The section `flow_lm`.
///
/// # Source
/// `pocket_tts/utils/config.py`, `FlowLMConfig`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowLmConfig {
    /// The type that the model computes in; only `float32`.
    pub dtype: String,
    /// The head that turns noise into a latent.
    pub flow: FlowConfig,
    /// The backbone.
    pub transformer: FlowLmTransformerConfig,
    /// Width of the projection between the backbone and both heads; none if absent.
    pub z_dim: Option<usize>,
    /// The text tokens and their table of vectors.
    pub lookup_table: LookupTableConfig,
    /// Separate weights of the language model, under the names used in training.
    pub weights_path: Option<String>,
    /// Whether a learnt vector is prepended to the voice prompt.
    #[serde(default)]
    pub insert_bos_before_voice: bool,
}

/// The section `flow_lm.flow`: the multilayer perceptron of the sampler.
///
/// # Source
/// `pocket_tts/utils/config.py`, `FlowConfig`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowConfig {
    /// Width of the layers.
    pub dim: usize,
    /// Number of residual blocks.
    pub depth: usize,
    /// What the network was trained to predict.
    #[serde(rename = "type", default)]
    pub kind: FlowKind,
}

/// What the flow head was trained to predict, which decides how it is sampled.
///
/// # Source
/// `pocket_tts/models/flow_lm.py`, `FlowLMModel.forward`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlowKind {
    /// `lsd`: the mean velocity between two times; any number of steps.
    #[default]
    Lsd,
    /// `flow_matching`: the velocity at one time; needs about 16 Euler steps.
    FlowMatching,
    /// `drifting`: the sample itself, in one step.
    Drifting,
    /// `pointwise`: the difference between noise and sample, in one step.
    Pointwise,
}

/// The section `flow_lm.transformer`.
///
/// # Source
/// `pocket_tts/utils/config.py`, `FlowLMTransformerConfig`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowLmTransformerConfig {
    /// Width of the feed-forward layers as a multiple of `d_model`, unless `dim_feedforward` is given.
    pub hidden_scale: usize,
    /// Longest period of the rotary positions.
    pub max_period: f64,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Number of query heads.
    pub num_heads: usize,
    /// Number of layers.
    pub num_layers: usize,
    /// Width of the queries and of the attention's output; `d_model` if absent.
    pub attn_dim: Option<usize>,
    /// Number of key and value heads; `num_heads` if absent.
    pub num_kv_heads: Option<usize>,
    /// Width of the feed-forward layers; `d_model × hidden_scale` if absent.
    pub dim_feedforward: Option<usize>,
}

/// The section `flow_lm.lookup_table`.
///
/// # Source
/// `pocket_tts/utils/config.py`, `LookupTable`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupTableConfig {
    /// Width of a token's vector.
    pub dim: usize,
    /// Number of tokens; the table has one row more.
    pub n_bins: usize,
    /// Format of the tokenizer file.
    pub tokenizer: TokenizerKind,
    /// Where the tokenizer file is.
    pub tokenizer_path: String,
    /// Width of the table before a projection to `dim`; a full table if absent.
    pub rank: Option<usize>,
}

/// The format of a tokenizer file.
///
/// # Source
/// `pocket_tts/modules/text_conditioner.py`, `build_tokenizer`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenizerKind {
    /// `sentencepiece`: a `.model` file.
    SentencePiece,
    /// `tokenizers`, or `json`: a `tokenizer.json` file.
    Json,
}

/// Most tokens that are accepted.
const MAX_TOKENS: usize = 1 << 20;

impl FlowLmConfig {
    /// Input width of both heads: `z_dim`, or else `d_model`.
    pub fn head_input_dim(&self) -> usize {
        self.z_dim.unwrap_or(self.transformer.d_model)
    }

    /// Checks every value on which a later tensor operation could fail.
    ///
    /// # Errors
    /// The first invalid value, named by its path below `path` (usually `flow_lm`).
    pub fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_dtype(path, &self.dtype)?;
        self.flow.validate(&format!("{path}.flow"))?;
        self.transformer.validate(&format!("{path}.transformer"))?;
        if let Some(z_dim) = self.z_dim {
            ConfigError::check_width(path, "z_dim", z_dim)?;
        }
        let table_path = format!("{path}.lookup_table");
        self.lookup_table.validate(&table_path)?;
        let (dim, d_model) = (self.lookup_table.dim, self.transformer.d_model);
        ConfigError::require(dim == d_model, &table_path, "dim", || {
            format!("is {dim}, but must equal {path}.transformer.d_model ({d_model})")
        })
    }
}

impl FlowConfig {
    fn validate(&self, path: &str) -> Result<(), ConfigError> {
        // The norm of the time embedding divides by dim - 1.
        let least_dim = if self.kind.time_conditions() > 0 { 2 } else { 1 };
        ConfigError::check_size(path, "dim", self.dim, least_dim..=ConfigError::MAX_WIDTH)?;
        ConfigError::check_size(path, "depth", self.depth, 1..=ConfigError::MAX_LAYERS)
    }
}

impl FlowKind {
    const NAMES: &[&str] = &["lsd", "flow_matching", "drifting", "pointwise"];

    /// Number of times that condition the head: two, one or none.
    ///
    /// # Source
    /// `pocket_tts/modules/mlp.py`, `SimpleMLPAdaLN.from_pydantic_config`
    pub fn time_conditions(self) -> usize {
        match self {
            Self::Lsd => 2,
            Self::FlowMatching => 1,
            Self::Drifting | Self::Pointwise => 0,
        }
    }
}

// Not derived, because a derived implementation also accepts the index of a variant.
impl<'de> Deserialize<'de> for FlowKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "lsd" => Ok(Self::Lsd),
            "flow_matching" => Ok(Self::FlowMatching),
            "drifting" => Ok(Self::Drifting),
            "pointwise" => Ok(Self::Pointwise),
            other => Err(D::Error::unknown_variant(other, Self::NAMES)),
        }
    }
}

impl FlowLmTransformerConfig {
    /// All query heads, by layers.
    pub fn every_head(&self) -> Vec<AttentionHead> {
        let heads = |layer| (0..self.num_heads).map(move |head| AttentionHead { layer, head });
        (0..self.num_layers).flat_map(heads).collect()
    }

    /// Width of the queries and of the attention's output.
    pub fn attn_dim(&self) -> usize {
        self.attn_dim.unwrap_or(self.d_model)
    }

    /// Number of key and value heads.
    pub fn num_kv_heads(&self) -> usize {
        self.num_kv_heads.unwrap_or(self.num_heads)
    }

    /// Width of the feed-forward layers.
    pub fn dim_feedforward(&self) -> usize {
        self.dim_feedforward.unwrap_or_else(|| self.d_model.saturating_mul(self.hidden_scale))
    }

    /// Width of one head.
    ///
    /// # Panics
    /// If `num_heads` is zero, which `validate` refuses.
    pub fn head_dim(&self) -> usize {
        self.attn_dim() / self.num_heads
    }

    fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_width(path, "d_model", self.d_model)?;
        ConfigError::check_size(path, "num_layers", self.num_layers, 1..=ConfigError::MAX_LAYERS)?;
        ConfigError::check_period(path, self.max_period)?;
        ConfigError::check_width(path, "attn_dim", self.attn_dim())?;
        let width_key = if self.attn_dim.is_some() { "attn_dim" } else { "d_model" };
        ConfigError::check_heads(path, self.num_heads, width_key, self.attn_dim())?;
        let (heads, kv_heads) = (self.num_heads, self.num_kv_heads());
        ConfigError::check_width(path, "num_kv_heads", kv_heads)?;
        ConfigError::require(heads.is_multiple_of(kv_heads), path, "num_kv_heads", || {
            format!("({kv_heads}) does not divide num_heads ({heads})")
        })?;
        let feed_forward_key =
            if self.dim_feedforward.is_some() { "dim_feedforward" } else { "hidden_scale" };
        let feed_forward = self.dim_feedforward();
        ConfigError::require(
            (1..=ConfigError::MAX_WIDTH).contains(&feed_forward),
            path,
            feed_forward_key,
            || {
                format!(
                    "makes the feed-forward layers {feed_forward} wide, but they must be from 1 to {} wide",
                    ConfigError::MAX_WIDTH
                )
            },
        )
    }
}

impl LookupTableConfig {
    /// The format of the tokenizer file: as upstream, a name that ends in `.json` (before any `@revision`) overrides the
    /// key `tokenizer`.
    pub fn tokenizer_format(&self) -> TokenizerKind {
        let name = self.tokenizer_path.split('@').next().unwrap_or_default();
        // Case-sensitive, as upstream.
        if name.strip_suffix(".json").is_some() { TokenizerKind::Json } else { self.tokenizer }
    }

    fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_width(path, "dim", self.dim)?;
        ConfigError::check_size(path, "n_bins", self.n_bins, 1..=MAX_TOKENS)?;
        self.rank.map_or(Ok(()), |rank| ConfigError::check_width(path, "rank", rank))
    }
}

impl TokenizerKind {
    const NAMES: &[&str] = &["sentencepiece", "tokenizers", "json"];
}

impl<'de> Deserialize<'de> for TokenizerKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "sentencepiece" => Ok(Self::SentencePiece),
            "tokenizers" | "json" => Ok(Self::Json),
            other => Err(D::Error::unknown_variant(other, Self::NAMES)),
        }
    }
}

#[cfg(test)]
mod tests;
