//! Models by their configuration, wherever it is: a folder, a hub, a web server, the layout of the first release.

use std::path::{Path, PathBuf};

use crate::support::{Sandbox, text};
use pocket_tts_hub::testing::{COMMIT, Hub, HubFile, Server, reply};
use pocket_tts_test_support::own_goldens;

/// The text of each test.
const REQUEST: [&str; 7] = ["generate", "-q", "--seed", "1", "--text", "Hello there.", "--output-path"];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The speech of the built-in model, loaded from its files.
fn expected() -> Vec<u8> {
    let folder = repository("assets/tiny");
    let voice = folder.join("voice.safetensors");
    let model = ["-", "--config", text(&folder), "--voice", text(&voice)];
    Sandbox::new().run(&[&REQUEST[..], &model].concat()).succeeded().stdout
}

/// The configuration of the built-in model with its files on a hub.
fn config_on_hub() -> String {
    let config = std::fs::read_to_string(repository("assets/tiny/config.yaml")).unwrap();
    config
        .replace("weights_path: model", "weights_path: hf://owner/tiny/deep/model")
        .replace("model.safetensors\n", &format!("model.safetensors@{COMMIT}\n"))
        .replace("tokenizer_path: tokenizer.model", "tokenizer_path: hf://owner/tiny/tokenizer.model")
}

fn hub() -> Hub {
    let read = |name: &str| std::fs::read(repository("assets/tiny").join(name)).unwrap();
    Hub::start(vec![
        HubFile::small("owner/tiny", "config.yaml", config_on_hub().as_bytes()),
        HubFile::large("owner/tiny", "deep/model.safetensors", &read("model.safetensors")),
        HubFile::small("owner/tiny", "tokenizer.model", &read("tokenizer.model")),
        HubFile::large("owner/tiny", "voice.safetensors", &read("voice.safetensors")),
    ])
}

#[test]
fn a_model_on_the_hub_speaks_as_from_its_folder_and_then_without_a_network() {
    let (sandbox, hub) = (Sandbox::new(), hub());
    let endpoint = hub.endpoint();
    let model =
        ["-", "--config", "hf://owner/tiny/config.yaml", "--voice", "hf://owner/tiny/voice.safetensors"];
    let arguments = [&REQUEST[..], &model].concat();
    let outcome = sandbox.run_with(&[("HF_ENDPOINT", &endpoint)], &arguments).succeeded();
    assert_eq!(outcome.stdout, expected());
    let asked = hub.requests().len();
    let offline = [&arguments[..], &["--offline"]].concat();
    assert_eq!(sandbox.run_with(&[("HF_ENDPOINT", &endpoint)], &offline).succeeded().stdout, outcome.stdout);
    assert_eq!(hub.requests().len(), asked);
}

#[test]
fn a_configuration_from_a_web_server_leads_to_its_model() {
    let (sandbox, hub) = (Sandbox::new(), hub());
    let web = Server::start(|request| match request.path.as_str() {
        "/a/config.yaml" => reply("200 OK", "", config_on_hub().as_bytes()),
        _ => reply("404 Not Found", "", b""),
    });
    let config = format!("{}/a/config.yaml", web.endpoint());
    let model = ["-", "--config", &config, "--voice", "hf://owner/tiny/voice.safetensors"];
    let endpoint = hub.endpoint();
    let variables = [("HF_ENDPOINT", endpoint.as_str())];
    let outcome = sandbox.run_with(&variables, &[&REQUEST[..], &model].concat()).succeeded();
    assert_eq!(outcome.stdout, expected());
    let missing = format!("{}/b/config.yaml", web.endpoint());
    let arguments = ["generate", "--config", &missing];
    sandbox.run_with(&variables, &arguments).failed(4, &["/b/config.yaml", "404"]);
}

#[test]
fn the_layout_of_the_first_release_is_read() {
    let sandbox = Sandbox::new();
    let golden = own_goldens().join("02_lsd_24k_2026_01");
    let config = std::fs::read_to_string(golden.join("config.yaml")).unwrap();
    let weights = config.replace("weights_path: model.safetensors", "weights_path: tts_b6369a24.safetensors");
    assert_ne!(config, weights);
    sandbox.write("early/b6369a24.yaml", &weights);
    let tokenizer = own_goldens().join("tokenizer_a.json");
    for (from, to) in [
        (golden.join("model.safetensors"), "early/tts_b6369a24.safetensors"),
        (golden.join("voice_state.safetensors"), "early/new.safetensors"),
        (tokenizer, "tokenizer_a.json"),
    ] {
        std::fs::copy(from, sandbox.path(to)).unwrap();
    }
    let model = ["-", "--config", "early/b6369a24.yaml", "--voice", "early/new.safetensors"];
    let outcome = sandbox.run(&[&REQUEST[..], &model].concat()).succeeded();
    assert!(outcome.stdout.len() > 1_000, "{} bytes", outcome.stdout.len());
    // Without a configuration, the shapes of the first release are expected, which these files do not have.
    std::fs::remove_file(sandbox.path("early/b6369a24.yaml")).unwrap();
    std::fs::copy(own_goldens().join("tokenizer_a.model"), sandbox.path("early/tokenizer.model")).unwrap();
    let refused = sandbox.run(&["generate", "--config", "early", "--voice", "early/new.safetensors"]);
    refused.failed(3, &["cannot load the tokenizer of `early`", "4000"]);
}

#[test]
fn a_folder_without_a_model_is_an_error() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    sandbox.run(&["generate", "--config", "empty"]).failed(4, &["empty/config.yaml", "check its path"]);
}

/// A sandbox with a model of random weights in the folder `model`.
fn sandbox_with_model() -> Sandbox {
    let sandbox = Sandbox::new();
    let goldens = own_goldens();
    std::fs::create_dir(sandbox.path("model")).unwrap();
    for name in ["config.yaml", "model.safetensors", "voice_state.safetensors"] {
        std::fs::copy(goldens.join("04_drifting").join(name), sandbox.path("model").join(name)).unwrap();
    }
    for name in ["tokenizer_a.model", "tokenizer_b.model"] {
        std::fs::copy(goldens.join(name), sandbox.path(name)).unwrap();
    }
    sandbox
}

#[test]
fn damage_to_a_model_has_a_message_and_an_exit_code() {
    let arguments =
        ["generate", "--config", "model", "--voice", "model/voice_state.safetensors", "--text", "Hi."];
    let fails = |damage: &dyn Fn(&Sandbox), code: i32, parts: &[&str]| {
        let sandbox = sandbox_with_model();
        damage(&sandbox);
        sandbox.run(&arguments).failed(code, parts);
        assert!(!sandbox.path("tts_output.wav").exists());
    };
    let replace = |sandbox: &Sandbox, from: &str, to: &str| {
        let config = std::fs::read_to_string(sandbox.path("model/config.yaml")).unwrap();
        assert!(config.contains(from), "{config}");
        sandbox.write("model/config.yaml", &config.replace(from, to));
    };
    sandbox_with_model().run(&arguments).succeeded();
    let remove = |sandbox: &Sandbox| std::fs::remove_file(sandbox.path("model/model.safetensors")).unwrap();
    fails(&remove, 4, &["model/model.safetensors cannot be read", "check its path"]);
    let cut = |sandbox: &Sandbox| {
        let bytes = sandbox.read("model/model.safetensors");
        std::fs::write(sandbox.path("model/model.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    };
    fails(&cut, 3, &["model.safetensors", "not a whole safetensors file", "fetch it again"]);
    let wider = |sandbox: &Sandbox| replace(sandbox, "hidden_scale: 2", "hidden_scale: 3");
    fails(&wider, 3, &["linear1.weight", "the configuration needs [72, 24]"]);
    let smaller = |sandbox: &Sandbox| replace(sandbox, "tokenizer_a.model", "tokenizer_b.model");
    fails(&smaller, 3, &["tokenizer_b.model", "has 110 tokens", "n_bins: 360"]);
    let unknown = |sandbox: &Sandbox| replace(sandbox, "hidden_scale: 2", "hiden_scale: 2");
    fails(&unknown, 3, &["model/config.yaml", "unknown key", "hiden_scale", "did you mean `hidden_scale`"]);
    let text = |sandbox: &Sandbox| std::fs::write(sandbox.path("model/config.yaml"), b"caf\xe9").unwrap();
    fails(&text, 3, &["model/config.yaml", "UTF-8"]);
}
