//! From paths to the files that define what they name.

use std::{collections::BTreeMap, path::PathBuf};

use super::tree::ModuleTree;

/// Names may be passed on this often before they are defined.
const MAXIMUM_REEXPORTS: usize = 16;

/// What a path leads to.
enum PathTarget {
    /// Something defined in this module.
    Item(usize),
    /// The module itself.
    Module(usize),
}

/// For each file the other files that it uses, each with the first path that does.
pub(super) fn between_files(tree: &ModuleTree) -> BTreeMap<PathBuf, BTreeMap<PathBuf, String>> {
    let mut edges: BTreeMap<PathBuf, BTreeMap<PathBuf, String>> = BTreeMap::new();
    for (index, module) in tree.modules.iter().enumerate() {
        for path in &module.references {
            let used = match tree.resolve(index, path, 0) {
                Some(PathTarget::Item(used)) => used,
                // A module that only holds others is a name, and so is a single word that may be a variable.
                Some(PathTarget::Module(used)) if path.len() > 1 && !tree.modules[used].items.is_empty() => {
                    used
                }
                _ => continue,
            };
            let file = &tree.modules[used].file;
            if *file != module.file {
                let uses_of_file = edges.entry(module.file.clone()).or_default();
                uses_of_file.entry(file.clone()).or_insert_with(|| path.join("::"));
            }
        }
    }
    edges
}

impl ModuleTree {
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<PathTarget> {
        if depth > MAXIMUM_REEXPORTS {
            return None;
        }
        let mut module = from;
        let mut rest = path;
        while let Some((first, after)) = rest.split_first() {
            module = match first.as_str() {
                "crate" => 0,
                "self" => module,
                "super" => self.modules[module].parent?,
                _ => break,
            };
            rest = after;
        }
        // Only names that the module itself holds are meant; `std::…` and other crates are not.
        while let Some((first, after)) = rest.split_first() {
            let here = &self.modules[module];
            if let Some(child) = here.children.get(first) {
                module = *child;
            } else if here.items.contains_key(first) {
                return Some(PathTarget::Item(module));
            } else if let Some(import) = here.imports.get(first) {
                // `use x::{self}` and the like would lead to themselves.
                let is_itself = import.first() == Some(first) && import.len() == 1;
                let longer: Vec<String> = import.iter().chain(after).cloned().collect();
                return if is_itself { None } else { self.resolve(module, &longer, depth + 1) };
            } else {
                let name = rest.to_vec();
                return here.globs.iter().find_map(|glob| {
                    let longer: Vec<String> = glob.iter().chain(&name).cloned().collect();
                    self.resolve(module, &longer, depth + 1)
                });
            }
            rest = after;
        }
        Some(PathTarget::Module(module))
    }
}
