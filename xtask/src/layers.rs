//! The layers of the workspace, as data, and the check that no crate reaches up or sideways, and no module in a circle.
//!
//! It must not know how the crates are found.

use std::{collections::BTreeSet, path::Path};

use crate::{
    error::TaskError,
    modules,
    workspace::{Crate, Workspace},
};

/// A crate's place in the architecture.
struct Place {
    name: &'static str,
    /// 0 is the lowest.
    layer: u8,
    /// The crates of this workspace that it may be built from.
    may_use: &'static [&'static str],
}

/// Which crate may use which. A new crate or edge is an architectural decision: write it down here.
const PLACES: &[Place] = &[
    Place { name: "pocket-tts-configs", layer: 0, may_use: &[] },
    Place { name: "pocket-tts-tiny", layer: 0, may_use: &[] },
    Place { name: "pocket-tts-web", layer: 0, may_use: &[] },
    Place { name: "pocket-tts-files", layer: 0, may_use: &[] },
    Place { name: "pocket-tts-streaming", layer: 0, may_use: &[] },
    Place { name: "pocket-tts-tensor", layer: 0, may_use: &[] },
    Place {
        name: "pocket-tts-transformer",
        layer: 1,
        may_use: &["pocket-tts-configs", "pocket-tts-streaming", "pocket-tts-tensor"],
    },
    Place { name: "pocket-tts-mimi", layer: 2, may_use: NEURAL },
    Place { name: "pocket-tts-flow-lm", layer: 2, may_use: NEURAL },
    Place { name: "pocket-tts-text", layer: 2, may_use: &["pocket-tts-tensor"] },
    Place { name: "pocket-tts-audio", layer: 2, may_use: &["pocket-tts-files"] },
    Place { name: "pocket-tts-hub", layer: 2, may_use: &["pocket-tts-files"] },
    // It knows neither models nor files of models: what limits YAML is given to it.
    Place { name: "pocket-tts-settings", layer: 2, may_use: &[] },
    Place {
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
            "pocket-tts-audio",
            "pocket-tts-hub",
        ],
    },
    Place {
        name: "pocket-tts-server",
        layer: 4,
        may_use: &["pocket-tts-core", "pocket-tts-audio", "pocket-tts-settings", "pocket-tts-web"],
    },
    // `pocket-tts serve` runs the server.
    Place {
        name: "pocket-tts",
        layer: 5,
        may_use: &[
            "pocket-tts-core",
            "pocket-tts-audio",
            "pocket-tts-files",
            "pocket-tts-settings",
            "pocket-tts-server",
        ],
    },
];

/// What the two networks are built from.
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
/// If an edge isn't allowed, [`PLACES`] and the workspace name different crates, or files use each other in a cycle.
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
    let mut findings = check(&workspace.crates, PLACES, OUTSIDE);
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

/// What is wrong, one sentence each, in the order of `crates`.
fn check(crates: &[Crate], places: &[Place], outside: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for member in crates {
        let name = member.name.as_str();
        let place = places.iter().find(|place| place.name == name);
        match place {
            Some(place) => findings.extend(member.uses.iter().filter_map(|used| refusal(place, used))),
            None if outside.contains(&name) => {}
            None => findings.push(format!("`{name}` has no place: give it one in xtask/src/layers.rs")),
        }
    }
    let present: BTreeSet<&str> = crates.iter().map(|member| member.name.as_str()).collect();
    let expected = places.iter().map(|place| place.name).chain(outside.iter().copied());
    let gone = expected.filter(|name| !present.contains(name));
    findings.extend(gone.map(|name| format!("`{name}` is gone: take it out of xtask/src/layers.rs")));
    findings
}

/// Why `place` may not use `used`, if so.
fn refusal(place: &Place, used: &str) -> Option<String> {
    if place.may_use.contains(&used) {
        return None;
    }
    let (name, layer) = (place.name, place.layer);
    let allowed = if place.may_use.is_empty() { "none".to_owned() } else { place.may_use.join(", ") };
    Some(format!("`{name}` (layer {layer}) may not use `{used}`; of this workspace it may use: {allowed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVENTED: &[Place] = &[
        Place { name: "ground", layer: 0, may_use: &[] },
        Place { name: "wall", layer: 1, may_use: &["ground"] },
        Place { name: "window", layer: 1, may_use: &["ground"] },
        Place { name: "roof", layer: 2, may_use: &["wall", "window"] },
    ];

    fn house(edges: &[(&str, &str)]) -> Vec<Crate> {
        let names = ["ground", "wall", "window", "roof", "crane"];
        let uses =
            |name: &str| edges.iter().filter(|edge| edge.0 == name).map(|edge| edge.1.to_owned()).collect();
        names.map(|name| Crate { name: name.to_owned(), uses: uses(name), roots: Vec::new() }).into()
    }

    fn findings(edges: &[(&str, &str)]) -> Vec<String> {
        check(&house(edges), INVENTED, &["crane"])
    }

    #[test]
    fn allowed_edges_and_the_outside_pass() {
        let edges = [
            ("wall", "ground"),
            ("window", "ground"),
            ("roof", "wall"),
            ("crane", "roof"),
            ("crane", "ground"),
        ];
        assert_eq!(findings(&edges), [""; 0]);
    }

    #[test]
    fn an_edge_upwards_is_named_with_what_would_be_allowed() {
        assert_eq!(
            findings(&[("ground", "wall"), ("wall", "roof")]),
            [
                "`ground` (layer 0) may not use `wall`; of this workspace it may use: none",
                "`wall` (layer 1) may not use `roof`; of this workspace it may use: ground",
            ]
        );
    }

    #[test]
    fn edges_sideways_past_a_layer_and_to_the_outside_are_refused() {
        for edge in [("wall", "window"), ("roof", "ground"), ("roof", "crane"), ("roof", "stranger")] {
            let findings = findings(&[edge]);
            assert_eq!(findings.len(), 1, "{edge:?}");
            assert!(findings[0].contains(edge.0) && findings[0].contains(edge.1), "{findings:?}");
        }
    }

    #[test]
    fn a_crate_without_a_place_is_refused() {
        let mut crates = house(&[]);
        crates.push(Crate { name: "cellar".to_owned(), uses: vec!["roof".to_owned()], roots: Vec::new() });
        let findings = check(&crates, INVENTED, &["crane"]);
        assert_eq!(findings, ["`cellar` has no place: give it one in xtask/src/layers.rs"]);
    }

    #[test]
    fn a_place_without_a_crate_is_refused() {
        let mut crates = house(&[]);
        crates.retain(|member| member.name != "window" && member.name != "crane");
        let findings = check(&crates, INVENTED, &["crane"]);
        assert_eq!(
            findings,
            [
                "`window` is gone: take it out of xtask/src/layers.rs",
                "`crane` is gone: take it out of xtask/src/layers.rs",
            ]
        );
    }

    #[test]
    fn every_allowed_edge_leads_to_a_lower_layer() {
        for place in PLACES {
            for used in place.may_use {
                let lower = PLACES.iter().find(|other| other.name == *used);
                assert!(lower.is_some_and(|lower| lower.layer < place.layer), "{} -> {used}", place.name);
            }
        }
    }
}
