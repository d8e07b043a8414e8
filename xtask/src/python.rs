//! Builds the Python package, installs it into a fresh environment and runs its tests there, on a Ray cluster, too.
//!
//! It must not know what the tests check.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::TaskError,
    workspace::{Workspace, cargo},
};

/// The package's folder in the workspace.
const PACKAGE: &str = "crates/pocket-tts-python";
/// The compiled library in the build folder.
const LIBRARY: &str = "release/libpocket_tts_native.so";

/// Builds, installs and tests.
///
/// # Errors
///
/// If Python or a package is missing, or if anything fails.
pub(crate) fn run() -> Result<(), TaskError> {
    let Some((package, wheel, folder)) = built(&TEST)? else { return Ok(()) };
    let packages = folder.join("packages");
    if !packages.is_dir() {
        let install = format!("{PACKAGE}/tests/install.sh");
        return Err(TaskError::Missing { what: "pytest", install });
    }
    let python = environment(&TEST, &folder.join("venv"))?;
    let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"];
    let tools = ["mypy", "pytest", "scipy", "typing-extensions"].map(OsStr::new);
    let options = options.map(OsStr::new).into_iter().chain(["--find-links".as_ref(), packages.as_ref()]);
    TEST.command(&python, options.chain([wheel.as_os_str()]).chain(tools))?;
    let sources = package.join("python/pocket_tts_rs");
    TEST.command(&python, [OsStr::new("-m"), "mypy".as_ref(), "--strict".as_ref(), sources.as_ref()])?;
    TEST.command(&python, [OsStr::new("-m"), "pytest".as_ref(), "--quiet".as_ref(), package.as_ref()])
}

/// Builds the package, installs it with Ray, which is fetched (150 MB), and tests the programs for a cluster.
///
/// # Errors
///
/// As [`run`], and if Ray can't be fetched.
pub(crate) fn ray() -> Result<(), TaskError> {
    let Some((package, wheel, folder)) = built(&RAY)? else { return Ok(()) };
    let python = environment(&RAY, &folder.join("ray"))?;
    let requirements = package.join("tests/requirements-ray.txt");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"].map(OsStr::new);
    let pinned = [OsStr::new("--require-hashes"), "--requirement".as_ref(), requirements.as_ref()];
    RAY.command(&python, install.into_iter().chain(pinned))?;
    RAY.command(&python, install.into_iter().chain([OsStr::new("--no-deps"), wheel.as_ref()]))?;
    let test = package.join("tests/ray_cluster.py");
    RAY.command(&python, [OsStr::new("-m"), "pytest".as_ref(), "--quiet".as_ref(), test.as_ref()])
}

/// The name of a task, for its errors.
struct PackageTask(&'static str);

const TEST: PackageTask = PackageTask("python");
const RAY: PackageTask = PackageTask("ray");

/// Builds the package. Returns its folder, the wheel and the folder of environments; `None` where it can't be built so.
fn built(task: &PackageTask) -> Result<Option<(PathBuf, PathBuf, PathBuf)>, TaskError> {
    if !cfg!(target_os = "linux") {
        println!("skipped: the wheel of the tests is assembled on Linux; elsewhere, maturin builds it");
        return Ok(None);
    }
    let workspace = Workspace::load()?;
    let package = workspace.root.join(PACKAGE);
    let folder = workspace.target.join("python");
    // Together with the command, so that dependencies have the features of the workspace.
    task.command(
        cargo(),
        ["build", "--release", "--package", "pocket-tts-python", "--package", "pocket-tts"],
    )?;
    let wheel = assemble(task, &workspace, &package, &folder)?;
    Ok(Some((package, wheel, folder)))
}

/// A fresh environment in a folder. Returns its Python.
fn environment(task: &PackageTask, folder: &Path) -> Result<PathBuf, TaskError> {
    task.command("python3", [OsStr::new("-m"), "venv".as_ref(), "--clear".as_ref(), folder.as_ref()])?;
    Ok(folder.join("bin/python"))
}

/// Puts the wheel together, in an empty folder. Returns its path.
fn assemble(
    task: &PackageTask,
    workspace: &Workspace,
    package: &Path,
    folder: &Path,
) -> Result<PathBuf, TaskError> {
    let out = folder.join("wheel");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|source| TaskError::Unwritable { path: out.clone(), source })?;
    }
    let (script, library) = (package.join("assemble_wheel.py"), workspace.target.join(LIBRARY));
    let version = ["--version", env!("CARGO_PKG_VERSION")].map(OsStr::new);
    task.command("python3", [script.as_os_str(), library.as_ref(), out.as_ref()].into_iter().chain(version))?;
    let unreadable = |source| TaskError::Unreadable { path: out.clone(), source };
    let mut entries = fs::read_dir(&out).map_err(unreadable)?;
    let entry = entries.next().transpose().map_err(unreadable)?;
    entry
        .map(|entry| entry.path())
        .ok_or_else(|| TaskError::Record { path: out.clone(), reason: "it holds no wheel".to_owned() })
}

impl PackageTask {
    /// Runs a program to its end.
    fn command(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<(), TaskError> {
        let program = program.as_ref();
        let status = Command::new(program)
            .args(arguments)
            // Of a Python that runs this program, perhaps.
            .env_remove("PYTHONPATH")
            .status()
            .map_err(|source| TaskError::Start { program: program.to_string_lossy().into_owned(), source })?;
        if status.success() {
            return Ok(());
        }
        let command = format!("cargo xtask {}", self.0);
        Err(TaskError::Step { step: self.0, status: status.to_string(), command })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_or_is_missing_is_an_error() {
        let none: [&str; 0] = [];
        assert!(TEST.command("true", none).is_ok());
        assert!(matches!(RAY.command("false", none), Err(TaskError::Step { step: "ray", .. })));
        assert!(matches!(TEST.command("no-such-program-anywhere", none), Err(TaskError::Start { .. })));
    }
}
