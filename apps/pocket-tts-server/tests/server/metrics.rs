//! Metrics: the conventions of Prometheus, and the port that serves them.

use std::collections::{BTreeMap, BTreeSet};

use pocket_tts_server::Server;
use serde_json::json;

use crate::client::{get, post_form, post_json, post_multipart, request};
use crate::fixture::{TestServer, settings, wait_until};

/// Units other than base units, and words that name a type.
const DISCOURAGED: [&str; 14] = [
    "milliseconds",
    "ms",
    "us",
    "minutes",
    "hours",
    "kb",
    "kib",
    "mb",
    "mib",
    "kilobytes",
    "megabytes",
    "gauge",
    "counter",
    "histogram",
];

/// The metadata and the samples of a metric family: name, labels, value.
#[derive(Debug, Default)]
struct Family {
    help: String,
    kind: String,
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// The families in a text of the format 0.0.4, of which no label holds a comma or an escaped character.
fn families(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            name.clone_into(&mut last);
            let family = families.entry(last.clone()).or_default();
            assert!(family.kind.is_empty(), "{name} is declared twice");
            help.clone_into(&mut family.help);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, last, "HELP and TYPE belong together");
            kind.clone_into(&mut families.get_mut(name).unwrap().kind);
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty());
            let labels = labels.map(|label| {
                let (key, value) = label.split_once('=').unwrap();
                (key.to_owned(), value.trim_matches('"').to_owned())
            });
            let family = families.get_mut(&last).unwrap_or_else(|| panic!("{line} has no family"));
            family.samples.push((name.to_owned(), labels.collect(), value.parse().unwrap()));
        }
    }
    families
}

/// Violations of the conventions.
fn problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut complain = |name: &str, problem: &str| problems.push(format!("{name}: {problem}"));
    for (name, family) in families(text) {
        let is_plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_plain(&name) || !(name.starts_with("pocket_tts_") || name.starts_with("process_")) {
            complain(&name, "a name of small letters with a prefix");
        }
        if family.help.is_empty() {
            complain(&name, "no help");
        }
        if name.split('_').any(|word| DISCOURAGED.contains(&word)) {
            complain(&name, "a unit that is no base unit, or the type in the name");
        }
        if (family.kind == "counter") != name.ends_with("_total") {
            complain(&name, "`_total` is for counters and for nothing else");
        }
        if ["_count", "_sum", "_bucket"].iter().any(|ending| name.ends_with(ending)) {
            complain(&name, "an ending that belongs to histograms");
        }
        let mut series = BTreeSet::new();
        for (sample, labels, value) in &family.samples {
            if !series.insert((sample, labels)) {
                complain(&name, "a series twice");
            }
            if labels.contains_key("le") && family.kind != "histogram" {
                complain(&name, "`le` outside a histogram");
            }
            let belongs = match family.kind.as_str() {
                "histogram" => sample
                    .strip_prefix(name.as_str())
                    .is_some_and(|end| ["_bucket", "_sum", "_count"].contains(&end)),
                "counter" | "gauge" => *sample == name,
                _ => false,
            };
            if !belongs || !value.is_finite() || (family.kind != "gauge" && *value < 0.0) {
                complain(&name, "a sample that its type has not");
            }
        }
        if family.kind == "histogram" {
            let ends = family
                .samples
                .iter()
                .filter(|(_, labels, _)| labels.get("le").is_some_and(|le| le == "+Inf"));
            let counts = family.samples.iter().filter(|(sample, ..)| sample.ends_with("_count"));
            if !ends.map(|(.., value)| value).eq(counts.map(|(.., value)| value)) {
                complain(&name, "the last bucket doesn't hold all");
            }
        }
    }
    problems
}

#[test]
fn metrics_follow_the_conventions() {
    let server = TestServer::start(&[]);
    let body = json!({ "input": "Hello.", "response_format": "pcm" });
    post_json(server.address, "/v1/audio/speech", &body).with_status(200);
    post_json(server.address, "/v1/audio/speech", &json!({ "input": "" })).with_status(400);
    get(server.address, "/nowhere").with_status(404);
    wait_until("the request is over", || {
        get(server.address, "/metrics").text().contains("status_class=\"2xx\"")
    });
    let answer = get(server.address, "/metrics").with_status(200);
    let text = answer.text();
    assert!(problems(text).is_empty(), "{:#?}", problems(text));
    let families = families(text);
    let sample = |name: &str, labels: &[(&str, &str)]| {
        let labels: BTreeMap<String, String> =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let all = families.values().flat_map(|family| &family.samples);
        let mut found = all.filter(|(known, given, _)| {
            known == name && labels.iter().all(|(key, value)| given.get(key) == Some(value))
        });
        found.next().unwrap_or_else(|| panic!("{name} {labels:?} is missing in:\n{text}")).2
    };
    assert!(
        (sample("pocket_tts_build_info", &[("version", env!("CARGO_PKG_VERSION"))]) - 1.0).abs()
            < f64::EPSILON
    );
    for outcome in ["completed", "cancelled", "refused", "failed"] {
        sample("pocket_tts_streams_total", &[("outcome", outcome)]);
    }
    // Faster than real time is below 1, and this model is much faster.
    let work = sample("pocket_tts_real_time_factor_sum", &[]);
    assert!(work > 0.0 && sample("pocket_tts_audio_seconds_total", &[]) > 0.0);
    let speech = [("route", "/v1/audio/speech"), ("method", "POST")];
    for class in ["2xx", "4xx"] {
        let labels = [speech[0], speech[1], ("status_class", class)];
        assert!(sample("pocket_tts_request_duration_seconds_count", &labels) >= 1.0);
    }
    if cfg!(target_os = "linux") {
        for name in [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes",
            "process_open_fds",
            "process_max_fds",
            "process_threads",
        ] {
            assert!(sample(name, &[]) > 0.0, "{name}");
        }
        let now_s = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        let start_s = sample("process_start_time_seconds", &[]);
        // The time of the boot has a resolution of a second.
        assert!((now_s - 86_400.0..=now_s + 2.0).contains(&start_s), "{start_s} at {now_s}");
    }
}

#[test]
fn requests_that_cannot_be_spoken_do_not_count_as_failures() {
    let server = TestServer::start(&[]);
    post_json(server.address, "/v1/audio/speech", &json!({ "input": "..." })).with_status(400);
    post_form(server.address, "/tts", "text=Hello.&voice_url=alba").with_status(400);
    let parts = [("text", None, &b"Hello."[..]), ("voice_wav", Some("a.wav"), b"garbage")];
    post_multipart(server.address, "/tts", &parts).with_status(400);
    wait_until("all are refused", || server.figure(r#"pocket_tts_streams_total{outcome="refused"}"#) >= 3.0);
    server.wait_until_idle();
    let failed = server.figure(r#"pocket_tts_streams_total{outcome="failed"}"#);
    assert!(failed < 0.5, "{}", get(server.address, "/metrics").text());
}

#[test]
fn violations_of_the_conventions_are_found() {
    for (text, problem) in [
        ("# HELP pocket_tts_a A.\n# TYPE pocket_tts_a counter\npocket_tts_a 1\n", "_total"),
        ("# HELP pocket_tts_a_total A.\n# TYPE pocket_tts_a_total gauge\npocket_tts_a_total 1\n", "_total"),
        ("# HELP pocket_tts_a_ms A.\n# TYPE pocket_tts_a_ms gauge\npocket_tts_a_ms 1\n", "base unit"),
        ("# HELP pocket_tts_a \n# TYPE pocket_tts_a gauge\npocket_tts_a 1\n", "no help"),
        ("# HELP other A.\n# TYPE other gauge\nother 1\n", "prefix"),
        ("# HELP process_a A.\n# TYPE process_a gauge\nprocess_a 1\nprocess_a 2\n", "twice"),
    ] {
        assert!(problems(text).iter().any(|found| found.contains(problem)), "{text}: {:?}", problems(text));
    }
}

#[test]
fn a_metrics_port_serves_only_metrics_without_a_key() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "sesame").unwrap();
    let options = ["--api-key-file", keys.path().to_str().unwrap(), "--metrics-port", "0"];
    let server = Server::start(settings(&options)).unwrap();
    let (main, metrics) = (server.addresses()[0], server.metrics_addresses()[0]);
    assert!(metrics.ip().is_loopback() && metrics != main);
    wait_until("the server is ready", || get(main, "/health/ready").status == 200);
    let key = "Authorization: Bearer sesame\r\n";
    request(main, "GET", "/metrics", key, b"").with_status(404);
    let described = get(main, "/openapi.json").with_status(200).json();
    assert!(described["paths"].get("/metrics").is_none() && described["paths"].get("/tts").is_some());
    let answer = get(metrics, "/metrics").with_status(200);
    assert!(answer.header("Content-Type").unwrap().starts_with("text/plain"));
    assert!(answer.text().contains("pocket_tts_models_loaded 1\n"));
    for path in ["/", "/health", "/v1/models", "/tts"] {
        get(metrics, path).with_status(404);
    }
    assert_eq!(
        request(metrics, "POST", "/metrics", "", b"").with_status(405).header("Allow"),
        Some("GET, HEAD")
    );
    server.stop().unwrap();
    assert!(std::net::TcpStream::connect(metrics).is_err());
}
