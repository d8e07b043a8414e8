//! The tensors of a configuration's weight file: names, shapes and distributions of values.
//!
//! It must not write files. Tensors have the names of the released files.

use pocket_tts_core::config::Config;
use pocket_tts_flow_lm::FlowLmConfig;
use pocket_tts_mimi::{MimiConfig, MimiTransformerConfig, SeanetConfig};

/// A tensor to be generated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Values,
}

/// The distribution of a tensor's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Values {
    /// All equal.
    Constant(f32),
    /// Uniform from minus to plus this.
    Random(f32),
    /// The frequencies that encode a time, from 1 down to 1 / 10 000.
    Frequencies,
}

/// Number of sines and cosines that encode a time.
const TIME_WIDTH: usize = 256;

/// The tensors of a weight file, in no particular order.
pub(super) fn recipes(config: &Config) -> Vec<Recipe> {
    let mut recipes = Recipes::default();
    flow_lm(&mut recipes, config);
    mimi(&mut recipes, &config.mimi);
    recipes.0
}

#[derive(Default)]
struct Recipes(Vec<Recipe>);

impl Recipes {
    fn add(&mut self, name: &str, shape: &[usize], values: Values) {
        self.0.push(Recipe { name: name.to_owned(), shape: shape.to_vec(), values });
    }

    /// A weight that preserves the variance of its inputs, so that signals neither fade nor grow in the layers.
    fn weight(&mut self, name: &str, shape: &[usize], inputs: usize) {
        self.add(&format!("{name}.weight"), shape, Values::Random((3.0 / inputs as f32).sqrt()));
    }

    fn linear(&mut self, name: &str, [outputs, inputs]: [usize; 2]) {
        self.weight(name, &[outputs, inputs], inputs);
    }

    fn biased(&mut self, name: &str, [outputs, inputs]: [usize; 2]) {
        self.linear(name, [outputs, inputs]);
        self.add(&format!("{name}.bias"), &[outputs], Values::Constant(0.0));
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.add(&format!("{name}.weight"), &[width], Values::Constant(1.0));
        self.add(&format!("{name}.bias"), &[width], Values::Constant(0.0));
    }

    fn convolution(&mut self, name: &str, [inputs, outputs]: [usize; 2], kernel: usize) {
        self.weight(name, &[outputs, inputs, kernel], inputs * kernel);
        self.add(&format!("{name}.bias"), &[outputs], Values::Constant(0.0));
    }
}

fn flow_lm(recipes: &mut Recipes, config: &Config) {
    let FlowLmConfig { transformer, lookup_table, z_dim, insert_bos_before_voice, .. } = &config.flow_lm;
    let (width, latent) = (transformer.d_model, config.mimi.quantizer.dimension);
    let head = config.flow_lm.head_input_dim();
    let rank = lookup_table.rank.unwrap_or(lookup_table.dim);
    recipes.add("flow_lm.bos_emb", &[latent], Values::Random(1.0));
    recipes.add("flow_lm.emb_mean", &[latent], Values::Constant(0.0));
    recipes.add("flow_lm.emb_std", &[latent], Values::Constant(1.0));
    if *insert_bos_before_voice {
        recipes.add("flow_lm.bos_before_voice", &[1, 1, width], Values::Random(1.0));
    }
    recipes.weight("flow_lm.conditioner.embed", &[lookup_table.n_bins + 1, rank], 1);
    if lookup_table.rank.is_some() {
        recipes.linear("flow_lm.conditioner.proj", [lookup_table.dim, rank]);
    }
    let speaker = config.mimi.inner_dim();
    let scale = Values::Random((3.0 / speaker as f32).sqrt());
    recipes.add("flow_lm.speaker_proj_weight", &[width, speaker], scale);
    recipes.linear("flow_lm.input_linear", [width, latent]);
    let kv_width = transformer.num_kv_heads() * transformer.head_dim();
    for index in 0..transformer.num_layers {
        let layer = format!("flow_lm.transformer.layers.{index}");
        let shape = LayerShape {
            width,
            attention: transformer.attn_dim(),
            kv_width,
            feed_forward: transformer.dim_feedforward(),
        };
        transformer_layer(recipes, &layer, shape);
    }
    recipes.norm("flow_lm.out_norm", width);
    if let Some(z_dim) = z_dim {
        recipes.linear("flow_lm.z_proj", [*z_dim, width]);
    }
    recipes.biased("flow_lm.out_eos", [1, head]);
    flow_net(recipes, &config.flow_lm, latent);
}

fn flow_net(recipes: &mut Recipes, config: &FlowLmConfig, latent: usize) {
    let (dim, at) = (config.flow.dim, |name: &str| format!("flow_lm.flow_net.{name}"));
    for index in 0..config.flow.kind.time_conditions() {
        let embedding = at(&format!("time_embed.{index}"));
        recipes.add(&format!("{embedding}.freqs"), &[TIME_WIDTH / 2], Values::Frequencies);
        recipes.biased(&format!("{embedding}.mlp.0"), [dim, TIME_WIDTH]);
        recipes.biased(&format!("{embedding}.mlp.2"), [dim, dim]);
        recipes.add(&format!("{embedding}.mlp.3.alpha"), &[dim], Values::Constant(1.0));
    }
    recipes.biased(&at("cond_embed"), [dim, config.head_input_dim()]);
    recipes.biased(&at("input_proj"), [dim, latent]);
    for index in 0..config.flow.depth {
        let block = at(&format!("res_blocks.{index}"));
        recipes.norm(&format!("{block}.in_ln"), dim);
        recipes.biased(&format!("{block}.adaLN_modulation.1"), [3 * dim, dim]);
        recipes.biased(&format!("{block}.mlp.0"), [dim, dim]);
        recipes.biased(&format!("{block}.mlp.2"), [dim, dim]);
    }
    recipes.biased(&at("final_layer.adaLN_modulation.1"), [2 * dim, dim]);
    recipes.biased(&at("final_layer.linear"), [latent, dim]);
}

#[derive(Clone, Copy)]
struct LayerShape {
    width: usize,
    attention: usize,
    kv_width: usize,
    feed_forward: usize,
}

fn transformer_layer(recipes: &mut Recipes, layer: &str, shape: LayerShape) {
    let LayerShape { width, attention, kv_width, feed_forward } = shape;
    recipes.norm(&format!("{layer}.norm1"), width);
    recipes.norm(&format!("{layer}.norm2"), width);
    recipes.linear(&format!("{layer}.self_attn.in_proj"), [attention + 2 * kv_width, width]);
    recipes.linear(&format!("{layer}.self_attn.out_proj"), [width, attention]);
    recipes.linear(&format!("{layer}.linear1"), [feed_forward, width]);
    recipes.linear(&format!("{layer}.linear2"), [width, feed_forward]);
}

fn mimi(recipes: &mut Recipes, config: &MimiConfig) {
    let (quantizer, stride) = (&config.quantizer, config.upsample_stride());
    let latent = quantizer.dimension;
    recipes.weight("mimi.quantizer.output_proj", &[quantizer.output_dimension, latent, 1], latent);
    if stride > 1 {
        let (width, inner) = (config.seanet.dimension, config.inner_dim());
        recipes.weight("mimi.upsample.convtr.convtr", &[config.outer_dim(), 1, 2 * stride], 2);
        recipes.weight("mimi.downsample.conv.conv", &[inner, width, 2 * stride], 2 * stride * width);
    }
    codec_transformer(recipes, "mimi.encoder_transformer", &config.transformer);
    codec_transformer(recipes, "mimi.decoder_transformer", config.decoder_transformer());
    encoder(recipes, &config.seanet);
    decoder(recipes, config.decoder_seanet());
}

fn codec_transformer(recipes: &mut Recipes, name: &str, config: &MimiTransformerConfig) {
    let width = config.d_model;
    if config.input_dimension != width {
        recipes.linear(&format!("{name}.input_proj"), [width, config.input_dimension]);
    }
    if config.output_dimension() != width {
        recipes.linear(&format!("{name}.output_projs.0"), [config.output_dimension(), width]);
    }
    for index in 0..config.num_layers {
        let layer = format!("{name}.transformer.layers.{index}");
        let feed_forward = config.dim_feedforward;
        transformer_layer(
            recipes,
            &layer,
            LayerShape { width, attention: width, kv_width: width, feed_forward },
        );
        for scale in [1, 2] {
            let scaled = Values::Constant(config.layer_scale as f32);
            recipes.add(&format!("{layer}.layer_scale_{scale}.scale"), &[width], scaled);
        }
    }
}

fn encoder(recipes: &mut Recipes, config: &SeanetConfig) {
    let at = |index: usize| format!("mimi.encoder.model.{index}");
    let (mut channels, mut index) = (config.n_filters, 1);
    recipes.convolution(&format!("{}.conv", at(0)), [config.channels, channels], config.kernel_size);
    for ratio in config.ratios.iter().rev() {
        for _ in 0..config.n_residual_layers {
            residual_block(recipes, &at(index), config, channels);
            index += 1;
        }
        recipes.convolution(&format!("{}.conv", at(index + 1)), [channels, 2 * channels], 2 * ratio);
        index += 2;
        channels *= 2;
    }
    let last = format!("{}.conv", at(index + 1));
    recipes.convolution(&last, [channels, config.dimension], config.last_kernel_size);
}

fn decoder(recipes: &mut Recipes, config: &SeanetConfig) {
    let at = |index: usize| format!("mimi.decoder.model.{index}");
    let (mut channels, mut index) = (config.n_filters << config.ratios.len(), 1);
    recipes.convolution(&format!("{}.conv", at(0)), [config.dimension, channels], config.kernel_size);
    for ratio in &config.ratios {
        let upsample = format!("{}.convtr", at(index + 1));
        // Each output is a sum over two of the kernel's taps.
        recipes.weight(&upsample, &[channels, channels / 2, 2 * ratio], 2 * channels);
        recipes.add(&format!("{upsample}.bias"), &[channels / 2], Values::Constant(0.0));
        channels /= 2;
        index += 2;
        for _ in 0..config.n_residual_layers {
            residual_block(recipes, &at(index), config, channels);
            index += 1;
        }
    }
    let last = format!("{}.conv", at(index + 1));
    recipes.convolution(&last, [config.n_filters, config.channels], config.last_kernel_size);
}

fn residual_block(recipes: &mut Recipes, name: &str, config: &SeanetConfig, channels: usize) {
    let hidden = channels / config.compress;
    let first = format!("{name}.block.1.conv");
    recipes.convolution(&first, [channels, hidden], config.residual_kernel_size);
    recipes.convolution(&format!("{name}.block.3.conv"), [hidden, channels], 1);
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use pocket_tts_core::config;
    use safetensors::SafeTensors;

    use super::*;

    type Shapes = BTreeMap<String, Vec<usize>>;

    fn of_file(path: &Path) -> Shapes {
        let bytes = fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        file.iter().map(|(name, view)| (name.to_owned(), view.shape().to_vec())).collect()
    }

    fn generated(config: &Path) -> Shapes {
        let recipes = recipes(&config::read(config).unwrap());
        recipes.into_iter().map(|recipe| (recipe.name, recipe.shape)).collect()
    }

    /// The golden models were written by the Python package and cover all kinds of models.
    #[test]
    fn the_tensors_match_those_of_the_reference() {
        let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens");
        let mut compared = 0;
        for entry in fs::read_dir(&goldens).unwrap() {
            let folder = entry.unwrap().path();
            // One has its weights in two files, under the names used in training.
            let weights = folder.join("model.safetensors");
            if folder.join("config.yaml").is_file() && weights.is_file() {
                assert_eq!(generated(&folder.join("config.yaml")), of_file(&weights), "{}", folder.display());
                compared += 1;
            }
        }
        assert_eq!(compared, 17);
        let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny");
        assert_eq!(generated(&tiny.join("config.yaml")), of_file(&tiny.join("model.safetensors")));
    }
}
