//! The chart and the manifests, rendered by `helm` and `kubectl`.
//!
//! They are not on every machine, so these tests are ignored by default, as the ones in `clients.rs`.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{collections::BTreeMap, path::Path, process::Command};

use serde::Deserialize;
use serde_norway::Value;

use crate::client::get;
use crate::clients::{PACKAGES, SCRIPTS, succeed};
use crate::program::Process;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
const PREFIX: &str = "POCKET_TTS_SERVER_";

/// A program that `install.sh` puts beside the packages.
fn program(name: &str) -> Command {
    let path = Path::new(PACKAGES).join("kubernetes").join(name);
    assert!(path.exists(), "{} is missing; run {SCRIPTS}/install.sh", path.display());
    Command::new(path)
}

fn documents(text: &[u8]) -> Vec<Value> {
    let documents = serde_norway::Deserializer::from_slice(text);
    let documents = documents.map(|document| Value::deserialize(document).unwrap());
    documents.filter(|document| !document.is_null()).collect()
}

/// The resources of a release with these settings, by kind.
fn release(settings: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let mut helm = program("helm");
    helm.args(["template", "tts"]).arg(format!("{DEPLOY}/helm"));
    for setting in settings {
        helm.args(["--set-json", setting]);
    }
    by_kind(documents(&succeed(&mut helm)))
}

fn by_kind(resources: Vec<Value>) -> BTreeMap<String, Vec<Value>> {
    let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for resource in resources {
        let kind = resource["kind"].as_str().unwrap().to_owned();
        kinds.entry(kind).or_default().push(resource);
    }
    kinds
}

fn kinds(resources: &BTreeMap<String, Vec<Value>>) -> Vec<&str> {
    resources.keys().map(String::as_str).collect()
}

fn container(resources: &BTreeMap<String, Vec<Value>>) -> &Value {
    &resources["Deployment"][0]["spec"]["template"]["spec"]["containers"][0]
}

/// The variables that a container is given as they stand.
fn variables(container: &Value) -> BTreeMap<String, String> {
    let all = container["env"].as_sequence().unwrap().iter();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.filter_map(|one| Some((text(&one["name"])?, text(&one["value"])?))).collect()
}

#[test]
#[ignore = "needs helm; `cargo xtask ci` runs it"]
fn the_chart_starts_the_small_model_without_cluster_resources() {
    succeed(program("helm").args(["lint", "--strict"]).arg(format!("{DEPLOY}/helm")));
    let release = release(&[]);
    assert_eq!(kinds(&release), ["ConfigMap", "Deployment", "Service"]);
    let pod = &release["Deployment"][0]["spec"]["template"]["spec"];
    for volume in pod["volumes"].as_sequence().unwrap() {
        assert!(!volume["emptyDir"].is_null() || !volume["configMap"].is_null(), "{volume:?}");
    }
    let container = container(&release);
    let version = concat!(":", env!("CARGO_PKG_VERSION"));
    assert!(container["image"].as_str().unwrap().ends_with(version), "the chart has another version");
    assert!(pod["securityContext"]["runAsNonRoot"] == true);
    assert!(container["securityContext"]["readOnlyRootFilesystem"] == true);
    let variables = variables(container);
    let number = |name: &str| variables[&format!("{PREFIX}{name}")].parse::<f64>().unwrap();
    let grace_s = pod["terminationGracePeriodSeconds"].as_f64().unwrap();
    assert!(grace_s > number("DRAIN_DELAY") + number("DRAIN_TIMEOUT"), "{grace_s}");

    // The pod's command runs here, and gets the requests of the probes and of Prometheus.
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("server.yaml");
    std::fs::write(&settings, release["ConfigMap"][0]["data"]["server.yaml"].as_str().unwrap()).unwrap();
    let settings = settings.to_str().unwrap();
    let local = |name: &str, value: &str| match name.strip_prefix(PREFIX) {
        Some("SETTINGS") => settings.to_owned(),
        Some("METRICS_PORT") => "127.0.0.1:0".to_owned(),
        _ => value.to_owned(),
    };
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| (name.clone(), local(name, value))).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut server = Process::start(&[], &variables);
    let address = server.address();
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        get(address, container[probe]["httpGet"]["path"].as_str().unwrap()).with_status(200);
    }
    let metrics = server.seen.iter().find_map(|line| line.split("metrics on http://").nth(1)).unwrap();
    let (metrics, path) = metrics.split('"').next().unwrap().split_once('/').unwrap();
    let annotations = &release["Deployment"][0]["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(annotations["prometheus.io/path"], format!("/{path}").as_str());
    get(metrics.parse().unwrap(), &format!("/{path}")).with_status(200);
}

#[test]
#[ignore = "needs helm; `cargo xtask ci` runs it"]
fn the_chart_renders_all_options() {
    let release = release(&[
        "voices.enabled=true",
        "models.persistent=true",
        "ingress.enabled=true",
        "autoscaling.enabled=true",
        r#"secret.apiKeys=["one","two"]"#,
        "metrics.podMonitor.enabled=true",
        r#"settings={"voice_map":{"alloy":"heart"}}"#,
    ]);
    assert_eq!(
        kinds(&release),
        [
            "ConfigMap",
            "Deployment",
            "HorizontalPodAutoscaler",
            "Ingress",
            "PersistentVolumeClaim",
            "PodDisruptionBudget",
            "PodMonitor",
            "Secret",
            "Service",
        ]
    );
    let deployment = &release["Deployment"][0];
    assert!(deployment["spec"]["replicas"].is_null(), "each upgrade would reset the autoscaler");
    let claims: Vec<&Value> =
        release["PersistentVolumeClaim"].iter().map(|claim| &claim["metadata"]["name"]).collect();
    let volumes = deployment["spec"]["template"]["spec"]["volumes"].as_sequence().unwrap();
    let claimed = volumes.iter().map(|volume| &volume["persistentVolumeClaim"]["claimName"]);
    let claimed: Vec<&Value> = claimed.filter(|claim| !claim.is_null()).collect();
    assert!(
        claims.len() == 2 && claimed.iter().all(|claim| claims.contains(claim)),
        "{claims:?} {claimed:?}"
    );
    let secret = &release["Secret"][0];
    assert_eq!(secret["stringData"]["api-keys"], "one,two");
    let keys = container(&release)["env"].as_sequence().unwrap().iter();
    let keys = keys.filter(|one| one["name"] == format!("{PREFIX}API_KEYS").as_str());
    let sources: Vec<&Value> = keys.map(|one| &one["valueFrom"]["secretKeyRef"]["name"]).collect();
    assert_eq!(sources, [&secret["metadata"]["name"]]);
    let backend = &release["Ingress"][0]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"];
    let service = &release["Service"][0];
    assert_eq!(backend["name"], service["metadata"]["name"]);
    assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
    assert_eq!(service["spec"]["selector"], deployment["spec"]["selector"]["matchLabels"]);
}

#[test]
#[ignore = "needs helm; `cargo xtask ci` runs it"]
fn the_chart_rejects_unknown_values() {
    for setting in
        ["settings.port=1", "metrics.port=8000", "nonsense=1", r#"voices.enabled="yes""#, "replicaCount=-1"]
    {
        let mut helm = program("helm");
        helm.args(["template", "tts"]).arg(format!("{DEPLOY}/helm")).args(["--set-json", setting]);
        let output = helm.output().unwrap();
        assert!(!output.status.success(), "{setting}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
#[ignore = "needs kubectl; `cargo xtask ci` runs it"]
fn the_manifests_render_with_and_without_each_component() {
    let kustomize = |components: &str| {
        let folder = tempfile::tempdir().unwrap();
        let copy =
            Command::new("cp").args(["-r", &format!("{DEPLOY}/kubernetes/.")]).arg(folder.path()).status();
        assert!(copy.unwrap().success());
        let file = folder.path().join("kustomization.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}{components}")).unwrap();
        by_kind(documents(&succeed(program("kubectl").arg("kustomize").arg(folder.path()))))
    };
    let base = kustomize("");
    assert_eq!(kinds(&base), ["Deployment", "PodDisruptionBudget", "Service"]);
    let whole = kustomize("components: [shared-volumes, autoscaling]\n");
    assert_eq!(whole["PersistentVolumeClaim"].len(), 2);
    assert!(whole["Deployment"][0]["spec"]["replicas"].is_null());
    assert!(variables(container(&whole)).contains_key(&format!("{PREFIX}VOICES_DIR")));
    for volume in whole["Deployment"][0]["spec"]["template"]["spec"]["volumes"].as_sequence().unwrap() {
        assert!(volume["emptyDir"].is_null() && !volume["persistentVolumeClaim"].is_null(), "{volume:?}");
    }
}
