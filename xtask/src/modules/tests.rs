use std::path::Path;

use tempfile::TempDir;

use super::FileGraph;

/// What is found in a crate of these files, the first of which is its root.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let folder = crate_of(files);
    let graph = FileGraph::read(&folder.path().join(files[0].0)).unwrap();
    graph.findings(&|path| shortened(path, &folder))
}

fn crate_of(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn shortened(path: &Path, folder: &TempDir) -> String {
    path.strip_prefix(folder.path()).unwrap().display().to_string()
}

#[test]
fn two_files_that_use_each_other_are_a_cycle_with_its_paths() {
    let found = findings(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f() { let _ = super::a::A; }"),
    ]);
    assert_eq!(found, ["a cycle of 2 files: a.rs uses `crate::b::B`, b.rs uses `super::a::A`"]);
}

#[test]
fn a_cycle_through_reexports_a_macro_and_a_folder_is_found() {
    let found = findings(&[
        ("main.rs", "mod a; mod folder; use folder::B;"),
        ("a.rs", "pub fn f() { println!(\"{}\", crate::B::new()); }"),
        ("folder/mod.rs", "mod b; pub use b::*;"),
        ("folder/b.rs", "use crate::a; pub struct B; impl B { pub fn new() { a::f() } }"),
    ]);
    assert_eq!(found, ["a cycle of 2 files: a.rs uses `crate::B::new`, folder/b.rs uses `crate::a`"]);
}

#[test]
fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_cycle() {
    let found = findings(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod b; pub const LIMIT: usize = 1; pub fn f() { b::g() }"),
        ("a/b.rs", "use super::LIMIT; pub fn g() { let _ = LIMIT; }"),
    ]);
    assert_eq!(found, ["a cycle of 2 files: a/b.rs uses `super::LIMIT`, a/mod.rs uses `b::g`"]);
}

#[test]
fn declarations_reexports_and_tests_are_no_uses() {
    let found = findings(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("a.rs", "use crate::B; pub struct A(B); #[cfg(test)] mod tests { use crate::b::B; }"),
        ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::A; } #[cfg(test)] fn f(_: crate::A) {}"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_name_of_another_crate_is_not_a_module_of_this_one() {
    let found = findings(&[
        ("lib.rs", "mod fmt; mod a;"),
        ("fmt.rs", "use crate::a::A; pub struct Line(A);"),
        ("a.rs", "use std::fmt; pub struct A; impl fmt::Display for A {}"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn two_types_of_one_name_are_told_with_their_files() {
    let found = findings(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "struct State;"),
        ("b.rs", "mod inner { enum State {} } fn state() {}"),
    ]);
    assert_eq!(found, ["several types are named `State`: in a.rs, b.rs"]);
}

#[test]
fn a_module_for_other_targets_may_have_the_types_of_the_one_that_it_replaces() {
    let found = findings(&[
        ("lib.rs", "#[cfg(unix)] mod a; #[cfg(not(unix))] #[path = \"a_elsewhere.rs\"] mod a; mod b;"),
        ("a.rs", "pub struct State; use crate::b::B;"),
        ("a_elsewhere.rs", "pub struct State;"),
        ("b.rs", "pub struct B(crate::a::State);"),
    ]);
    assert_eq!(found, ["a cycle of 2 files: a.rs uses `crate::b::B`, b.rs uses `crate::a::State`"]);
}

#[test]
fn the_drawing_holds_every_edge_once() {
    let folder = crate_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::{B, C};"),
        ("b.rs", "pub struct B; pub struct C;"),
    ]);
    let graph = FileGraph::read(&folder.path().join("lib.rs")).unwrap();
    let dot = graph.to_dot("house", &|path| shortened(path, &folder));
    assert_eq!(dot.matches("\"a.rs\" -> \"b.rs\";").count(), 1, "{dot}");
}

#[test]
fn a_file_that_is_missing_is_named() {
    let folder = crate_of(&[("lib.rs", "mod gone;")]);
    let error = FileGraph::read(&folder.path().join("lib.rs")).unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}
