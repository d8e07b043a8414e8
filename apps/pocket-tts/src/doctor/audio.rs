//! Programs that play sound.

use std::ffi::OsStr;
use std::path::Path;

use super::finding::Finding;

/// Players that are looked for, the best first.
const PLAYERS: &[&str] =
    if cfg!(target_os = "macos") { &["afplay"] } else { &["pw-play", "paplay", "aplay", "ffplay", "mpv"] };

/// The audio outputs that there are.
pub(super) fn outputs() -> Finding {
    if cfg!(windows) {
        return Finding::ok("audio", "files can be played with any player");
    }
    let found = players_in(&std::env::var_os("PATH").unwrap_or_default());
    if found.is_empty() {
        return Finding::warning(
            "audio",
            "no player is installed, so speech can be written but not heard here",
            format!("install one of {}, for example with `apt-get install alsa-utils`", PLAYERS.join(", ")),
        );
    }
    Finding::ok("audio", format!("players: {}", found.join(", ")))
}

/// The players in the folders of a `PATH`.
fn players_in(path: &OsStr) -> Vec<&'static str> {
    let is_there =
        |player: &&&str| std::env::split_paths(path).any(|folder| is_program(&folder.join(player)));
    PLAYERS.iter().filter(is_there).copied().collect()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_programs_in_the_path_count() {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode) in [("aplay", 0o755), ("pw-play", 0o644)] {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(folder.path().join("paplay")).unwrap();
        assert_eq!(players_in(folder.path().as_os_str()), ["aplay"]);
        assert!(players_in(OsStr::new("")).is_empty());
    }
}
