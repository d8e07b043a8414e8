//! End-to-end runs through the public API, from a text and a voice file to samples.

use pocket_tts_core::{GenerateOptions, TtsModel, VoiceSource};
use pocket_tts_tests::{Golden, collect};

/// Checks every end-to-end run.
pub(crate) fn check(golden: &mut Golden, model: &TtsModel) {
    let source = VoiceSource::from(golden.path("voice_state.safetensors"));
    let voice = model.voice(&source).expect("the golden voice");
    let runs = std::mem::take(&mut golden.about.full);
    assert!(!runs.is_empty(), "{} has no full run", golden.name());
    for (index, run) in runs.iter().enumerate() {
        let name = format!("full{index}.audio");
        let options = GenerateOptions::default()
            .temperature(0.0)
            .sampler_decode_steps(golden.about.steps[0])
            .max_tokens(run.max_tokens)
            .eos_threshold(run.eos_threshold)
            .frames_after_eos(run.frames_after_eos)
            .frame_limit(run.max_gen_len)
            // The reference removes no characters.
            .keep_unknown_characters(true);
        let audio = model.generate(&run.text, &voice, &options).expect("speech");
        golden.check(&name, &audio.samples);
        let rate = (audio.sample_rate_hz, golden.about.sample_rate);
        golden.demand(&name, rate.0 == rate.1, || format!("has the rate {} Hz", rate.0));

        let streamed = collect(model, &run.text, &voice, &options).expect("a stream");
        let equal = streamed.samples == audio.samples;
        golden.demand(&name, equal, || "differs between streaming and non-streaming".to_owned());
        let frame = model.samples_per_frame();
        let are_frames = streamed.lengths.iter().all(|length| *length == frame);
        let count = streamed.lengths.len();
        let as_expected = are_frames && (count as f64 - run.frames).abs() < 1e-6;
        golden.demand(&name, as_expected, || format!("comes in {count} chunks: {:?}", streamed.lengths));
        let mut sentences = streamed.sentences;
        let in_order = sentences.is_sorted();
        sentences.dedup();
        let all = in_order && sentences.iter().copied().eq(0..run.chunks.len());
        golden.demand(&name, all, || format!("has the sentences {sentences:?}"));
    }
    golden.about.full = runs;
}
