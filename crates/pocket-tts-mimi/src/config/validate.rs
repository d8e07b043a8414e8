//! Checks codec configs, so that no later tensor operation fails.
//!
//! It knows the relations between widths and rates. It must not change a value.

use pocket_tts_configs::ConfigError;

use super::{MimiConfig, MimiTransformerConfig, PadMode, SeanetConfig};

/// Highest accepted sample rate, in hertz.
const MAX_SAMPLE_RATE_HZ: usize = 768_000;
/// Most steps of the convolutions per frame.
const MAX_UPSAMPLE_STRIDE: usize = 4_096;
/// Most changes of rate; the width doubles at each.
const MAX_RATIOS: usize = 16;

impl MimiConfig {
    /// Checks every value on which a later tensor operation could fail.
    ///
    /// # Errors
    /// The first invalid value, named by its path below `path` (usually `mimi`).
    pub fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_dtype(path, &self.dtype)?;
        ConfigError::check_size(path, "sample_rate", self.sample_rate as usize, 1..=MAX_SAMPLE_RATE_HZ)?;
        check_mono(path, self.channels)?;
        ConfigError::check_positive(path, "frame_rate", self.frame_rate)?;
        let paths = Paths::new(self, path);
        self.seanet.validate(&paths.seanet)?;
        self.decoder_seanet().validate(&paths.decoder_seanet)?;
        self.transformer.validate(&paths.transformer)?;
        self.decoder_transformer().validate(&paths.decoder_transformer)?;
        ConfigError::check_width(&paths.quantizer, "dimension", self.quantizer.dimension)?;
        ConfigError::check_width(&paths.quantizer, "output_dimension", self.quantizer.output_dimension)?;
        for (key, width) in [("inner_dim", self.inner_dim), ("outer_dim", self.outer_dim)] {
            width.map_or(Ok(()), |width| ConfigError::check_width(path, key, width))?;
        }
        self.check_rates(path, &paths)?;
        self.check_encoder_widths(path, &paths)?;
        self.check_decoder_widths(path, &paths)?;
        self.check_first_step(&paths)
    }

    fn check_rates(&self, path: &str, paths: &Paths) -> Result<(), ConfigError> {
        let (hop, decoder_hop) = (self.hop_length(), self.decoder_seanet().hop_length());
        ConfigError::require(hop == decoder_hop, &paths.decoder_seanet, "ratios", || {
            format!("multiply to {decoder_hop}, but the ratios of {} multiply to {hop}", paths.seanet)
        })?;
        let stride = self.encoder_frame_rate_hz() / self.frame_rate;
        let is_valid = stride >= 1.0 && stride <= MAX_UPSAMPLE_STRIDE as f64 && stride.fract() == 0.0;
        ConfigError::require(is_valid, path, "frame_rate", || {
            format!(
                "({}) must divide sample_rate / (product of {}.ratios) = {} / {hop} = {} into a whole number \
                 from 1 to {MAX_UPSAMPLE_STRIDE}, not {stride}",
                self.frame_rate,
                paths.seanet,
                self.sample_rate,
                self.encoder_frame_rate_hz()
            )
        })
    }

    /// The encoder's chain: convolutions, transformer, downsampling if there is any.
    fn check_encoder_widths(&self, path: &str, paths: &Paths) -> Result<(), ConfigError> {
        let dimension = self.seanet.dimension;
        let input = self.transformer.input_dimension;
        let seanet_width = format!("{}.dimension ({dimension})", paths.seanet);
        check_equal(&paths.transformer, "input_dimension", input, &seanet_width, dimension)?;
        let output = self.transformer.output_dimension();
        if self.upsample_stride() > 1 {
            return check_equal(&paths.transformer, "output_dimensions", output, &seanet_width, dimension);
        }
        let inner = self.inner_dim();
        let inner_width = format!("{path}.inner_dim ({inner}), as there is no downsampling");
        check_equal(&paths.transformer, "output_dimensions", output, &inner_width, inner)
    }

    /// The decoder's chain: latent projection, upsampling if there is any, transformer, convolutions.
    fn check_decoder_widths(&self, path: &str, paths: &Paths) -> Result<(), ConfigError> {
        let dimension = self.decoder_seanet().dimension;
        let seanet_width = format!("{}.dimension ({dimension})", paths.decoder_seanet);
        let (input, output) =
            (self.decoder_transformer().input_dimension, self.decoder_transformer().output_dimension());
        let projected = self.quantizer.output_dimension;
        if self.upsample_stride() > 1 {
            // Upsampling sums groups of channels, which must have equal sizes.
            let outer = self.outer_dim();
            ConfigError::require(outer.is_multiple_of(dimension), path, "outer_dim", || {
                format!("is {outer}, but must be a multiple of {seanet_width}")
            })?;
            let outer_width = format!("{path}.outer_dim ({outer})");
            check_equal(&paths.quantizer, "output_dimension", projected, &outer_width, outer)?;
            check_equal(&paths.decoder_transformer, "input_dimension", input, &seanet_width, dimension)?;
        } else {
            let input_width = format!("{}.input_dimension ({input})", paths.decoder_transformer);
            check_equal(&paths.quantizer, "output_dimension", projected, &input_width, input)?;
        }
        check_equal(&paths.decoder_transformer, "output_dimensions", output, &seanet_width, dimension)
    }

    /// With `replicate` padding, a signal must be at least as long as a convolution looks back, and the shortest signal
    /// is one frame.
    ///
    /// # Source
    /// `pocket_tts/modules/conv.py`, `StreamingConv1d.forward`
    fn check_first_step(&self, paths: &Paths) -> Result<(), ConfigError> {
        let encoder = &self.seanet;
        let mut steps = self.samples_per_frame();
        encoder.check_look_back(&paths.seanet, "kernel_size", encoder.kernel_size - 1, steps)?;
        for ratio in encoder.ratios.iter().rev() {
            encoder.check_residual_look_back(&paths.seanet, steps)?;
            steps /= ratio;
        }
        encoder.check_look_back(&paths.seanet, "last_kernel_size", encoder.last_kernel_size - 1, steps)?;

        let decoder = self.decoder_seanet();
        let mut steps = self.upsample_stride();
        decoder.check_look_back(&paths.decoder_seanet, "kernel_size", decoder.kernel_size - 1, steps)?;
        for ratio in &decoder.ratios {
            steps = steps.saturating_mul(*ratio);
            decoder.check_residual_look_back(&paths.decoder_seanet, steps)?;
        }
        let look_back = decoder.last_kernel_size - 1;
        decoder.check_look_back(&paths.decoder_seanet, "last_kernel_size", look_back, steps)
    }
}

impl SeanetConfig {
    fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_width(path, "dimension", self.dimension)?;
        check_mono(path, self.channels)?;
        self.check_ratios(path)?;
        ConfigError::check_width(path, "n_filters", self.n_filters)?;
        let widest = self.n_filters << self.ratios.len();
        ConfigError::require(widest <= ConfigError::MAX_WIDTH, path, "n_filters", || {
            format!(
                "({}) doubles {} times to {widest}, but the widest layer may have {}",
                self.n_filters,
                self.ratios.len(),
                ConfigError::MAX_WIDTH
            )
        })?;
        for (key, size) in [
            ("kernel_size", self.kernel_size),
            ("residual_kernel_size", self.residual_kernel_size),
            ("last_kernel_size", self.last_kernel_size),
            ("dilation_base", self.dilation_base),
        ] {
            ConfigError::check_width(path, key, size)?;
        }
        // The narrowest inner width of a residual block is n_filters / compress.
        ConfigError::check_size(path, "compress", self.compress, 1..=self.n_filters)?;
        ConfigError::check_size(
            path,
            "n_residual_layers",
            self.n_residual_layers,
            0..=ConfigError::MAX_LAYERS,
        )?;
        let reach = self.residual_look_back();
        ConfigError::require(reach < ConfigError::MAX_WIDTH, path, "dilation_base", || {
            format!(
                "({}) makes residual block {} look back {reach} steps, but at most {} are allowed",
                self.dilation_base,
                self.n_residual_layers,
                ConfigError::MAX_WIDTH - 1
            )
        })
    }

    fn check_ratios(&self, path: &str) -> Result<(), ConfigError> {
        let count = self.ratios.len();
        ConfigError::require((1..=MAX_RATIOS).contains(&count), path, "ratios", || {
            format!("has {count} entries, but must have from 1 to {MAX_RATIOS}")
        })?;
        for (index, ratio) in self.ratios.iter().enumerate() {
            ConfigError::check_width(path, &format!("ratios.{index}"), *ratio)?;
        }
        let hop = self.hop_length();
        ConfigError::require(hop <= MAX_SAMPLE_RATE_HZ, path, "ratios", || {
            format!("multiply to {hop}, but may multiply to {MAX_SAMPLE_RATE_HZ} at most")
        })
    }

    /// Number of steps that the residual block with the greatest dilation looks back.
    fn residual_look_back(&self) -> usize {
        match self.n_residual_layers.checked_sub(1) {
            Some(last) => (self.residual_kernel_size - 1).saturating_mul(self.dilation(last)),
            None => 0,
        }
    }

    fn check_residual_look_back(&self, path: &str, steps: usize) -> Result<(), ConfigError> {
        self.check_look_back(path, "residual_kernel_size", self.residual_look_back(), steps)
    }

    fn check_look_back(
        &self,
        path: &str,
        key: &str,
        look_back: usize,
        steps: usize,
    ) -> Result<(), ConfigError> {
        let is_enough = self.pad_mode == PadMode::Constant || look_back <= steps;
        ConfigError::require(is_enough, path, key, || {
            format!(
                "makes a convolution look back {look_back} steps, but one frame has only {steps} there, \
                 too few for pad_mode replicate"
            )
        })
    }
}

impl MimiTransformerConfig {
    fn validate(&self, path: &str) -> Result<(), ConfigError> {
        ConfigError::check_width(path, "d_model", self.d_model)?;
        ConfigError::check_width(path, "input_dimension", self.input_dimension)?;
        let count = self.output_dimensions.len();
        ConfigError::require(count == 1, path, "output_dimensions", || {
            format!("has {count} entries, but must have exactly 1")
        })?;
        ConfigError::check_width(path, "output_dimensions", self.output_dimension())?;
        ConfigError::check_heads(path, self.num_heads, "d_model", self.d_model)?;
        ConfigError::check_size(path, "num_layers", self.num_layers, 1..=ConfigError::MAX_LAYERS)?;
        ConfigError::require(self.layer_scale.is_finite(), path, "layer_scale", || {
            format!("is {}, but must be a finite number", self.layer_scale)
        })?;
        ConfigError::check_width(path, "context", self.context)?;
        ConfigError::check_period(path, self.max_period)?;
        ConfigError::check_width(path, "dim_feedforward", self.dim_feedforward)
    }
}

/// The paths of the sections; the decoder's default to the encoder's.
struct Paths {
    seanet: String,
    decoder_seanet: String,
    transformer: String,
    decoder_transformer: String,
    quantizer: String,
}

impl Paths {
    fn new(config: &MimiConfig, path: &str) -> Self {
        let decoder = |own: bool, key: &str| if own { format!("decoder_{key}") } else { key.to_owned() };
        let decoder_seanet = decoder(config.decoder_seanet.is_some(), "seanet");
        let decoder_transformer = decoder(config.decoder_transformer.is_some(), "transformer");
        Self {
            seanet: format!("{path}.seanet"),
            decoder_seanet: format!("{path}.{decoder_seanet}"),
            transformer: format!("{path}.transformer"),
            decoder_transformer: format!("{path}.{decoder_transformer}"),
            quantizer: format!("{path}.quantizer"),
        }
    }
}

fn check_mono(path: &str, channels: usize) -> Result<(), ConfigError> {
    ConfigError::require(channels == 1, path, "channels", || {
        format!("is {channels}, but must be 1: the codec is mono")
    })
}

fn check_equal(
    path: &str,
    key: &str,
    value: usize,
    other_name: &str,
    other: usize,
) -> Result<(), ConfigError> {
    ConfigError::require(value == other, path, key, || format!("is {value}, but must equal {other_name}"))
}
