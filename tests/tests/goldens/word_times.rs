//! Times of words against `pocket-tts-timestamped`, whose frames must be the same.

use std::{collections::BTreeMap, fs};

use pocket_tts_core::{GenerateOptions, Splitting, TimingEvent, TtsModel};
use pocket_tts_tests::{Goldens, ModelCopy};
use serde::Deserialize;

#[derive(Deserialize)]
struct WordTimes {
    text: String,
    models: BTreeMap<String, Vec<Speech>>,
}

#[derive(Deserialize)]
struct Speech {
    heads: Vec<[usize; 2]>,
    /// Each with the frames at which it begins and ends. Words that never begin are missing.
    words: Vec<(String, u64, u64)>,
}

/// A copy of the model with these heads in its configuration.
fn model(name: &str, heads: &[[usize; 2]]) -> (ModelCopy, TtsModel) {
    let copy = ModelCopy::of(name);
    let heads = heads.iter().map(|[layer, head]| format!("{{layer: {layer}, head: {head}}}"));
    let heads = heads.collect::<Vec<_>>().join(", ");
    copy.edit_config("\nmimi:\n", &format!("\ntimestamp_heads: [{heads}]\nmimi:\n"));
    let model = copy.build().expect("the copy");
    (copy, model)
}

#[test]
fn words_begin_and_end_at_the_reference_s_frames() {
    let expected = fs::read_to_string(Goldens::own().path("word_times.json")).unwrap();
    let WordTimes { text, models } = serde_json::from_str(&expected).unwrap();
    assert_eq!(models.len(), 16);
    let (mut compared, mut problems) = (0, Vec::new());
    for (name, speeches) in &models {
        for Speech { heads, words } in speeches {
            let (copy, model) = model(name, heads);
            let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
            let options = GenerateOptions::default().temperature(0.0).eos_threshold(1e9).timings(true);
            let mut stream = model.stream(&text, &voice, &options.splitting(Splitting::Reference)).unwrap();
            let mut events = Vec::new();
            while let Some(chunk) = stream.next() {
                chunk.unwrap();
                events.extend(stream.take_timings());
            }
            events.extend(stream.take_timings());
            let frame = model.samples_per_frame() as u64;
            let times = events.iter().filter_map(|event| match event {
                TimingEvent::WordEnd(word) => Some((word.text.clone(), word.start / frame, word.end / frame)),
                _ => None,
            });
            // A word that never began has no duration.
            let found: Vec<_> = times.filter(|(_, start, end)| start < end).collect();
            compared += words.len();
            if found != *words {
                problems.push(format!("{name} {heads:?}: {found:?} instead of {words:?}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(compared > 300, "{compared} words");
}
