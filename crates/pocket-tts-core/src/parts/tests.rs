//! Which weights a model gets when access to the first is refused, or merely fails.

use std::path::PathBuf;

use pocket_tts_hub::testing::{COMMIT, Hub, HubFile, Whims, settings};
use pocket_tts_hub::{FetchError, Fetcher};

use super::Sources;
use crate::config::{Location, parse};
use crate::{Audio, CloningRefusal, Error, ErrorKind, ModelSource, Result, TtsModel, VoiceSource};

fn golden() -> PathBuf {
    pocket_tts_test_support::own_goldens().join("04_drifting")
}

/// A hub that answers for the weights of the first choice with `status`, and has the others.
fn hub(status: &'static str) -> Hub {
    let weights = std::fs::read(golden().join("model.safetensors")).unwrap();
    let whims = Whims { refused: vec![("owner/gated".to_owned(), status)], ..Whims::default() };
    Hub::with_whims(vec![HubFile::large("owner/open", "model.safetensors", &weights)], whims)
}

/// Loads a model with these two weights.
#[expect(clippy::unwrap_in_result, reason = "a test that cannot be set up must fail")]
fn load_with(fetcher: Fetcher) -> Result<TtsModel> {
    let text = std::fs::read_to_string(golden().join("config.yaml")).unwrap();
    let locations = format!(
        "weights_path: hf://owner/gated/model.safetensors@{COMMIT}\n\
         weights_path_without_voice_cloning: hf://owner/open/model.safetensors@{COMMIT}"
    );
    let text = text.replace("weights_path: model.safetensors", &locations);
    let config = parse(&text, "config.yaml").unwrap();
    let source = ModelSource::Config(Location::Path(PathBuf::from("config.yaml")));
    Sources::fetch("config.yaml".to_owned(), config, Some(&golden()), &fetcher)
        .and_then(|sources| TtsModel::load(source, sources, fetcher))
}

/// The same from an empty cache; also tells whether the hub was asked for the other weights.
fn load(status: &'static str) -> (Result<TtsModel>, bool) {
    let hub = hub(status);
    let folder = tempfile::tempdir().unwrap();
    let model = load_with(Fetcher::new(settings(folder.path(), &hub.endpoint())));
    let asked = hub.requests().iter().any(|request| request.path.contains("/open/"));
    (model, asked)
}

#[test]
fn refused_access_leads_to_the_weights_without_voice_cloning() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let (model, asked) = load(status);
        let model = model.unwrap();
        assert!(asked && !model.can_clone_voices(), "{status}");
        let refusal = model.cloning_refusal().unwrap();
        assert!(matches!(refusal, CloningRefusal::Denied { .. }), "{refusal:?}");
        assert!(refusal.to_string().contains(&format!("(status {})", &status[..3])), "{refusal}");
        let exported = VoiceSource::from(golden().join("voice_state.safetensors"));
        assert!(model.voice(&exported).is_ok(), "{status}");
    }
}

#[test]
fn a_recording_is_then_refused_with_the_way_to_get_access() {
    let model = load("401 Unauthorized").0.unwrap();
    let audio = Audio { samples: vec![0.1; 3_000], sample_rate_hz: 3_000 };
    for source in [VoiceSource::Samples(audio), VoiceSource::from(PathBuf::from("voice.wav"))] {
        let error = model.voice(&source).unwrap_err();
        assert!(matches!(error, Error::NoVoiceCloning { .. }), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        for word in
            ["https://huggingface.co/owner/gated", "terms", "`hf auth login`", "HF_TOKEN", "status 401"]
        {
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

#[test]
fn any_other_failure_leads_to_no_other_weights() {
    let (model, asked) = load("500 Internal Server Error");
    assert!(matches!(model, Err(Error::Fetch(FetchError::Status { status: 500, .. }))), "{model:?}");
    assert!(!asked);
}

#[test]
fn offline_the_weights_at_hand_are_taken_and_only_those() {
    let hub = hub("401 Unauthorized");
    let folder = tempfile::tempdir().unwrap();
    let fetcher = || Fetcher::new(settings(folder.path(), &hub.endpoint()));
    let error = load_with(fetcher().offline(true)).unwrap_err();
    assert!(matches!(error, Error::Fetch(FetchError::Offline { .. })), "{error:?}");
    assert!(error.to_string().contains("owner/gated"), "the weights of the first choice: {error}");
    load_with(fetcher()).unwrap();
    let requests = hub.requests().len();
    let model = load_with(fetcher().offline(true)).unwrap();
    let refusal = model.cloning_refusal().unwrap();
    assert!(matches!(refusal, CloningRefusal::Offline { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("the network is switched off"), "{refusal}");
    assert_eq!(hub.requests().len(), requests);
}
