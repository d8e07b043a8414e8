//! The modules of each crate: no cycle of files, and no two types with the same name.
//!
//! It reads the source files with `syn` and follows `mod`, `use` and paths; tests are left out. It must not know which
//! crates exist.

mod cycles;
mod edges;
mod references;
mod tree;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::{Path, PathBuf},
};

use crate::{error::TaskError, workspace::Crate};
use tree::ModuleTree;

/// The files of a crate and which of them use which.
#[derive(Debug, Default)]
pub(crate) struct FileGraph {
    /// For each file the files that it uses, each with the first path that does.
    pub(crate) edges: BTreeMap<PathBuf, BTreeMap<PathBuf, String>>,
    /// For each name the files that define a type of that name.
    pub(crate) types: BTreeMap<String, Vec<PathBuf>>,
}

impl FileGraph {
    /// Reads the crate whose library or program begins at `root`.
    ///
    /// # Errors
    ///
    /// If a file can't be read or isn't Rust.
    pub(crate) fn read(root: &Path) -> Result<Self, TaskError> {
        let tree = ModuleTree::read(root)?;
        Ok(Self { edges: edges::between_files(&tree), types: tree.types() })
    }

    /// What is wrong with the files, one sentence each; `name` shortens a path.
    pub(crate) fn findings(&self, name: &dyn Fn(&Path) -> String) -> Vec<String> {
        let mut findings = Vec::new();
        for cycle in cycles::find(&self.edges) {
            let steps: Vec<String> =
                cycle.iter().map(|step| format!("{} uses `{}`", name(&step.file), step.path)).collect();
            findings.push(format!("a cycle of {} files: {}", cycle.len(), steps.join(", ")));
        }
        for (type_name, files) in self.types.iter().filter(|(_, files)| files.len() > 1) {
            let files: Vec<String> = files.iter().map(|file| name(file)).collect();
            findings.push(format!("several types are named `{type_name}`: in {}", files.join(", ")));
        }
        findings
    }

    /// The graph in Graphviz's language, one cluster for the crate.
    pub(crate) fn to_dot(&self, crate_name: &str, name: &dyn Fn(&Path) -> String) -> String {
        let mut dot = format!("  subgraph \"cluster_{crate_name}\" {{\n    label=\"{crate_name}\";\n");
        let files: BTreeSet<&PathBuf> =
            self.edges.iter().flat_map(|(from, to)| std::iter::once(from).chain(to.keys())).collect();
        for file in files {
            // A string grows without failing.
            let _ = writeln!(dot, "    \"{}\";", name(file));
        }
        for (from, to) in self.edges.iter().flat_map(|(from, to)| to.keys().map(move |to| (from, to))) {
            let _ = writeln!(dot, "    \"{}\" -> \"{}\";", name(from), name(to));
        }
        dot.push_str("  }\n");
        dot
    }
}

/// The graph of each crate that has a root of its own.
///
/// # Errors
///
/// If a file can't be read.
pub(crate) fn read_all(crates: &[Crate]) -> Result<Vec<(String, FileGraph)>, TaskError> {
    let mut graphs = Vec::new();
    // The kernels' own package includes the tensor crate's files.
    for member in crates.iter().filter(|member| member.name != "pocket-tts-kernel-tests") {
        for root in &member.roots {
            graphs.push((member.name.clone(), FileGraph::read(root)?));
        }
    }
    Ok(graphs)
}

#[cfg(test)]
mod tests;
