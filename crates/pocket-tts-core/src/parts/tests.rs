//! Which weights a model gets when access to the first is refused, or merely fails.

use std::path::PathBuf;

use pocket_tts_hub::testing::{Reply, Server, reply, settings};
use pocket_tts_hub::{FetchError, Fetcher};

use super::Sources;
use crate::config::{Location, parse};
use crate::{Audio, Error, ErrorKind, ModelSource, Result, TtsModel, VoiceSource};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/04_drifting")
}

/// Loads a model whose first weights the hub answers for with `status`; also tells whether the hub was asked
/// for the others.
fn load(status: &'static str) -> (Result<TtsModel>, bool) {
    let weights = std::fs::read(golden().join("model.safetensors")).unwrap();
    let server = Server::start(move |request| {
        if request.path.contains("/gated/") {
            return reply(status, "", b"no");
        }
        ranged(request.header("range"), &weights)
    });
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(settings(folder.path(), &server.endpoint()));
    let text = std::fs::read_to_string(golden().join("config.yaml")).unwrap();
    let locations = format!(
        "weights_path: hf://owner/gated/model.safetensors@{COMMIT}\n\
         weights_path_without_voice_cloning: hf://owner/open/model.safetensors@{COMMIT}"
    );
    let text = text.replace("weights_path: model.safetensors", &locations);
    let config = parse(&text, "config.yaml").unwrap();
    let source = ModelSource::Config(Location::Path(PathBuf::from("config.yaml")));
    let model = Sources::fetch("config.yaml".to_owned(), config, Some(&golden()), &fetcher)
        .and_then(|sources| TtsModel::load(source, sources, fetcher));
    let asked = server.requests().iter().any(|request| request.path.contains("/open/"));
    (model, asked)
}

fn ranged(range: Option<&str>, body: &[u8]) -> Reply {
    let body_part = if range == Some("bytes=0-0") { &body[..1] } else { body };
    let headers = format!(
        "Content-Range: bytes 0-{}/{}\r\nETag: \"weights\"\r\nX-Repo-Commit: {COMMIT}\r\n",
        body_part.len() - 1,
        body.len()
    );
    reply("206 Partial Content", &headers, body_part)
}

#[test]
fn refused_access_leads_to_the_weights_without_voice_cloning() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let (model, asked) = load(status);
        let model = model.unwrap();
        assert!(asked && !model.can_clone_voices(), "{status}");
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
        for word in ["https://huggingface.co/kyutai/pocket-tts", "terms", "hf auth login"] {
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
