//! The streaming contract on complete modules with golden weights: any chunking results in the same outputs.

use pocket_tts_streaming::{StreamingModule, chunking_error};
use pocket_tts_tensor::testing::random_signal;
use pocket_tts_tensor::{Signal, to_vec};
use pocket_tts_tests::Goldens;

/// Chunk sizes of 24 frames, enough to exceed the window of the codec's attention in every configuration.
const CUTS: [&[usize]; 5] = [&[1; 24], &[24], &[1, 2, 3, 5, 13], &[13, 5, 3, 2, 1], &[1, 23]];
/// The only cause of differences is another order of summation.
const TOLERANCE: f32 = 1e-5;

#[test]
fn any_chunking_results_in_the_same_outputs_on_every_golden_model() {
    let goldens = Goldens::open();
    let names = goldens.names();
    let mut checked = 0;
    for name in &names {
        let model = goldens.golden(name).model();
        let parts = model.parts();
        let frame = model.samples_per_frame();
        let backbone = parts.flow_lm.backbone();
        let hop = frame / parts.config.mimi.upsample_stride();
        let errors = [
            ("encoder", worst_error(&parts.encoder, [frame, 1])),
            ("encoder's convolutions", worst_error(parts.encoder.seanet(), [hop, 1])),
            ("decoder", worst_error(&parts.decoder, [1, parts.flow_lm.latent_width()])),
            ("backbone", worst_error(backbone, [1, backbone.config().d_model])),
        ];
        for (module, error) in errors {
            assert!(error <= TOLERANCE, "{name}: the {module} differs by {error:e}");
            checked += 1;
        }
    }
    assert_eq!(checked, 4 * names.len());
}

/// The greatest error over all `CUTS` of a signal whose frames have the shape `[rows, width]`.
fn worst_error<M>(module: &M, [rows, width]: [usize; 2]) -> f32
where
    M: StreamingModule<Input = Signal, Output = Signal>,
{
    let errors = CUTS.iter().map(|cuts| {
        let whole = random_signal(7, [cuts.iter().sum::<usize>() * rows, width]);
        let mut start = 0;
        let chunks = cuts.iter().map(|frames| {
            let chunk = whole.clone().narrow(0, start, frames * rows);
            start += frames * rows;
            chunk
        });
        chunking_error(module, whole.clone(), chunks.collect::<Vec<_>>(), to_vec)
    });
    errors.fold(0.0, f32::max)
}
