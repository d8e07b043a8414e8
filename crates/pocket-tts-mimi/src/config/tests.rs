//! Tests of the section `mimi`: the derived rates and widths, and one message per inconsistency.

use super::{MimiConfig, MimiTransformerConfig, PadMode, QuantizerConfig, SeanetConfig};

/// A message, and the change that causes it.
type Case = (&'static str, fn(&mut MimiConfig));

fn small() -> MimiConfig {
    MimiConfig {
        dtype: "float32".to_owned(),
        sample_rate: 3000,
        channels: 1,
        frame_rate: 12.5,
        seanet: seanet(16),
        transformer: transformer(16),
        quantizer: QuantizerConfig { dimension: 8, output_dimension: 16 },
        weights_path: None,
        inner_dim: Some(8),
        outer_dim: None,
        decoder_seanet: None,
        decoder_transformer: None,
    }
}

fn seanet(dimension: usize) -> SeanetConfig {
    SeanetConfig {
        dimension,
        channels: 1,
        n_filters: 3,
        n_residual_layers: 1,
        ratios: vec![5, 4, 3],
        kernel_size: 7,
        residual_kernel_size: 3,
        last_kernel_size: 3,
        dilation_base: 2,
        pad_mode: PadMode::Constant,
        compress: 2,
    }
}

fn transformer(width: usize) -> MimiTransformerConfig {
    MimiTransformerConfig {
        d_model: 16,
        input_dimension: width,
        output_dimensions: vec![width],
        num_heads: 2,
        num_layers: 2,
        layer_scale: 0.01,
        context: 20,
        max_period: 10_000.0,
        dim_feedforward: 24,
    }
}

fn message(change: impl FnOnce(&mut MimiConfig)) -> String {
    let mut config = small();
    change(&mut config);
    config.validate("mimi").unwrap_err().to_string()
}

#[test]
fn rates_follow_from_the_ratios() {
    let config = small();
    assert_eq!(config.validate("mimi"), Ok(()));
    assert_eq!(config.hop_length(), 60);
    assert!((config.encoder_frame_rate_hz() - 50.0).abs() < 1e-12);
    assert_eq!(config.upsample_stride(), 4);
    assert_eq!(config.samples_per_frame(), 240);
}

#[test]
fn the_decoder_defaults_to_the_encoders_sections() {
    let mut config = small();
    config.inner_dim = None;
    assert_eq!(config.validate("mimi"), Ok(()));
    assert_eq!((config.inner_dim(), config.outer_dim()), (16, 16));
    assert_eq!(config.decoder_transformer(), &config.transformer);

    config.decoder_seanet = Some(seanet(12));
    config.decoder_transformer = Some(transformer(12));
    config.quantizer.output_dimension = 12;
    assert_eq!(config.validate("mimi"), Ok(()));
    assert_eq!((config.inner_dim(), config.outer_dim()), (16, 12));
}

#[test]
fn a_codec_without_resampling_has_a_stride_of_one() {
    let mut config = small();
    config.frame_rate = 50.0;
    config.inner_dim = None;
    assert_eq!(config.validate("mimi"), Ok(()));
    assert_eq!(config.upsample_stride(), 1);
    config.inner_dim = Some(8);
    assert_eq!(
        config.validate("mimi").unwrap_err().to_string(),
        "`mimi.transformer.output_dimensions` is 16, but must equal mimi.inner_dim (8), as there is no \
         downsampling"
    );
}

#[test]
fn indivisible_rates_are_refused() {
    assert_eq!(
        message(|c| c.frame_rate = 13.0),
        "`mimi.frame_rate` (13) must divide sample_rate / (product of mimi.seanet.ratios) = 3000 / 60 = 50 into \
         a whole number from 1 to 4096, not 3.8461538461538463"
    );
    assert!(message(|c| c.frame_rate = 100.0).ends_with("not 0.5"));
    assert!(message(|c| c.frame_rate = 1e-9).contains("from 1 to 4096"));
}

#[test]
fn every_inconsistency_names_its_key() {
    let cases: [Case; 21] = [
        ("`mimi.sample_rate` is 0, but must be from 1 to 768000", |c| c.sample_rate = 0),
        ("`mimi.channels` is 2, but must be 1: the codec is mono", |c| c.channels = 2),
        ("`mimi.seanet.channels` is 2, but must be 1: the codec is mono", |c| c.seanet.channels = 2),
        ("`mimi.frame_rate` is inf, but must be a finite number above 0", |c| c.frame_rate = f64::INFINITY),
        ("`mimi.seanet.ratios` has 0 entries, but must have from 1 to 16", |c| c.seanet.ratios.clear()),
        ("`mimi.seanet.ratios.1` is 0, but must be from 1 to 65536", |c| c.seanet.ratios[1] = 0),
        ("`mimi.seanet.ratios` multiply to 1310720000, but may multiply to 768000 at most", |c| {
            c.seanet.ratios = vec![65_536, 20_000];
        }),
        (
            "`mimi.seanet.n_filters` (60000) doubles 3 times to 480000, but the widest layer may have 65536",
            |c| {
                c.seanet.n_filters = 60_000;
            },
        ),
        ("`mimi.seanet.kernel_size` is 0, but must be from 1 to 65536", |c| c.seanet.kernel_size = 0),
        ("`mimi.seanet.compress` is 4, but must be from 1 to 3", |c| c.seanet.compress = 4),
        (
            "`mimi.seanet.dilation_base` (2) makes residual block 512 look back 18446744073709551615 steps, but \
             at most 65535 are allowed",
            |c| c.seanet.n_residual_layers = 512,
        ),
        ("`mimi.transformer.output_dimensions` has 2 entries, but must have exactly 1", |c| {
            c.transformer.output_dimensions.push(16);
        }),
        ("`mimi.transformer.num_heads` (3) does not divide d_model (16)", |c| c.transformer.num_heads = 3),
        ("`mimi.transformer.context` is 0, but must be from 1 to 65536", |c| c.transformer.context = 0),
        ("`mimi.transformer.layer_scale` is NaN, but must be a finite number", |c| {
            c.transformer.layer_scale = f64::NAN;
        }),
        ("`mimi.transformer.input_dimension` is 12, but must equal mimi.seanet.dimension (16)", |c| {
            c.transformer.input_dimension = 12;
        }),
        ("`mimi.outer_dim` is 24, but must be a multiple of mimi.seanet.dimension (16)", |c| {
            c.outer_dim = Some(24);
        }),
        ("`mimi.inner_dim` is 0, but must be from 1 to 65536", |c| c.inner_dim = Some(0)),
        ("`mimi.quantizer.output_dimension` is 12, but must equal mimi.outer_dim (16)", |c| {
            c.quantizer.output_dimension = 12;
        }),
        (
            "`mimi.decoder_transformer.input_dimension` is 12, but must equal mimi.seanet.dimension (16)",
            |c| {
                c.decoder_transformer = Some(transformer(12));
            },
        ),
        ("`mimi.decoder_seanet.ratios` multiply to 20, but the ratios of mimi.seanet multiply to 60", |c| {
            c.decoder_seanet = Some(SeanetConfig { ratios: vec![5, 4], ..seanet(16) });
        }),
    ];
    for (expected, change) in cases {
        assert_eq!(message(change), expected);
    }
}

#[test]
fn replicate_padding_needs_a_frame_as_long_as_the_look_back() {
    assert_eq!(
        message(|c| c.seanet.pad_mode = PadMode::Replicate),
        "`mimi.seanet.kernel_size` makes a convolution look back 6 steps, but one frame has only 4 there, too \
         few for pad_mode replicate"
    );
    let mut config = small();
    config.seanet = SeanetConfig { pad_mode: PadMode::Replicate, kernel_size: 5, ..seanet(16) };
    assert_eq!(config.validate("mimi"), Ok(()));
}
