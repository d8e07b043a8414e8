//! Where the golden files are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The variable that names another folder of goldens instead of the repository's.
const FOLDER_VARIABLE: &str = "POCKET_TTS_GOLDENS";

/// The folder of golden files: the one that `POCKET_TTS_GOLDENS` names, else the repository's.
///
/// # Panics
///
/// If the folder does not exist.
pub fn goldens() -> PathBuf {
    env::var_os(FOLDER_VARIABLE).map_or_else(own_goldens, |folder| checked(PathBuf::from(folder)))
}

/// The repository's folder of golden files, for tests that depend on the shapes of its models.
///
/// # Panics
///
/// If it does not exist.
pub fn own_goldens() -> PathBuf {
    checked(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens"))
}

fn checked(folder: PathBuf) -> PathBuf {
    let index = folder.join("index.json");
    assert!(index.is_file(), "{} is not a folder of goldens: it has no index.json", folder.display());
    folder
}
