//! `download`, and `generate` with a hub: progress, errors, concurrent and killed processes.

use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{Outcome, Sandbox, hub};
use pocket_tts_hub::testing::{COMMIT, Hub, HubFile, Whims, files_below};
use pocket_tts_test_support::{ChildGuard, own_goldens};

/// Runs the command with its hub at `hub`.
fn run(sandbox: &Sandbox, hub: &Hub, arguments: &[&str]) -> Outcome {
    sandbox.run_with(&[("HF_ENDPOINT", &hub.endpoint())], arguments)
}

/// The paths that `download` printed.
fn paths(outcome: Outcome) -> Vec<String> {
    let table = String::from_utf8(outcome.succeeded().stdout).unwrap();
    table.lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect()
}

#[test]
fn a_model_is_fetched_once_and_its_paths_are_printed() {
    let (sandbox, hub) = (Sandbox::new(), Hub::start(hub::english()));
    let outcome = run(&sandbox, &hub, &["download", "english"]).succeeded();
    let told = String::from_utf8(outcome.stdout.clone()).unwrap();
    for word in ["fetching hf://kyutai/pocket-tts/", "3 files, of which 3 were fetched (420.0 kB)"] {
        assert!(outcome.stderr.contains(word), "`{word}` is missing in: {}", outcome.stderr);
    }
    let roles = ["weights  ", "tokenizer", "voice alba"];
    assert!(told.lines().zip(roles).all(|(line, role)| line.starts_with(role)), "{told}");
    let paths = paths(outcome);
    assert_eq!(paths.len(), 3, "{told}");
    for (path, file) in paths.iter().zip(hub::english()) {
        assert_eq!(std::fs::read(path).unwrap(), file.body(), "{path:?}");
    }
    let requests = hub.requests().len();
    let again = run(&sandbox, &hub, &["download", "english", "--offline"]).succeeded();
    assert!(again.stderr.contains("3 files, of which 0 were fetched (0 B)"), "{}", again.stderr);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), told);
    assert_eq!(hub.requests().len(), requests);
    let quiet = run(&Sandbox::new(), &hub, &["download", "english", "-q"]).succeeded();
    assert_eq!((quiet.stdout.as_slice(), quiet.stderr.as_str()), (&b""[..], ""));
}

#[test]
fn all_voices_are_fetched_on_request() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(&["voices", "--language", "english", "--json"]).succeeded();
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let names = list.as_array().unwrap().iter().map(|voice| voice["name"].as_str().unwrap());
    let mut files = hub::english();
    files.extend(names.filter(|name| *name != "alba").map(hub::voice));
    let hub = Hub::start(files);
    let outcome = run(&sandbox, &hub, &["download", "english", "--all-voices"]).succeeded();
    assert!(outcome.stderr.contains("29 files, of which 29 were fetched"), "{}", outcome.stderr);
    let told = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(told.lines().filter(|line| line.starts_with("voice ")).count(), 27, "{told}");
}

#[test]
fn failed_downloads_are_reported() {
    let sandbox = Sandbox::new();
    sandbox.run(&["download", "engish"]).failed(2, &["engish", "did you mean `english`"]);
    assert_eq!(sandbox.run(&["download"]).code, Some(2));
    sandbox.run(&["download", "english", "--offline"]).failed(4, &["is not in the cache", "switched off"]);
    let outcome = sandbox.run(&["download", "tiny"]).succeeded();
    assert!(outcome.stderr.contains("tiny is built in"), "{}", outcome.stderr);
    let mut files = hub::english();
    files.remove(1);
    let incomplete = Hub::start(files);
    run(&sandbox, &incomplete, &["download", "english"]).failed(4, &["there is no hf://", "tokenizer.json"]);
    let forged = vec![(hub::WEIGHTS.to_owned(), vec![0; 400_000])];
    let hub = Hub::with_whims(hub::english(), Whims { forged, ..Whims::default() });
    let parts = ["is not the announced file", "nothing of it was kept"];
    run(&Sandbox::new(), &hub, &["download", "english"]).failed(4, &parts);
}

#[test]
fn without_access_the_open_weights_are_fetched_with_a_warning() {
    let refused = vec![(hub::GATED.to_owned(), "403 Forbidden")];
    let mut files = hub::english();
    files.push(HubFile::large(hub::OPEN, hub::WEIGHTS, b"open weights"));
    let (sandbox, hub) = (Sandbox::new(), Hub::with_whims(files, Whims { refused, ..Whims::default() }));
    let outcome = run(&sandbox, &hub, &["download", "english"]).succeeded();
    let words = [
        "warning: voices cannot be taken from recordings",
        "(status 403)",
        "accept the terms on https://huggingface.co/kyutai/pocket-tts,",
        "`hf auth login`",
        "HF_TOKEN",
    ];
    for word in words {
        assert!(outcome.stderr.contains(word), "`{word}` is missing in: {}", outcome.stderr);
    }
    let offline = run(&sandbox, &hub, &["download", "english", "--offline"]).succeeded();
    assert!(offline.stderr.contains("the network is switched off"), "{}", offline.stderr);
}

/// A model of random weights whose first weights are gated.
fn gated_model(sandbox: &Sandbox) -> Hub {
    let goldens = own_goldens();
    let golden = goldens.join("04_drifting");
    let config = std::fs::read_to_string(golden.join("config.yaml")).unwrap();
    let locations = format!(
        "weights_path: hf://owner/gated/model.safetensors@{COMMIT}\n\
         weights_path_without_voice_cloning: hf://owner/open/model.safetensors@{COMMIT}"
    );
    sandbox.write("model/config.yaml", &config.replace("weights_path: model.safetensors", &locations));
    std::fs::copy(golden.join("voice_state.safetensors"), sandbox.path("voice.safetensors")).unwrap();
    std::fs::copy(goldens.join("tokenizer_a.model"), sandbox.path("tokenizer_a.model")).unwrap();
    let weights = std::fs::read(golden.join("model.safetensors")).unwrap();
    let refused = vec![("owner/gated".to_owned(), "401 Unauthorized")];
    let files = vec![HubFile::large("owner/open", "model.safetensors", &weights)];
    Hub::with_whims(files, Whims { refused, ..Whims::default() })
}

#[test]
fn a_model_without_cloning_rejects_recordings_with_advice() {
    let sandbox = Sandbox::new();
    let hub = gated_model(&sandbox);
    let speak = |voice: &str| {
        let arguments = ["generate", "--config", "model/config.yaml", "--text", "Hi.", "--voice", voice];
        run(&sandbox, &hub, &arguments)
    };
    let outcome = speak("voice.safetensors").succeeded();
    let warning = outcome.stderr.lines().find(|line| line.starts_with("warning: voices cannot")).unwrap();
    for word in ["hf://owner/gated/model.safetensors", "(status 401)", "https://huggingface.co/owner/gated"] {
        assert!(warning.contains(word), "{warning}");
    }
    sandbox.run(&["generate", "-q", "--text", "Hello.", "--output-path", "me.wav"]).succeeded();
    let page = "accept the terms on https://huggingface.co/owner/gated,";
    let parts = ["no voice can be taken from a recording", page, "`hf auth login`", "HF_TOKEN"];
    speak("me.wav").failed(2, &parts);
}

#[test]
fn only_denied_access_leads_to_other_weights() {
    let sandbox = Sandbox::new();
    drop(gated_model(&sandbox));
    let open = HubFile::large("owner/open", "model.safetensors", b"other weights");
    let refused = vec![("owner/gated".to_owned(), "404 Not Found")];
    let hub = Hub::with_whims(vec![open], Whims { refused, ..Whims::default() });
    let arguments = ["generate", "--config", "model/config.yaml", "--text", "Hi."];
    run(&sandbox, &hub, &arguments).failed(4, &["there is no hf://owner/gated/model.safetensors"]);
    assert!(hub.requests().iter().all(|request| request.path.starts_with("/owner/gated/")));
}

#[test]
fn sixteen_processes_on_a_cold_cache_fetch_each_file_once() {
    let whims = Whims { trickle: Some((20_000, Duration::from_millis(10))), ..Whims::default() };
    let (sandbox, hub) = (Sandbox::new(), Hub::with_whims(hub::english(), whims));
    let start = |_| {
        let mut command = sandbox.command(&["download", "english"]);
        command.env("HF_ENDPOINT", hub.endpoint()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ChildGuard::spawn(&mut command)
    };
    let children: Vec<_> = (0..16).map(start).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, outputs[0].stdout);
    }
    assert_eq!(hub.transfers().len(), 3, "one for each file");
    assert_eq!(hub::check(&sandbox), 3);
}

/// Bytes of incomplete files and of blobs in a sandbox's cache.
fn received(sandbox: &Sandbox) -> u64 {
    let hub = sandbox.path(".cache/huggingface/hub");
    let lengths = files_below(&hub).into_iter().filter_map(|file| {
        let is_blob = file.components().any(|part| part.as_os_str() == "blobs");
        // It may be renamed meanwhile.
        is_blob.then(|| std::fs::metadata(hub.join(file)).ok()).flatten()
    });
    lengths.map(|file| file.len()).sum()
}

/// Starts a download, and kills it as soon as `bytes` have been received in all, unless it has ended before.
fn kill_after(sandbox: &Sandbox, hub: &Hub, bytes: u64) -> ExitStatus {
    let mut command = sandbox.command(&["download", "english", "-q"]);
    let mut child = ChildGuard::spawn(command.env("HF_ENDPOINT", hub.endpoint()));
    while child.try_wait().unwrap().is_none() && received(sandbox) < bytes {
        thread::sleep(Duration::from_millis(1));
    }
    // It fails if the process has ended by itself.
    drop(child.kill());
    child.wait().unwrap()
}

#[test]
fn a_process_may_be_killed_at_any_point() {
    let whims = Whims { trickle: Some((4_000, Duration::from_millis(1))), ..Whims::default() };
    let hub = Hub::with_whims(hub::english(), whims);
    let whole: u64 = hub::english().iter().map(|file| file.body().len() as u64).sum();
    let mut sandbox = Sandbox::new();
    let (mut killed, mut during, mut runs, mut random) = (0, 0, 0, 1_u64);
    while killed < 50 {
        runs += 1;
        assert!(runs < 500, "the kills come too late: {killed}");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // From before the first byte to nearly the end.
        let target = received(&sandbox) + (random >> 33) % (whole / 4);
        let status = kill_after(&sandbox, &hub, target);
        let found = hub::check(&sandbox);
        if status.success() {
            assert_eq!(found, 3);
            sandbox = Sandbox::new();
        } else {
            assert_eq!(status.code(), None, "it must not have failed by itself");
            killed += 1;
            during += usize::from(received(&sandbox) > 0 && found < 3);
        }
    }
    let resumed = hub.transfers().iter().filter(|request| request.range_start() > Some(0)).count();
    assert!(
        during >= 25 && resumed >= 25,
        "only {during} kills came during a transfer, {resumed} were resumed"
    );
    let outcome = run(&sandbox, &hub, &["download", "english"]).succeeded();
    assert_eq!(hub::check(&sandbox), 3);
    assert!(outcome.stderr.contains("english is on this machine"), "{}", outcome.stderr);
}

#[test]
fn an_interrupted_download_is_resumed() {
    let whims = Whims { trickle: Some((4_000, Duration::from_millis(1))), ..Whims::default() };
    let hub = Hub::with_whims(hub::english(), whims);
    let sandbox = Sandbox::new();
    assert_eq!(kill_after(&sandbox, &hub, 50_000).code(), None, "it must not end before it was cut");
    let outcome = run(&sandbox, &hub, &["download", "english"]).succeeded();
    assert!(outcome.stderr.contains("are already there"), "{}", outcome.stderr);
    let second = hub.transfers().into_iter().find_map(|request| request.range_start()).unwrap();
    assert!((50_000..400_000).contains(&second), "{second}");
    assert_eq!(hub::check(&sandbox), 3);
    let left = files_below(&sandbox.path(".cache/huggingface/hub"));
    assert_eq!(left.len(), 6, "three files and their names, nothing else: {left:?}");
}

/// Compares the cache with the real `huggingface_hub`: each finds the files of the other.
#[test]
#[ignore = "needs Python's package huggingface_hub; `cargo xtask ci` runs it"]
fn the_cache_is_shared_with_python() {
    /// Python with the packages that tests of real clients need.
    const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/clients/venv/bin/python");
    const SCRIPT: &str = "
import sys
from huggingface_hub import hf_hub_download, scan_cache_dir
for file in sys.argv[2:]:
    repo, path, revision = file.split('@')
    print(hf_hub_download(repo, path, revision=revision, local_files_only=sys.argv[1] == 'local'))
assert not scan_cache_dir().warnings, scan_cache_dir().warnings
";
    let python = std::env::var_os("HUGGINGFACE_HUB_PYTHON").unwrap_or_else(|| PYTHON.into());
    let missing =
        "apps/pocket-tts-server/tests/clients/install.sh installs it; HUGGINGFACE_HUB_PYTHON names another";
    assert!(std::path::Path::new(&python).exists(), "{} is missing; {missing}", python.display());
    let hub = Hub::start(hub::english());
    let in_python = |sandbox: &Sandbox, mode: &str| {
        let mut command = std::process::Command::new(&python);
        command.args(["-c", SCRIPT, mode]).args(hub::ENGLISH_FILES).env_clear();
        let output =
            command.env("HOME", sandbox.path("")).env("HF_ENDPOINT", hub.endpoint()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let paths = String::from_utf8(output.stdout).unwrap();
        paths.lines().map(|path| std::fs::canonicalize(path).unwrap()).collect::<Vec<_>>()
    };
    let ours = |outcome: Outcome| {
        let paths = paths(outcome).into_iter().map(|path| std::fs::canonicalize(path).unwrap());
        paths.collect::<Vec<_>>()
    };
    let by_python = Sandbox::new();
    let fetched = in_python(&by_python, "fetch");
    assert_eq!(ours(run(&by_python, &hub, &["download", "english", "--offline"])), fetched);
    by_python.run(&["cache", "verify"]).succeeded();
    let by_us = Sandbox::new();
    let fetched = ours(run(&by_us, &hub, &["download", "english"]));
    let transfers = hub.transfers().len();
    assert_eq!(in_python(&by_us, "local"), fetched);
    assert_eq!(in_python(&by_us, "fetch"), fetched);
    assert_eq!(hub.transfers().len(), transfers, "nothing is fetched again");
}
