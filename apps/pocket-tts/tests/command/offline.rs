//! Offline, no socket is opened: there is no connection to the hub, and no system call.

use crate::support::{Sandbox, hub};
use pocket_tts_hub::testing::{Hub, Server, reply};

/// Runs that would fetch something with a network.
const RUNS: [&[&str]; 4] = [
    &["download", "english", "--all-voices"],
    &["generate", "--language", "english"],
    &["generate", "--voice", "hf://owner/name/voice.safetensors"],
    &["generate", "--config", "hf://owner/name/config.yaml"],
];

/// The two ways to switch the network off.
fn offline<'a>(arguments: &[&'a str], by_variable: bool) -> (Vec<&'a str>, (&'static str, &'static str)) {
    let switch = if by_variable { &[][..] } else { &["--offline"] };
    ([arguments, switch].concat(), ("HF_HUB_OFFLINE", if by_variable { "1" } else { "0" }))
}

#[test]
fn there_is_no_connection_to_a_hub() {
    let hub = Hub::start(hub::english());
    let web = Server::start(|_| reply("200 OK", "", b"sound"));
    let (endpoint, url) = (hub.endpoint(), format!("{}/voice.wav", web.endpoint()));
    let by_url = ["generate", "--voice", &url];
    for run in RUNS.into_iter().chain([&by_url[..]]) {
        for by_variable in [false, true] {
            let (arguments, variable) = offline(run, by_variable);
            let outcome = Sandbox::new().run_with(&[variable, ("HF_ENDPOINT", &endpoint)], &arguments);
            outcome.failed(4, &["the network is switched off"]);
        }
    }
    assert_eq!((hub.requests().len(), web.requests().len()), (0, 0));
    Sandbox::new().run_with(&[("HF_ENDPOINT", &endpoint)], &["download", "english"]).succeeded();
    assert!(!hub.requests().is_empty(), "the same hub is seen if it may be");
}

/// The exit code of a run, and the network system calls of all its threads and children.
#[cfg(target_os = "linux")]
fn network_calls(
    sandbox: &Sandbox,
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> (Option<i32>, Vec<String>) {
    let trace = sandbox.path("trace");
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_pocket-tts")).args(arguments);
    command.env_clear().envs(variables.iter().copied());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = command.env("HOME", sandbox.path("")).current_dir(sandbox.path("")).output();
    let output = output.unwrap_or_else(|error| {
        panic!("strace can't be started ({error}); install it as .ci/run does: apt-get install strace")
    });
    let calls = std::fs::read_to_string(&trace).unwrap_or_else(|error| {
        panic!("strace left no trace ({error}): {}", String::from_utf8_lossy(&output.stderr))
    });
    std::fs::remove_file(&trace).unwrap();
    // The signal thread uses a private pair of sockets; others would be created by `socket`.
    let is_own = |line: &str| line.contains("socketpair(AF_UNIX") || line.contains("recvfrom(");
    let lines = calls.lines().filter(|line| line.contains('(') && !is_own(line));
    (output.status.code(), lines.map(str::to_owned).collect())
}

#[cfg(target_os = "linux")]
#[test]
fn there_is_no_network_system_call() {
    let hub = Hub::start(hub::english());
    let endpoint = ("HF_ENDPOINT", hub.endpoint());
    let endpoint = (endpoint.0, endpoint.1.as_str());
    for run in RUNS {
        for by_variable in [false, true] {
            let (arguments, variable) = offline(run, by_variable);
            let found = network_calls(&Sandbox::new(), &[variable, endpoint], &arguments);
            assert_eq!(found, (Some(4), Vec::new()), "{arguments:?}");
        }
    }
    let sandbox = Sandbox::new();
    let (code, calls) = network_calls(&sandbox, &[endpoint], &["download", "english"]);
    assert!(
        code == Some(0) && calls.iter().any(|call| call.contains("connect(")),
        "the trace works: {calls:?}"
    );
    let warm = ["download", "english", "--offline"];
    assert_eq!(network_calls(&sandbox, &[endpoint], &warm), (Some(0), Vec::new()));
    let speak = ["generate", "--text", "Hi.", "--offline"];
    assert_eq!(network_calls(&sandbox, &[], &speak), (Some(0), Vec::new()));
}
