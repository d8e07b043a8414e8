//! The workspace in the output of `cargo metadata`: its folder, its crates and their dependencies.
//!
//! It must not know what is allowed.

use std::{collections::BTreeSet, env, ffi::OsString, path::PathBuf, process::Command};

use serde::Deserialize;

use crate::error::TaskError;

/// The folder of the workspace and the crates in it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The build folder.
    pub(crate) target: PathBuf,
    pub(crate) crates: Vec<Crate>,
}

/// A crate and its dependencies in the workspace, except for dev-dependencies.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) uses: Vec<String>,
    /// The root files of its library and programs.
    pub(crate) roots: Vec<PathBuf>,
}

/// The part of `cargo metadata`'s output that is used here.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
    /// Absent for a crate of a registry.
    path: Option<PathBuf>,
}

impl Workspace {
    /// Loads the workspace of the current folder.
    ///
    /// # Errors
    ///
    /// If cargo can't be started or finds no workspace.
    pub(crate) fn load() -> Result<Self, TaskError> {
        let cargo = cargo();
        let output =
            Command::new(&cargo).args(["metadata", "--format-version", "1", "--no-deps"]).output().map_err(
                |source| TaskError::Start { program: cargo.to_string_lossy().into_owned(), source },
            )?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(TaskError::Metadata { reason });
        }
        Self::parse(&output.stdout)
    }

    fn parse(json: &[u8]) -> Result<Self, TaskError> {
        let metadata: Metadata = serde_json::from_slice(json)
            .map_err(|error| TaskError::Metadata { reason: error.to_string() })?;
        let crates = metadata.packages.into_iter().map(Crate::from).collect();
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory, crates })
    }
}

impl From<Package> for Crate {
    fn from(package: Package) -> Self {
        let uses: BTreeSet<String> = package
            .dependencies
            .into_iter()
            .filter(|dependency| dependency.path.is_some() && dependency.kind.as_deref() != Some("dev"))
            .map(|dependency| dependency.name)
            .collect();
        let roots = package
            .targets
            .into_iter()
            .filter(|target| target.kind.iter().any(|kind| ["lib", "cdylib", "bin"].contains(&kind.as_str())))
            .map(|target| target.src_path)
            .collect();
        Self { name: package.name, uses: uses.into_iter().collect(), roots }
    }
}

/// The cargo that runs this program, else the one in the search path.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_normal_and_build_dependencies_within_the_workspace() {
        let json = br#"{
            "workspace_root": "somewhere",
            "target_directory": "elsewhere",
            "packages": [{
                "name": "upper",
                "targets": [
                    {"kind": ["lib"], "src_path": "upper/src/lib.rs"},
                    {"kind": ["test"], "src_path": "upper/tests/all.rs"}
                ],
                "dependencies": [
                    {"name": "lower", "kind": null, "path": "lower"},
                    {"name": "lower", "kind": "build", "path": "lower"},
                    {"name": "generator", "kind": "build", "path": "generator"},
                    {"name": "checker", "kind": "dev", "path": "checker"},
                    {"name": "serde", "kind": null}
                ]
            }]
        }"#;
        let workspace = Workspace::parse(json).unwrap();
        let uses = vec!["generator".to_owned(), "lower".to_owned()];
        assert_eq!(
            workspace.crates,
            [Crate { name: "upper".to_owned(), uses, roots: vec!["upper/src/lib.rs".into()] }]
        );
        assert_eq!(workspace.root, PathBuf::from("somewhere"));
    }

    #[test]
    fn output_without_packages_is_an_error_that_names_them() {
        let error = Workspace::parse(br#"{"workspace_root": "somewhere", "target_directory": "elsewhere"}"#)
            .unwrap_err();
        assert!(error.to_string().contains("packages"), "{error}");
    }
}
