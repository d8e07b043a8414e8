//! Where the golden files are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Names another folder of goldens, in place of the repository's.
const FOLDER_VARIABLE: &str = "POCKET_TTS_GOLDENS";

/// The folder of golden files: the one that `POCKET_TTS_GOLDENS` names, else the repository's.
///
/// # Panics
///
/// If there is no such folder.
pub fn goldens() -> PathBuf {
    env::var_os(FOLDER_VARIABLE).map_or_else(own_goldens, |folder| checked(PathBuf::from(folder)))
}

/// The repository's folder of golden files, for tests that rely on the very shapes of its models.
///
/// # Panics
///
/// If it is not there.
pub fn own_goldens() -> PathBuf {
    checked(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens"))
}

fn checked(folder: PathBuf) -> PathBuf {
    let index = folder.join("index.json");
    assert!(index.is_file(), "{} is no folder of goldens: it has no index.json", folder.display());
    folder
}
