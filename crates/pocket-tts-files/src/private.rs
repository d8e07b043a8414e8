//! Files that no other user can change, which is required of memory-mapped files.

use std::{
    fs::{DirBuilder, Metadata},
    io,
    path::Path,
};

/// Creates a folder that only this user may access, with its parents. An existing one is unchanged.
///
/// # Errors
/// The system's error.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Whether it is a file that no other user except root may change. `folder` should be writable by this user.
#[cfg(unix)]
pub fn is_private(metadata: &Metadata, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.is_file() && is_trusted(metadata.uid(), metadata.mode(), || own_id(folder))
}

/// Whether it is a file; on this system files have no owners.
#[cfg(not(unix))]
pub fn is_private(metadata: &Metadata, _: &Path) -> bool {
    metadata.is_file()
}

/// Whether only the user `own` and root can change a file of this owner and mode.
#[cfg(unix)]
fn is_trusted(owner: u32, mode: u32, own: impl FnOnce() -> Option<u32>) -> bool {
    const GROUP_AND_OTHERS_WRITE: u32 = 0o022;
    const ROOT: u32 = 0;
    mode & GROUP_AND_OTHERS_WRITE == 0 && (owner == ROOT || own() == Some(owner))
}

/// This user's ID: the owner of a file that it creates.
#[cfg(unix)]
fn own_id(folder: &Path) -> Option<u32> {
    use std::{os::unix::fs::MetadataExt, sync::OnceLock};
    static OWN: OnceLock<u32> = OnceLock::new();
    OWN.get().copied().or_else(|| {
        let file = tempfile::tempfile_in(folder).or_else(|_| tempfile::tempfile()).ok()?;
        let id = file.metadata().ok()?.uid();
        Some(*OWN.get_or_init(|| id))
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn only_files_of_this_user_and_of_root_are_trusted() {
        for (owner, mode, expected) in [
            (7, 0o100_600, true),
            (7, 0o100_644, true),
            (0, 0o100_444, true),
            (8, 0o100_600, false),
            (7, 0o100_620, false),
            (7, 0o100_602, false),
            (0, 0o100_666, false),
        ] {
            assert_eq!(is_trusted(owner, mode, || Some(7)), expected, "{owner} {mode:o}");
        }
        assert!(!is_trusted(7, 0o600, || None), "an unknown user is not trusted");
    }

    #[test]
    fn a_new_file_is_private_until_others_may_write_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "mine").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for (mode, expected) in [(0o644, true), (0o664, false), (0o646, false), (0o600, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_private(&fs::metadata(&path).unwrap(), folder.path()), expected, "{mode:o}");
        }
        assert!(!is_private(&fs::symlink_metadata(&link).unwrap(), folder.path()), "a link is not a file");
        assert!(!is_private(&fs::metadata(folder.path()).unwrap(), folder.path()), "a folder is not a file");
    }

    #[test]
    fn no_other_user_may_access_a_new_folder() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a/b");
        create_folder(&folder).unwrap();
        create_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
