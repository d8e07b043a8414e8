//! The files in `deploy`: what they refer to exists, and works. There is no container engine here;
//! what they would run is run without one.

#![cfg(unix)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use serde_norway::Value;

use crate::client::get;
use crate::fixture::{settings, unused_address};
use crate::program::Process;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
const PREFIX: &str = "POCKET_TTS_SERVER_";
/// The manifests that every cluster can apply.
const BASE: [&str; 3] = ["deployment.yaml", "disruption-budget.yaml", "service.yaml"];
/// The manifests of the components, which need something of the cluster.
const COMPONENTS: [&str; 2] = ["autoscaling/autoscaler.yaml", "shared-volumes/volumes.yaml"];

fn text(name: &str) -> String {
    let path = Path::new(DEPLOY).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of a YAML file.
fn documents(name: &str) -> Vec<Value> {
    let text = text(name);
    let documents = serde_norway::Deserializer::from_str(&text);
    documents.map(|document| Value::deserialize(document).unwrap_or_else(|e| panic!("{name}: {e}"))).collect()
}

/// The only resource of this kind.
fn resource(kind: &str) -> Value {
    let all = BASE.iter().chain(&COMPONENTS).flat_map(|name| documents(&format!("kubernetes/{name}")));
    let mut found: Vec<Value> = all.filter(|resource| resource["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:?}")).to_owned()
}

/// The items of a list.
fn items(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_else(|| panic!("no list: {value:?}"))
}

/// The container of the deployment.
fn container() -> Value {
    let containers = resource("Deployment")["spec"]["template"]["spec"]["containers"].clone();
    assert_eq!(items(&containers).len(), 1);
    containers[0].clone()
}

/// The instructions of the Dockerfile, with lines that go on joined.
fn instructions() -> Vec<(String, String)> {
    let text = text("Dockerfile");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let instruction = |line: &str| {
        let (name, rest) = line.split_once(' ').unwrap();
        (name.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    joined.lines().filter(|line| !line.is_empty()).map(instruction).collect()
}

/// The rests of all instructions of this name.
fn instructions_of(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(known, _)| known == name).map(|(_, rest)| rest).collect()
}

/// What the image sets.
fn image_variables() -> BTreeMap<String, String> {
    let all = instructions_of("ENV").join(" ");
    all.split(' ')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

/// What the deployment sets, without what comes from a secret.
fn deployment_variables() -> BTreeMap<String, String> {
    let container = container();
    let variables = items(&container["env"]).iter();
    variables
        .filter(|one| !one["value"].is_null())
        .map(|one| (string(&one["name"]), string(&one["value"])))
        .collect()
}

/// What each server of the compose file sets, without what the operator may add.
fn compose_variables() -> Vec<BTreeMap<String, String>> {
    let compose = documents("compose.yaml").remove(0);
    let servers = ["server-1", "server-2"].map(|name| compose["services"][name]["environment"].clone());
    let pairs = |server: &Value| {
        let variables = server.as_mapping().unwrap().iter();
        variables
            .map(|(name, value)| (string(name), string(value)))
            .filter(|(_, value)| !value.starts_with('$'))
            .collect()
    };
    servers.iter().map(pairs).collect()
}

fn number(variables: &BTreeMap<String, String>, name: &str) -> f64 {
    variables[&format!("{PREFIX}{name}")].parse().unwrap()
}

#[test]
fn every_variable_is_an_option_of_the_server_with_a_valid_value() {
    let help = Command::new(env!("CARGO_BIN_EXE_pocket-tts-server")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let options: BTreeSet<String> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .map(|option| {
            option.split(['[', '=', '.', ',', ';', ':']).next().unwrap().replace('-', "_").to_uppercase()
        })
        .collect();
    for file in [
        "Dockerfile",
        "compose.yaml",
        "haproxy.cfg",
        "healthcheck.sh",
        "helm/templates/deployment.yaml",
        "kubernetes/deployment.yaml",
        "kubernetes/shared-volumes/deployment.yaml",
        "systemd/pocket-tts.service",
    ] {
        for (start, _) in text(file).match_indices(PREFIX) {
            let rest = &text(file)[start + PREFIX.len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            assert!(options.contains(&name) || name == "API_KEYS", "{file}: {PREFIX}{name}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let voices = folder.path().to_str().unwrap();
    let image = image_variables();
    for more in compose_variables().into_iter().chain([deployment_variables()]) {
        let all: BTreeMap<String, String> = image.clone().into_iter().chain(more).collect();
        let own = |name: &str, value: &str| {
            if name.ends_with("_VOICES_DIR") { voices.to_owned() } else { value.to_owned() }
        };
        let all: Vec<(String, String)> =
            all.into_iter().map(|(name, value)| (name.clone(), own(&name, &value))).collect();
        let all: Vec<(&str, &str)> =
            all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut server = Process::start(&[], &all);
        server.address();
    }
}

#[test]
fn every_probe_is_answered_and_every_metric_exists() {
    let port = unused_address().port().to_string();
    let mut server = Process::start(&["--port", &port], &[]);
    let address = server.address();
    let container = container();
    for (probe, path) in [
        ("startupProbe", "/health/ready"),
        ("readinessProbe", "/health/ready"),
        ("livenessProbe", "/health/live"),
    ] {
        assert_eq!(string(&container[probe]["httpGet"]["path"]), path);
        get(address, path).with_status(200);
    }
    let check = text("haproxy.cfg");
    let check = check.lines().find_map(|line| line.trim().strip_prefix("option httpchk GET ")).unwrap();
    get(address, check).with_status(200);
    let template = resource("Deployment")["spec"]["template"]["metadata"]["annotations"].clone();
    let figures = get(address, &string(&template["prometheus.io/path"])).with_status(200);
    let metric = resource("HorizontalPodAutoscaler")["spec"]["metrics"][0]["pods"]["metric"]["name"].clone();
    let metric = string(&metric);
    assert!(figures.text().lines().any(|line| line == format!("{metric} 0")), "{metric}");
    let rule = documents("kubernetes/autoscaling/prometheus-adapter.yaml")[0]["rules"]["custom"][0].clone();
    assert!(string(&rule["seriesQuery"]).starts_with(&format!("{metric}{{")));
    assert_eq!(string(&rule["name"]["matches"]), format!("^{metric}$"));

    // The health check of the image, on this server's port, and on an unused one.
    let ask = |port: u16| {
        let mut command = Command::new(Path::new(DEPLOY).join("healthcheck.sh"));
        command.env("POCKET_TTS_SERVER_PORT", port.to_string()).output().unwrap().status.success()
    };
    assert!(ask(address.port()));
    drop(server);
    assert!(!ask(address.port()));
}

#[test]
fn the_ports_are_the_same_everywhere() {
    let port = image_variables()[&format!("{PREFIX}PORT")].clone();
    assert_eq!(instructions_of("EXPOSE"), [port.as_str()]);
    let container = container();
    let ports = items(&container["ports"]);
    assert_eq!(ports.len(), 1);
    assert_eq!(ports[0]["containerPort"].as_u64().unwrap().to_string(), port);
    let name = string(&ports[0]["name"]);
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        assert_eq!(string(&container[probe]["httpGet"]["port"]), name);
    }
    assert_eq!(string(&resource("Service")["spec"]["ports"][0]["targetPort"]), name);
    let annotations = resource("Deployment")["spec"]["template"]["metadata"]["annotations"].clone();
    assert_eq!(string(&annotations["prometheus.io/port"]), port);
    let balancer = documents("compose.yaml")[0]["services"]["balancer"].clone();
    let variables = &balancer["environment"];
    for replica in ["1", "2"] {
        assert_eq!(string(&variables[format!("REPLICA_{replica}")]), format!("server-{replica}:{port}"));
    }
    let bind = string(&variables["BALANCER_BIND"]);
    let inner = bind.strip_prefix("*:").unwrap();
    assert!(string(&balancer["ports"][0]).ends_with(&format!(":{inner}")));
    // Each variable of the balancer's file is set.
    for (start, _) in text("haproxy.cfg").match_indices("\"${") {
        let name = text("haproxy.cfg")[start + 3..].split('}').next().unwrap().to_owned();
        assert!(!variables[&name].is_null(), "{name}");
    }
}

#[test]
fn the_server_for_home_assistant_is_advertised_on_the_host_s_network() {
    let compose = documents("compose.yaml").remove(0);
    let server = &compose["services"]["home-assistant"];
    // It would not be visible from Docker's own network.
    assert_eq!(string(&server["network_mode"]), "host");
    // It is optional.
    assert_eq!(items(&server["profiles"]).len(), 1);
    let variable = |name: &str| string(&server["environment"][format!("{PREFIX}{name}")]);
    let wyoming = variable("WYOMING");
    assert!(wyoming.starts_with("0.0.0.0:"), "{wyoming}");
    settings(&["--wyoming", &wyoming, "--wyoming-zeroconf", &variable("WYOMING_ZEROCONF")]);
    let published = string(&compose["services"]["balancer"]["ports"][0]);
    assert_ne!(published.split(':').next(), Some(variable("PORT").as_str()));
}

/// The value of this option of the balancer's servers; milliseconds if it is a time.
fn balancer_number(name: &str) -> f64 {
    let text = text("haproxy.cfg");
    let line = text.lines().find(|line| line.trim().starts_with("default-server ")).unwrap();
    let mut words = line.split_whitespace().skip_while(|word| *word != name);
    let value = words.nth(1).unwrap_or_else(|| panic!("no {name}"));
    let digits = value.trim_end_matches(char::is_alphabetic);
    let unit = if value.ends_with('s') && !value.ends_with("ms") { 1_000.0 } else { 1.0 };
    unit * digits.parse::<f64>().unwrap()
}

#[test]
fn idle_clients_do_not_block_health_checks() {
    // The server evicts connections beyond 384.
    assert!(balancer_number("maxconn") < 384.0);
    assert!(text("haproxy.cfg").lines().any(|line| line.trim() == "option http-buffer-request"));
    // It is also the time limit of a check's connection.
    assert!(balancer_number("inter") >= 1_000.0 && balancer_number("fall") >= 2.0);
    let container = container();
    let patience_s = |probe: &str| {
        let probe = &container[probe];
        assert!(probe["timeoutSeconds"].as_f64().unwrap() >= 3.0);
        probe["periodSeconds"].as_f64().unwrap() * probe["failureThreshold"].as_f64().unwrap()
    };
    assert!(patience_s("readinessProbe") >= 4.0 && patience_s("livenessProbe") >= 60.0);
}

#[test]
fn the_image_of_the_deployment_can_be_set() {
    let images = documents("kubernetes/kustomization.yaml")[0]["images"].clone();
    assert_eq!(images[0]["name"], container()["image"]);
    let rule = documents("kubernetes/autoscaling/prometheus-adapter.yaml")[0]["rules"]["custom"][0].clone();
    let query = string(&rule["metricsQuery"]);
    let minutes = query.split('[').nth(1).and_then(|rest| rest.strip_suffix("m])")).map(str::parse);
    // Two scrapes of the usual interval.
    assert!(minutes.unwrap().is_ok_and(|minutes: u32| minutes >= 2), "{query}");
}

#[test]
fn a_server_has_enough_time_to_shut_down() {
    let needed = |variables: &BTreeMap<String, String>| {
        number(variables, "DRAIN_DELAY") + number(variables, "DRAIN_TIMEOUT")
    };
    let pod = resource("Deployment")["spec"]["template"]["spec"].clone();
    let grace_s = pod["terminationGracePeriodSeconds"].as_f64().unwrap();
    assert!(grace_s > needed(&deployment_variables()), "{grace_s}");
    let compose = documents("compose.yaml").remove(0);
    for (name, variables) in ["server-1", "server-2"].into_iter().zip(compose_variables()) {
        let grace = string(&compose["services"][name]["stop_grace_period"]);
        let grace_s: f64 = grace.strip_suffix('s').unwrap().parse().unwrap();
        assert!(grace_s > needed(&variables), "{name}: {grace}");
        // Several checks of the balancer must fail before the server stops.
        let (inter_s, again_s) = (balancer_number("inter") / 1_000.0, balancer_number("fastinter") / 1_000.0);
        let noticed_s = inter_s + (balancer_number("fall") - 1.0) * again_s;
        assert!(number(&variables, "DRAIN_DELAY") > 2.0 * noticed_s, "{noticed_s}");
    }
    let probe = &container()["readinessProbe"];
    let noticed_s = probe["periodSeconds"].as_f64().unwrap() * probe["failureThreshold"].as_f64().unwrap();
    assert!(number(&deployment_variables(), "DRAIN_DELAY") > 2.0 * noticed_s);
}

#[test]
fn the_image_is_built_from_existing_files_with_the_same_compiler() {
    let toolchain = std::fs::read_to_string(Path::new(ROOT).join("rust-toolchain.toml")).unwrap();
    let channel =
        toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    assert_eq!(instructions_of("ARG")[0], format!("RUST_VERSION={channel}"));
    let ignored = text("Dockerfile.dockerignore");
    let mut copied = BTreeSet::new();
    for copy in instructions_of("COPY") {
        let words: Vec<&str> = copy.split(' ').filter(|word| !word.starts_with("--chmod")).collect();
        if words[0].starts_with("--from") {
            continue;
        }
        for source in &words[..words.len() - 1] {
            assert!(Path::new(ROOT).join(source).exists(), "{source}");
            let top = source.split('/').next().unwrap();
            assert!(ignored.lines().any(|line| line == format!("!{top}")), "{source} is ignored");
            copied.insert((*source).to_owned());
        }
    }
    // All crates, and all that they compile in.
    let members = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let members = members.lines().find_map(|line| line.strip_prefix("members = [")).unwrap().to_owned();
    let members = members.trim_end_matches(']').split(", ").map(|member| member.trim_matches('"'));
    for needed in members.map(|member| member.trim_end_matches("/*")).chain(["assets", "configs", ".cargo"]) {
        let is_copied = copied.iter().any(|folder| Path::new(needed).starts_with(folder));
        assert!(is_copied, "{needed} isn't copied");
    }
    let commands = instructions_of("RUN").join(" ");
    assert!(commands.contains("cargo build --release --locked --package pocket-tts-server "));
    assert!(commands.contains("--mount=type=cache,target=/source/target"));
}

#[test]
fn containers_are_not_root_and_write_to_volumes_only() {
    let user = instructions_of("USER").pop().unwrap();
    let pod = resource("Deployment")["spec"]["template"]["spec"].clone();
    let security = &pod["securityContext"];
    let ids = [&security["runAsUser"], &security["runAsGroup"]].map(|id| id.as_u64().unwrap());
    assert_eq!(format!("{}:{}", ids[0], ids[1]), user);
    assert!(ids[0] > 0 && security["runAsNonRoot"] == true && security["fsGroup"].as_u64() == Some(ids[1]));
    let container = container();
    let security = &container["securityContext"];
    assert!(security["readOnlyRootFilesystem"] == true && security["allowPrivilegeEscalation"] == false);
    assert_eq!(security["capabilities"]["drop"][0], "ALL");
    assert!(!container["resources"]["limits"]["memory"].is_null());

    let mounts: BTreeMap<String, String> = items(&container["volumeMounts"])
        .iter()
        .map(|mount| (string(&mount["name"]), string(&mount["mountPath"])))
        .collect();
    for volume in items(&pod["volumes"]) {
        assert!(mounts.contains_key(&string(&volume["name"])));
        // A cluster without shared storage has these, too.
        assert!(!volume["emptyDir"].is_null(), "{volume:?}");
    }
    let claims = documents("kubernetes/shared-volumes/volumes.yaml");
    let claims: BTreeSet<String> = claims.iter().map(|claim| string(&claim["metadata"]["name"])).collect();
    let patch = documents("kubernetes/shared-volumes/deployment.yaml").remove(0);
    let patch = &patch["spec"]["template"]["spec"];
    for volume in items(&patch["volumes"]) {
        assert!(claims.contains(&string(&volume["persistentVolumeClaim"]["claimName"])));
    }
    let more = &patch["containers"][0];
    let mounts = mounts.into_iter().chain(
        items(&more["volumeMounts"])
            .iter()
            .map(|mount| (string(&mount["name"]), string(&mount["mountPath"]))),
    );
    let mounts: BTreeMap<String, String> = mounts.collect();
    let packed = image_variables()["POCKET_TTS_WEIGHT_CACHE"].clone();
    assert!(packed.starts_with(&format!("{}/", image_variables()["HF_HOME"])), "{packed}");
    assert_eq!(string(&more["env"][0]["name"]), format!("{PREFIX}VOICES_DIR"));
    let written = [image_variables()["HF_HOME"].clone(), string(&more["env"][0]["value"])];
    let made = instructions_of("RUN").join(" ");
    let compose = documents("compose.yaml").remove(0);
    for folder in written {
        assert!(mounts.values().any(|path| *path == folder) && made.contains(&folder), "{folder}");
        for server in ["server-1", "server-2"] {
            let server = &compose["services"][server];
            let is_mounted = |mount: &Value| string(mount).ends_with(&format!(":{folder}"));
            assert!(items(&server["volumes"]).iter().any(is_mounted), "{folder}");
            assert!(server["read_only"] == true && server["cap_drop"][0] == "ALL");
        }
    }
    for build in ["server-1", "server-2"].map(|server| compose["services"][server]["build"].clone()) {
        let context = PathBuf::from(DEPLOY).join(string(&build["context"]));
        assert!(context.join(string(&build["dockerfile"])).exists());
    }
}

#[test]
fn the_resources_refer_to_each_other() {
    let deployment = resource("Deployment");
    let name = &deployment["metadata"]["name"];
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&resource("Service")["spec"]["selector"], labels);
    let budget = resource("PodDisruptionBudget");
    assert_eq!(&budget["spec"]["selector"]["matchLabels"], labels);
    let scaler = resource("HorizontalPodAutoscaler");
    let target = &scaler["spec"]["scaleTargetRef"];
    assert_eq!(
        (&target["name"], &target["kind"], &target["apiVersion"]),
        (name, &deployment["kind"], &deployment["apiVersion"])
    );
    // Some stay while others go.
    let least = scaler["spec"]["minReplicas"].as_u64().unwrap();
    assert!(least > budget["spec"]["maxUnavailable"].as_u64().unwrap());
    assert!(
        deployment["spec"]["replicas"].as_u64().unwrap() > budget["spec"]["maxUnavailable"].as_u64().unwrap()
    );
    let scaling = documents("kubernetes/autoscaling/kustomization.yaml").remove(0);
    let patch = string(&scaling["patches"][0]["patch"]);
    assert!(patch.contains("remove, path: /spec/replicas"), "each apply would reset the autoscaler");
    let listed = documents("kubernetes/kustomization.yaml")[0]["resources"].clone();
    assert_eq!(items(&listed).iter().map(string).collect::<Vec<_>>(), BASE);
    for component in COMPONENTS {
        let (folder, file) = component.split_once('/').unwrap();
        let listed = documents(&format!("kubernetes/{folder}/kustomization.yaml"))[0]["resources"].clone();
        assert_eq!(string(&listed[0]), file);
    }
}

#[test]
fn the_threads_of_a_pod_are_its_requested_processors() {
    let container = container();
    let variables = items(&container["env"]);
    let threads = variables.iter().find(|one| one["name"] == format!("{PREFIX}THREADS").as_str()).unwrap();
    let source = &threads["valueFrom"]["resourceFieldRef"];
    assert_eq!((&source["resource"], &source["containerName"]), (&"requests.cpu".into(), &container["name"]));
    // Less than a processor is rounded up to one.
    assert_eq!(source["divisor"], "1");
    assert!(!container["resources"]["requests"]["cpu"].is_null());
}

#[test]
fn pods_get_no_variables_for_services_as_the_server_would_take_them_for_settings() {
    for file in ["kubernetes/deployment.yaml", "helm/templates/deployment.yaml"] {
        let text = text(file);
        let pod = text.split_once("      automountServiceAccountToken: false\n").unwrap().1;
        assert!(pod.contains("\n      enableServiceLinks: false\n"), "{file}");
    }
}

#[test]
#[ignore = "needs Python; `cargo xtask ci` runs it"]
fn the_simulated_load_is_near_the_measured_one() {
    let folder = Path::new(ROOT).join("benches/capacity");
    let check = |costs: &Path| {
        let arguments =
            ["simulate.py".as_ref(), "check".as_ref(), costs.as_os_str(), "measured.json".as_ref()];
        Command::new("python3").args(arguments).current_dir(&folder).output().unwrap()
    };
    let output = check(Path::new("costs.json"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 10, "a line for each load");
    // Other costs are noticed.
    let costs = std::fs::read_to_string(folder.join("costs.json")).unwrap();
    let slower = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(slower.path(), costs.replace("11.332", "5.666")).unwrap();
    assert!(!check(slower.path()).status.success(), "costs that are twice as high");
}
