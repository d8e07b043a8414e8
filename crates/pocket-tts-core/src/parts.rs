//! The loaded parts of a model, which all its requests share.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use pocket_tts_flow_lm::{AttentionHead, FlowLm, FlowLmState, TokenizerKind as ConfigTokenizerKind};
use pocket_tts_hub::Fetcher;
use pocket_tts_mimi::{MimiDecoder, MimiEncoder};
use pocket_tts_tensor::{Precision, Signal, WeightError, WeightFile, WeightStore, join};
use pocket_tts_text::{
    CharacterMap, LookupTable, MAX_TOKENIZER_BYTES, TextOptions, Tokenizer, TokenizerKind,
};

#[cfg(test)]
mod tests;

use crate::{
    Error, Result,
    checkpoint::Checkpoint,
    cloning_refusal::CloningRefusal,
    config::Config,
    local_files::{LocalFile, LocalFiles, LocalWeights},
    voices::Fingerprints,
    weight_cache::{PackedPlace, WeightCache},
};

/// Weights, tokenizer and configuration. Immutable once loaded.
#[derive(Debug)]
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// Text to ids.
    pub tokenizer: Tokenizer,
    /// The options of text preparation.
    pub text_options: TextOptions,
    /// Ids to vectors.
    pub lookup_table: LookupTable,
    /// Generates latents.
    pub flow_lm: FlowLm,
    /// Recordings to latents.
    pub encoder: MimiEncoder,
    /// Latents to sound.
    pub decoder: MimiDecoder,
    /// Why the weights can't encode voices, if so.
    pub cloning_refusal: Option<CloningRefusal>,
    timestamp_heads: Option<Vec<AttentionHead>>,
    /// Which weights these are.
    pub fingerprints: Fingerprints,
    /// Bytes of memory of the weights.
    pub(crate) memory_bytes: usize,
    /// Why the packed weights were not kept, if they should have been.
    pub weight_cache_problem: Option<String>,
}

/// The bytes that a model is made of.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) cloning_refusal: Option<CloningRefusal>,
    /// The precision of the language model's weights.
    pub(crate) precision: Precision,
    /// The weight files, as far as they are files.
    pub(crate) weight_files: Vec<PathBuf>,
    /// Weights that replace the ones of the checkpoint, under the names of a bundle.
    pub(crate) replacement: Option<WeightFile>,
    /// Where packed weights are kept, if they are.
    pub(crate) weight_cache: Option<WeightCache>,
}

impl Sources {
    /// Replaces weights by the ones of a file.
    pub(crate) fn replace_weights(&mut self, path: PathBuf) -> Result<()> {
        let of_weights = |source| Error::Weights { model: self.name.clone(), source };
        self.replacement = Some(WeightFile::open(&path).map_err(of_weights)?);
        self.weight_files.push(path);
        Ok(())
    }

    /// Fetches and opens the files that `config` names.
    pub(crate) fn fetch(
        name: String,
        config: Config,
        folder: Option<&Path>,
        fetcher: &Fetcher,
    ) -> Result<Self> {
        let files = config.files(folder).map_err(|source| {
            Error::Config(crate::config::ConfigProblem::Contradiction { file: name.clone(), source })
        })?;
        let LocalFiles { weights, tokenizer, cloning_refusal } = LocalFiles::fetch(&files, fetcher)?;
        let open = |file: &LocalFile| {
            WeightFile::open(&file.path).map_err(|source| Error::Weights { model: name.clone(), source })
        };
        let checkpoint = match &weights {
            LocalWeights::Split { flow_lm, mimi } => {
                Checkpoint::Split { flow_lm: open(flow_lm)?, mimi: open(mimi)? }
            }
            LocalWeights::Bundle { bundle, mimi } => {
                Checkpoint::Bundle { bundle: open(bundle)?, mimi: mimi.as_ref().map(open).transpose()? }
            }
        };
        let weight_files = weights.paths();
        let path = tokenizer.path;
        // One byte more than the limit, so that the reader refuses larger files.
        let mut tokenizer = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(MAX_TOKENIZER_BYTES as u64 + 1).read_to_end(&mut tokenizer))
            .map_err(|source| Error::Io { path, source })?;
        Ok(Self {
            name,
            config,
            checkpoint,
            tokenizer,
            cloning_refusal,
            precision: Precision::F32,
            weight_files,
            replacement: None,
            weight_cache: None,
        })
    }
}

impl Parts {
    /// Builds every layer. Each tensor must exist with the right shape, and no unexpected tensor may be left.
    pub(crate) fn load(sources: Sources) -> Result<Self> {
        let text_options = text_options(&sources.config, &sources.name)?;
        let Sources { name, config, tokenizer, precision, cloning_refusal, .. } = sources;
        let weights = WeightSources {
            checkpoint: sources.checkpoint,
            replacement: sources.replacement,
            files: sources.weight_files,
            cache: sources.weight_cache,
        };
        let (tokenizer, weights) = join(
            || read_tokenizer(&name, &tokenizer, &config),
            || LoadedWeights::load(&name, &config, precision, weights),
        );
        let (tokenizer, weights) = (tokenizer?, weights?);
        let LoadedWeights { layers, fingerprints, memory_bytes, weight_cache_problem } = weights;
        Ok(Self {
            tokenizer,
            text_options,
            lookup_table: layers.lookup_table,
            flow_lm: layers.flow_lm,
            encoder: layers.encoder,
            decoder: layers.decoder,
            cloning_refusal,
            timestamp_heads: timestamp_heads(&config),
            fingerprints,
            memory_bytes,
            weight_cache_problem,
            config,
        })
    }

    /// The attention heads that follow the text, if they are known.
    pub(crate) fn clear_attention(&self) -> f32 {
        self.config.clear_attention.unwrap_or(0.0)
    }

    pub(crate) fn timestamp_heads(&self) -> Option<&[AttentionHead]> {
        self.timestamp_heads.as_deref()
    }

    /// Encodes a voice prompt that ends in a pause, at the model's rate.
    ///
    /// # Shapes
    ///
    /// - returned: `[positions, d_model]`
    ///
    /// # Panics
    ///
    /// If there is no sample.
    pub fn voice_prompt(&self, samples: &[f32]) -> Signal {
        self.flow_lm.voice_prompt(self.encoder.encode(samples))
    }

    /// The language model's state after a prompt, whose memory clones share.
    pub fn primed(&self, prompt: Signal) -> FlowLmState {
        let mut state = self.flow_lm.initial_state();
        self.flow_lm.prefill(prompt, &mut state);
        state.share();
        state
    }
}

fn timestamp_heads(config: &Config) -> Option<Vec<AttentionHead>> {
    let heads = config.timestamp_heads.as_ref()?.iter();
    Some(heads.map(|head| AttentionHead { layer: head.layer, head: head.head }).collect())
}

fn read_tokenizer(model: &str, bytes: &[u8], config: &Config) -> Result<Tokenizer> {
    let table = &config.flow_lm.lookup_table;
    let kind = match table.tokenizer_format() {
        ConfigTokenizerKind::SentencePiece => TokenizerKind::SentencePiece,
        ConfigTokenizerKind::Json => TokenizerKind::Tokenizers,
    };
    let of_tokenizer = |source| Error::Tokenizer { model: model.to_owned(), source };
    let tokenizer = Tokenizer::from_bytes(kind, bytes, &table.tokenizer_path).map_err(of_tokenizer)?;
    tokenizer.expect_vocabulary(table.n_bins).map_err(of_tokenizer)?;
    Ok(tokenizer)
}

/// What [`Sources`] says of the weights.
struct WeightSources {
    checkpoint: Checkpoint,
    replacement: Option<WeightFile>,
    files: Vec<PathBuf>,
    cache: Option<WeightCache>,
}

/// All layers, and what is known of their weights.
struct LoadedWeights {
    layers: Layers,
    fingerprints: Fingerprints,
    memory_bytes: usize,
    weight_cache_problem: Option<String>,
}

impl LoadedWeights {
    fn load(model: &str, config: &Config, precision: Precision, sources: WeightSources) -> Result<Self> {
        let WeightSources { checkpoint, replacement, files, cache } = sources;
        let of_weights = |source| Error::Weights { model: model.to_owned(), source };
        let mut store = checkpoint.into_store(replacement.as_ref()).map_err(of_weights)?;
        let fingerprints = Fingerprints::of(&store, config, precision).map_err(of_weights)?;
        let place = match cache.filter(|_| !files.is_empty()) {
            Some(cache) => cache.place(&files, config, &fingerprints, precision).map(Some),
            None => Ok(None),
        };
        let found = place.as_ref().ok().and_then(Option::as_ref).and_then(PackedPlace::find);
        let is_found = found.is_some();
        if let Some(file) = found {
            store.use_packed(file);
        }
        let layers = Layers::load(&store, config, precision).map_err(of_weights)?;
        store.migrate();
        let kept = match place {
            Ok(Some(place)) if !is_found => {
                place.keep(&store.take_packed()).map_err(|error| error.to_string())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let memory_bytes = store.loaded_bytes();
        Ok(Self { layers, fingerprints, memory_bytes, weight_cache_problem: kept.err() })
    }
}

struct Layers {
    lookup_table: LookupTable,
    flow_lm: FlowLm,
    encoder: MimiEncoder,
    decoder: MimiDecoder,
}

impl Layers {
    fn load(
        store: &WeightStore,
        config: &Config,
        precision: Precision,
    ) -> std::result::Result<Self, WeightError> {
        let root = store.root();
        let (flow_lm, mimi) = (root.at("flow_lm").kept_in(precision), root.at("mimi"));
        let table = &config.flow_lm.lookup_table;
        // Voices outlast this model, so the encoder keeps full precision.
        let decoder = match precision {
            Precision::F32 => mimi.clone(),
            _ => mimi.kept_in(Precision::Int16),
        };
        let latent = config.mimi.quantizer.dimension;
        let conditioner = flow_lm.at("conditioner");
        let ((encoder, decoder), (lookup_table, flow_lm)) = join(
            || {
                (
                    MimiEncoder::load(&mimi.staying_in_file(), &config.mimi),
                    MimiDecoder::load(&decoder, &config.mimi),
                )
            },
            || {
                let lookup_table = LookupTable::load(&conditioner, table.n_bins, table.dim, table.rank);
                (lookup_table, FlowLm::load(&flow_lm, &config.flow_lm, latent, config.mimi.inner_dim()))
            },
        );
        let layers =
            Self { lookup_table: lookup_table?, flow_lm: flow_lm?, encoder: encoder?, decoder: decoder? };
        store.finish()?;
        Ok(layers)
    }
}

fn text_options(config: &Config, name: &str) -> Result<TextOptions> {
    let pairs = config.replace_characters.clone();
    let replace_characters = CharacterMap::new(pairs).map_err(|error| {
        let source = pocket_tts_configs::ConfigError::new("", "replace_characters", error.to_string());
        Error::Config(crate::config::ConfigProblem::Contradiction { file: name.to_owned(), source })
    })?;
    Ok(TextOptions {
        pad_with_spaces_for_short_inputs: config.pad_with_spaces_for_short_inputs,
        remove_semicolons: config.remove_semicolons,
        append_terminal_punctuation: config.append_terminal_punctuation,
        capitalize_first_letter: config.capitalize_first_letter,
        replace_characters,
    })
}
