//! Shortest cycles of a graph.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
};

type Edges = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

/// A file of a cycle, and the path by which it uses the next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CycleStep {
    pub(super) file: PathBuf,
    pub(super) path: String,
}

/// Cycles that have no file in common, each the shortest through its first file, such that without their files the graph
/// has none.
pub(super) fn find(edges: &Edges) -> Vec<Vec<CycleStep>> {
    let mut taken = BTreeSet::new();
    let mut cycles = Vec::new();
    for file in edges.keys() {
        if taken.contains(file) {
            continue;
        }
        if let Some(cycle) = shortest_through(file, edges, &taken) {
            taken.extend(cycle.iter().map(|step| step.file.clone()));
            cycles.push(cycle);
        }
    }
    cycles
}

fn shortest_through(start: &Path, edges: &Edges, taken: &BTreeSet<PathBuf>) -> Option<Vec<CycleStep>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                return Some(walk_back(start, file, &came_from, edges));
            }
            if !taken.contains(next) && !came_from.contains_key(next.as_path()) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn walk_back(start: &Path, last: &Path, came_from: &BTreeMap<&Path, &Path>, edges: &Edges) -> Vec<CycleStep> {
    let mut cycle = Vec::new();
    let (mut file, mut next) = (last, start);
    loop {
        let path = edges.get(file).and_then(|uses| uses.get(next)).cloned().unwrap_or_default();
        cycle.push(CycleStep { file: file.to_owned(), path });
        if file == start {
            cycle.reverse();
            return cycle;
        }
        next = file;
        let Some(before) = came_from.get(file) else { return cycle };
        file = before;
    }
}
