//! Finds and reads settings files.

use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{error::SettingsError, schema::Schema};

/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The folder within the user's configuration folder.
const FOLDER: &str = "pocket-tts";

/// Returns the settings file: `argument`, or else the one that a variable names, or else the user's own if it exists.
///
/// `variable` reads the environment.
pub fn settings_file(
    argument: Option<&Path>,
    schema: &Schema,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    argument.map(Path::to_path_buf).or_else(|| variable(&schema.file_variable())).or_else(|| {
        // The XDG specification has relative paths ignored.
        let folder = variable("XDG_CONFIG_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".config")));
        folder.map(|folder| folder.join(FOLDER).join(schema.file_name)).filter(|path| path.exists())
    })
}

/// Reads a small text file, without the byte-order mark that some editors write.
///
/// # Errors
///
/// If the file cannot be read, is not UTF-8, or is larger than 1 MiB.
pub fn read_text(path: &Path) -> Result<String, SettingsError> {
    let mut text = String::new();
    let outcome = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text));
    match outcome {
        Err(source) => Err(SettingsError::Read { path: path.to_owned(), source }),
        Ok(length) if length as u64 > MAX_FILE_BYTES => {
            Err(SettingsError::TooLarge { path: path.to_owned(), limit_bytes: MAX_FILE_BYTES })
        }
        Ok(_) => Ok(without_mark(&text).to_owned()),
    }
}

/// The text without a byte-order mark.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests::schema;

    #[test]
    fn the_argument_comes_before_the_variable_and_the_user_s_own_file() {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join(".config/pocket-tts/test.yaml");
        let home_only = |name: &str| (name == "HOME").then(|| home.path().into());
        let find = |argument: Option<&str>, variable: &dyn Fn(&str) -> Option<OsString>| {
            settings_file(argument.map(Path::new), &schema(), variable)
        };
        assert_eq!(find(None, &home_only), None, "there is no such file");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "").unwrap();
        assert_eq!(find(None, &home_only), Some(own));
        let all = |name: &str| (name == "TEST_SETTINGS").then(|| "b.yaml".into()).or_else(|| home_only(name));
        assert_eq!(find(None, &all), Some("b.yaml".into()));
        assert_eq!(find(Some("a.yaml"), &all), Some("a.yaml".into()));
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_a_large_file_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "\u{feff}voice: a").unwrap();
        assert_eq!(read_text(&path).unwrap(), "voice: a");
        std::fs::write(&path, vec![b' '; MAX_FILE_BYTES as usize + 1]).unwrap();
        assert!(matches!(read_text(&path), Err(SettingsError::TooLarge { .. })));
        let missing = read_text(&folder.path().join("missing")).unwrap_err();
        assert!(missing.is_environment_error(), "{missing}");
    }
}
