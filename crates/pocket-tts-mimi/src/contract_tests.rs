//! The streaming contract of the composed layers: residual block, convolution stacks, encoder, decoder.

use pocket_tts_streaming::{StreamingModule, chunking_error};
use pocket_tts_tensor::testing::{cut, random_signal};
use pocket_tts_tensor::{Signal, WeightError, WeightPath, WeightStore, testing, to_vec};
use proptest::prelude::*;

use crate::{
    MimiConfig, MimiDecoder, MimiEncoder, MimiTransformerConfig, PadMode, QuantizerConfig, ResidualBlock,
    SeanetConfig, SeanetDecoder, SeanetEncoder,
};

/// Loads a layer from random weights with the names and shapes that it requests.
fn load_random<T>(seed: u64, load: impl Fn(&WeightPath<'_>) -> Result<T, WeightError>) -> T {
    let mut store = WeightStore::default();
    // Each failed attempt names one more tensor, or its expected shape.
    let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
    loop {
        match load(&store.root()) {
            Ok(layer) => return layer,
            Err(WeightError::Missing { name }) => tensors.push((name, Vec::new())),
            Err(WeightError::Shape { name, expected, .. }) => {
                tensors
                    .iter_mut()
                    .filter(|(known, _)| *known == name)
                    .for_each(|(_, s)| s.clone_from(&expected));
            }
            Err(other) => panic!("{other}"),
        }
        store = testing::random_store(seed, tensors.clone());
    }
}

fn seanet(ratios: Vec<usize>, n_residual_layers: usize, pad_mode: PadMode) -> SeanetConfig {
    SeanetConfig {
        dimension: 6,
        channels: 1,
        n_filters: 2,
        n_residual_layers,
        ratios,
        kernel_size: 5,
        residual_kernel_size: 3,
        last_kernel_size: 3,
        dilation_base: 2,
        pad_mode,
        compress: 2,
    }
}

/// A codec whose frames are `stride` steps of the convolutions.
fn mimi(ratios: Vec<usize>, stride: usize, context: usize) -> MimiConfig {
    let seanet = seanet(ratios, 1, PadMode::Constant);
    let sample_rate = (seanet.hop_length() * stride * 10) as u32;
    let transformer = MimiTransformerConfig {
        d_model: 8,
        input_dimension: 6,
        output_dimensions: vec![6],
        num_heads: 2,
        num_layers: 1,
        layer_scale: 0.01,
        context,
        max_period: 10_000.0,
        dim_feedforward: 12,
    };
    MimiConfig {
        dtype: "float32".to_owned(),
        sample_rate,
        channels: 1,
        frame_rate: 10.0,
        seanet,
        transformer,
        quantizer: QuantizerConfig { dimension: 3, output_dimension: 6 },
        weights_path: None,
        inner_dim: None,
        outer_dim: None,
        decoder_seanet: None,
        decoder_transformer: None,
    }
}

fn error<M>(layer: &M, width: usize, cuts: &[usize], seed: u64) -> f32
where
    M: StreamingModule<Input = Signal, Output = Signal>,
{
    let whole = random_signal(seed, [cuts.iter().sum(), width]);
    chunking_error(layer, whole.clone(), cut(&whole, cuts), to_vec)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn convolution_stacks_fulfil_the_contract(
        ratios in prop::collection::vec(1_usize..4, 1..4), residual in 0_usize..3, replicate: bool,
        cuts in prop::collection::vec(1_usize..4, 1..5), seed: u64,
    ) {
        let pad_mode = if replicate { PadMode::Replicate } else { PadMode::Constant };
        let config = seanet(ratios, residual, pad_mode);
        let block = load_random(seed, |weights| ResidualBlock::load(weights, &config, 4, 1));
        prop_assert!(error(&block, 4, &cuts, seed) < 1e-5);
        let decoder = load_random(seed, |weights| SeanetDecoder::load(weights, &config));
        prop_assert!(error(&decoder, 6, &cuts, seed) < 1e-5);
        let encoder = load_random(seed, |weights| SeanetEncoder::load(weights, &config));
        let samples: Vec<usize> = cuts.iter().map(|cut| cut * config.hop_length()).collect();
        prop_assert!(error(&encoder, 1, &samples, seed) < 1e-5);
    }

    #[test]
    fn encoder_and_decoder_fulfil_the_contract(
        ratios in prop::collection::vec(1_usize..4, 1..3), stride in 1_usize..4, context in 1_usize..9,
        cuts in prop::collection::vec(1_usize..4, 1..5), seed: u64,
    ) {
        let config = mimi(ratios, stride, context);
        prop_assert!(config.validate("mimi").is_ok());
        let decoder = load_random(seed, |weights| MimiDecoder::load(weights, &config));
        prop_assert!(error(&decoder, 3, &cuts, seed) < 1e-4);
        let encoder = load_random(seed, |weights| MimiEncoder::load(weights, &config));
        let samples: Vec<usize> = cuts.iter().map(|cut| cut * config.samples_per_frame()).collect();
        prop_assert!(error(&encoder, 1, &samples, seed) < 1e-4);
    }
}
