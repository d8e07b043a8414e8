//! The layers of the workspace, and the check that crates use lower layers only and that files form no cycles.
//!
//! It must not know how the crates are found.

use std::{collections::BTreeSet, path::Path};

use crate::{
    error::TaskError,
    modules,
    workspace::{Crate, Workspace},
};

/// A crate's layer and its allowed dependencies.
struct CrateRule {
    name: &'static str,
    /// 0 is the lowest.
    layer: u8,
    /// The crates of this workspace that it may depend on.
    may_use: &'static [&'static str],
}

/// The allowed dependencies. A new crate or edge is an architectural decision, which is recorded here.
const RULES: &[CrateRule] = &[
    CrateRule { name: "pocket-tts-configs", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-tiny", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-web", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-files", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-spans", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-streaming", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-tensor", layer: 0, may_use: &[] },
    CrateRule { name: "pocket-tts-captions", layer: 1, may_use: &["pocket-tts-spans"] },
    CrateRule {
        name: "pocket-tts-transformer",
        layer: 1,
        may_use: &["pocket-tts-configs", "pocket-tts-streaming", "pocket-tts-tensor"],
    },
    CrateRule { name: "pocket-tts-mimi", layer: 2, may_use: NEURAL },
    CrateRule { name: "pocket-tts-flow-lm", layer: 2, may_use: NEURAL },
    CrateRule { name: "pocket-tts-text", layer: 2, may_use: &["pocket-tts-spans", "pocket-tts-tensor"] },
    CrateRule { name: "pocket-tts-normalize", layer: 2, may_use: &["pocket-tts-spans"] },
    CrateRule { name: "pocket-tts-markup", layer: 2, may_use: &["pocket-tts-spans"] },
    CrateRule { name: "pocket-tts-book", layer: 3, may_use: &["pocket-tts-markup"] },
    CrateRule { name: "pocket-tts-audio", layer: 2, may_use: &["pocket-tts-files"] },
    // It must not know models: latents come through a trait, so that it builds without tensors.
    CrateRule { name: "pocket-tts-dataset", layer: 3, may_use: &["pocket-tts-audio", "pocket-tts-files"] },
    CrateRule { name: "pocket-tts-play", layer: 2, may_use: &[] },
    CrateRule { name: "pocket-tts-hub", layer: 2, may_use: &["pocket-tts-files"] },
    // It must not know models or their files: the limits on YAML are parameters.
    CrateRule { name: "pocket-tts-settings", layer: 2, may_use: &[] },
    CrateRule {
        name: "pocket-tts-core",
        layer: 3,
        may_use: &[
            "pocket-tts-configs",
            "pocket-tts-files",
            "pocket-tts-tiny",
            "pocket-tts-streaming",
            "pocket-tts-tensor",
            "pocket-tts-transformer",
            "pocket-tts-mimi",
            "pocket-tts-flow-lm",
            "pocket-tts-text",
            "pocket-tts-spans",
            "pocket-tts-normalize",
            "pocket-tts-markup",
            "pocket-tts-audio",
            "pocket-tts-hub",
        ],
    },
    CrateRule {
        name: "pocket-tts-server",
        layer: 4,
        may_use: &[
            "pocket-tts-core",
            "pocket-tts-audio",
            "pocket-tts-settings",
            "pocket-tts-spans",
            "pocket-tts-web",
        ],
    },
    CrateRule {
        name: "pocket-tts-python",
        layer: 4,
        may_use: &[
            "pocket-tts-core",
            "pocket-tts-audio",
            "pocket-tts-captions",
            "pocket-tts-dataset",
            "pocket-tts-normalize",
        ],
    },
    // `pocket-tts serve` runs the server.
    CrateRule {
        name: "pocket-tts",
        layer: 5,
        may_use: &[
            "pocket-tts-core",
            "pocket-tts-audio",
            "pocket-tts-book",
            "pocket-tts-captions",
            "pocket-tts-dataset",
            "pocket-tts-files",
            "pocket-tts-normalize",
            "pocket-tts-play",
            "pocket-tts-spans",
            "pocket-tts-settings",
            "pocket-tts-server",
        ],
    },
];

/// The dependencies of the two networks.
const NEURAL: &[&str] =
    &["pocket-tts-configs", "pocket-tts-streaming", "pocket-tts-tensor", "pocket-tts-transformer"];

/// Crates that aren't part of the product: they may use any crate of it, and none may use them.
const OUTSIDE: &[&str] = &[
    "pocket-tts-test-support",
    "pocket-tts-tests",
    "pocket-tts-kernel-tests",
    "pocket-tts-benches",
    "xtask",
];

/// Checks this workspace, or draws it with the option `--graph`.
///
/// # Errors
///
/// If an edge isn't allowed, [`RULES`] and the workspace name different crates, or files use each other in a cycle.
pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let workspace = Workspace::load()?;
    let name = |path: &Path| path.strip_prefix(&workspace.root).unwrap_or(path).display().to_string();
    let graphs = modules::read_all(&workspace.crates)?;
    match words {
        [] => {}
        [option] if option == "--graph" => {
            println!("digraph workspace {{\n  rankdir=LR;");
            for (crate_name, graph) in &graphs {
                print!("{}", graph.to_dot(crate_name, &name));
            }
            println!("}}");
            return Ok(());
        }
        _ => {
            let problem = format!("unknown options `{}`; the only one is --graph", words.join(" "));
            return Err(TaskError::Option { task: "layers", problem });
        }
    }
    let mut findings = check(&workspace.crates, RULES, OUTSIDE);
    for (crate_name, graph) in &graphs {
        findings.extend(graph.findings(&name).into_iter().map(|finding| format!("{crate_name}: {finding}")));
    }
    if !findings.is_empty() {
        return Err(TaskError::Findings { check: "layers", findings });
    }
    let edges: usize = workspace.crates.iter().map(|member| member.uses.len()).sum();
    println!("layers: {} crates, {edges} edges, all allowed, and no cycle of files", workspace.crates.len());
    Ok(())
}

/// The violations, one sentence each, in the order of `crates`.
fn check(crates: &[Crate], rules: &[CrateRule], outside: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for member in crates {
        let name = member.name.as_str();
        let rule = rules.iter().find(|rule| rule.name == name);
        match rule {
            Some(rule) => findings.extend(member.uses.iter().filter_map(|used| refusal(rule, used))),
            None if outside.contains(&name) => {}
            None => findings.push(format!("`{name}` has no layer: add it to xtask/src/layers.rs")),
        }
    }
    let present: BTreeSet<&str> = crates.iter().map(|member| member.name.as_str()).collect();
    let expected = rules.iter().map(|rule| rule.name).chain(outside.iter().copied());
    let gone = expected.filter(|name| !present.contains(name));
    findings.extend(gone.map(|name| format!("`{name}` does not exist: remove it from xtask/src/layers.rs")));
    findings
}

/// The violation if `rule` may not use `used`.
fn refusal(rule: &CrateRule, used: &str) -> Option<String> {
    if rule.may_use.contains(&used) {
        return None;
    }
    let (name, layer) = (rule.name, rule.layer);
    let allowed = if rule.may_use.is_empty() { "none".to_owned() } else { rule.may_use.join(", ") };
    Some(format!("`{name}` (layer {layer}) may not use `{used}`; of this workspace it may use: {allowed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVENTED: &[CrateRule] = &[
        CrateRule { name: "base", layer: 0, may_use: &[] },
        CrateRule { name: "left", layer: 1, may_use: &["base"] },
        CrateRule { name: "right", layer: 1, may_use: &["base"] },
        CrateRule { name: "top", layer: 2, may_use: &["left", "right"] },
    ];

    fn crates(edges: &[(&str, &str)]) -> Vec<Crate> {
        let names = ["base", "left", "right", "top", "tool"];
        let uses =
            |name: &str| edges.iter().filter(|edge| edge.0 == name).map(|edge| edge.1.to_owned()).collect();
        names.map(|name| Crate { name: name.to_owned(), uses: uses(name), roots: Vec::new() }).into()
    }

    fn findings(edges: &[(&str, &str)]) -> Vec<String> {
        check(&crates(edges), INVENTED, &["tool"])
    }

    #[test]
    fn allowed_edges_and_crates_outside_the_layers_pass() {
        let edges = [("left", "base"), ("right", "base"), ("top", "left"), ("tool", "top"), ("tool", "base")];
        assert_eq!(findings(&edges), [""; 0]);
    }

    #[test]
    fn an_edge_upwards_is_named_with_the_allowed_ones() {
        assert_eq!(
            findings(&[("base", "left"), ("left", "top")]),
            [
                "`base` (layer 0) may not use `left`; of this workspace it may use: none",
                "`left` (layer 1) may not use `top`; of this workspace it may use: base",
            ]
        );
    }

    #[test]
    fn edges_sideways_past_a_layer_and_to_the_outside_are_refused() {
        for edge in [("left", "right"), ("top", "base"), ("top", "tool"), ("top", "unknown")] {
            let findings = findings(&[edge]);
            assert_eq!(findings.len(), 1, "{edge:?}");
            assert!(findings[0].contains(edge.0) && findings[0].contains(edge.1), "{findings:?}");
        }
    }

    #[test]
    fn a_crate_without_a_rule_is_refused() {
        let mut crates = crates(&[]);
        crates.push(Crate { name: "extra".to_owned(), uses: vec!["top".to_owned()], roots: Vec::new() });
        let findings = check(&crates, INVENTED, &["tool"]);
        assert_eq!(findings, ["`extra` has no layer: add it to xtask/src/layers.rs"]);
    }

    #[test]
    fn a_rule_without_a_crate_is_refused() {
        let mut crates = crates(&[]);
        crates.retain(|member| member.name != "right" && member.name != "tool");
        let findings = check(&crates, INVENTED, &["tool"]);
        assert_eq!(
            findings,
            [
                "`right` does not exist: remove it from xtask/src/layers.rs",
                "`tool` does not exist: remove it from xtask/src/layers.rs",
            ]
        );
    }

    #[test]
    fn every_allowed_edge_leads_to_a_lower_layer() {
        for rule in RULES {
            for used in rule.may_use {
                let lower = RULES.iter().find(|other| other.name == *used);
                assert!(lower.is_some_and(|lower| lower.layer < rule.layer), "{} -> {used}", rule.name);
            }
        }
    }
}
