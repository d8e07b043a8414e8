//! Every number of every golden, layer by layer and end to end, and the streaming contract on the same models.
//!
//! Tolerance: the greatest difference is at most 1e-4 of a tensor's largest absolute value.

mod chunking;
mod full_runs;
mod recordings;
mod steps;
mod voices;
mod weight_types;
mod word_times;

use pocket_tts_tests::{Goldens, TOLERANCE};

#[test]
fn every_tensor_of_every_golden_is_reproduced() {
    let goldens = Goldens::open();
    let names = goldens.names();
    let (mut run, mut problems) = (0, Vec::new());
    for name in &names {
        let mut golden = goldens.golden(name);
        let model = golden.model();
        let primed = voices::check(&mut golden, &model);
        steps::check(&mut golden, &model, &primed);
        full_runs::check(&mut golden, &model);
        let outcome = golden.finish();
        println!("{name}: {} comparisons, worst {:?}", outcome.comparisons, outcome.worst);
        problems.extend(outcome.problems);
        run += 1;
    }
    assert!(problems.is_empty(), "beyond {TOLERANCE:e} or unequal:\n{}", problems.join("\n"));
    assert_eq!(run, names.len(), "a configuration was skipped");
}
