//! Where a file is: on this machine, on the web or in a repository of the Hugging Face hub.
//!
//! It knows the syntax of locations. It must not open or fetch anything, except to check whether a relative path exists.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// Where a file is.
///
/// Its `Display` form is the parsed text, which [`Location::parse`] accepts.
///
/// # Source
/// `pocket_tts/utils/utils.py`, `download_if_necessary`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A path on this machine.
    Path(PathBuf),
    /// A complete URL: `https://…`, or `http://…` of this machine.
    Https(String),
    /// A file of a repository: `hf://owner/name/path@revision`.
    HuggingFace {
        /// The repository, `owner/name`.
        repo: String,
        /// The file's path inside it.
        path: String,
        /// A commit, branch or tag; the main branch if absent.
        revision: Option<String>,
    },
}

/// Why a text is not a location.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LocationError {
    /// It is empty, or contains blanks or control characters.
    #[error(
        "{text:?} is empty or contains blanks or control characters; allowed are a path, https://… and hf://…"
    )]
    Unprintable {
        /// The text.
        text: String,
    },
    /// The scheme is not supported.
    #[error("`{text}` starts with {scheme}://; allowed are a plain path, https://… and hf://owner/name/path")]
    UnknownScheme {
        /// The text.
        text: String,
        /// The scheme.
        scheme: String,
    },
    /// The transport is not encrypted.
    #[error("`{text}` is not encrypted; use https:// (http:// is for 127.0.0.1 and localhost only)")]
    Insecure {
        /// The text.
        text: String,
    },
    /// The URL has no host, or has a user name.
    #[error("`{text}` must name a host and a file, as in https://host/folder/file, and no user")]
    Host {
        /// The text.
        text: String,
    },
    /// The location on the hub has another form.
    #[error(
        "`{text}`: {problem}; the form is hf://owner/name/path/to/file@revision, where @revision may be left out"
    )]
    HuggingFace {
        /// The text.
        text: String,
        /// Which part is wrong.
        problem: &'static str,
    },
}

impl Location {
    /// Parses a location.
    ///
    /// A text without `scheme://` is a path. A single letter before `://` is a drive, as in `C://folder`.
    ///
    /// # Errors
    /// If the text is empty, has an unsupported scheme, is not encrypted, or has an empty, `.` or `..` part.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| is_scheme(scheme));
        let Some(scheme) = scheme else {
            let printable = !text.trim().is_empty() && !text.contains('\0');
            return if printable {
                Ok(Self::Path(PathBuf::from(text)))
            } else {
                Err(LocationError::Unprintable { text: text.to_owned() })
            };
        };
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err(LocationError::Unprintable { text: text.to_owned() });
        }
        match scheme {
            "https" | "http" => parse_url(text),
            "hf" => parse_hugging_face(text),
            _ => Err(LocationError::UnknownScheme { text: text.to_owned(), scheme: scheme.to_owned() }),
        }
    }

    /// Resolves a relative path against `folder`, the folder of the file that contains it.
    ///
    /// Upstream resolves it against the working directory instead. That is the fallback for a file that exists only
    /// there. Absolute paths and remote locations are unchanged.
    #[must_use]
    pub fn resolve(self, folder: Option<&Path>) -> Self {
        match (self, folder) {
            (Self::Path(path), Some(folder)) if path.is_relative() => {
                let beside = folder.join(&path);
                Self::Path(if !beside.exists() && path.exists() { path } else { beside })
            }
            (location, _) => location,
        }
    }

    /// The file's extension in lower case, without revision or query.
    pub fn extension(&self) -> Option<String> {
        let path = match self {
            Self::Path(path) => path.as_path(),
            Self::Https(url) => Path::new(url.split(['?', '#']).next().unwrap_or_default()),
            Self::HuggingFace { path, .. } => Path::new(path),
        };
        Some(path.extension()?.to_str()?.to_ascii_lowercase())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::Https(url) => formatter.write_str(url),
            Self::HuggingFace { repo, path, revision: None } => write!(formatter, "hf://{repo}/{path}"),
            Self::HuggingFace { repo, path, revision: Some(revision) } => {
                write!(formatter, "hf://{repo}/{path}@{revision}")
            }
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        Self::parse(text)
    }
}

fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_scheme_character)
}

fn is_scheme_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.')
}

fn parse_url(text: &str) -> Result<Location, LocationError> {
    let host_error = || LocationError::Host { text: text.to_owned() };
    let (scheme, rest) = text.split_once("://").ok_or_else(host_error)?;
    // A backslash ends the host for some programs and not for others.
    let (authority, path) = rest.split_once('/').ok_or_else(host_error)?;
    if path.is_empty() || authority.contains(['@', '\\', '?', '#']) {
        return Err(host_error());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(host_error());
    }
    if scheme == "http" && !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return Err(LocationError::Insecure { text: text.to_owned() });
    }
    Ok(Location::Https(text.to_owned()))
}

fn parse_hugging_face(text: &str) -> Result<Location, LocationError> {
    let fail = |problem| LocationError::HuggingFace { text: text.to_owned(), problem };
    let rest = text.strip_prefix("hf://").unwrap_or(text);
    let (file, revision) = match rest.split_once('@') {
        Some((_, revision)) if revision.contains('@') => return Err(fail("there is a second @")),
        Some((file, revision)) => (file, Some(revision)),
        None => (rest, None),
    };
    let mut parts = file.splitn(3, '/');
    let (Some(owner), Some(name), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(fail("owner, name or path is missing"));
    };
    if !(is_safe_path(owner, is_name_character) && is_safe_path(name, is_name_character)) {
        return Err(fail("owner and name must be made of letters, digits, -, _ and ."));
    }
    if !is_safe_path(path, is_path_character) {
        return Err(fail(r"the path has an empty part, a . or .. part, or one of \ ? # % :"));
    }
    // A revision such as refs/pr/1 contains slashes.
    if revision.is_some_and(|revision| !is_safe_path(revision, is_name_character)) {
        return Err(fail("the revision is empty, or is not made of letters, digits, -, _, . and /"));
    }
    Ok(Location::HuggingFace {
        repo: format!("{owner}/{name}"),
        path: path.to_owned(),
        revision: revision.map(str::to_owned),
    })
}

fn is_safe_path(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.split('/').all(|part| !matches!(part, "" | "." | "..") && part.chars().all(&allowed))
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn is_path_character(character: char) -> bool {
    !matches!(character, '\\' | '?' | '#' | '%' | ':')
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Location, LocationError};

    #[test]
    fn locations_are_displayed_as_they_were_parsed() {
        for text in [
            "model.safetensors",
            "../tokenizer.json",
            "C://models/config.yaml",
            "https://host/a/b.yaml?x=1",
            "http://localhost:8080/a.yaml",
            "http://[::1]:80/a.yaml",
            "hf://owner/name/file.bin",
            "hf://owner/name/a/b.safetensors@refs/pr/1",
        ] {
            assert_eq!(Location::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_hub_location_has_three_parts_and_a_revision() {
        assert_eq!(
            Location::parse("hf://kyutai/tts/a/b.wav@abc").unwrap(),
            Location::HuggingFace {
                repo: "kyutai/tts".to_owned(),
                path: "a/b.wav".to_owned(),
                revision: Some("abc".to_owned())
            }
        );
    }

    #[test]
    fn malformed_hub_locations_are_refused() {
        for text in [
            "hf://",
            "hf://owner/name",
            "hf://owner/name/",
            "hf:///name/file",
            "hf://owner//file",
            "hf://owner/name/a//b",
            "hf://owner/name/../b",
            "hf://../name/b",
            "hf://owner/name/a\\b",
            "hf://owner/name/b@",
            "hf://owner/name/b@x@y",
            "hf://owner/name/b@../x",
            "hf://owner@x/name/b",
        ] {
            let error = Location::parse(text).unwrap_err();
            assert!(matches!(error, LocationError::HuggingFace { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for text in ["http://example.org/a", "http://127.0.0.1.example.org/a", "http://localhost.org:80/a"] {
            let error = Location::parse(text).unwrap_err();
            assert!(error.to_string().contains("use https://"), "{error}");
        }
        assert!(Location::parse("http://127.0.0.1:1/a").is_ok());
        assert!(matches!(Location::parse("http://localhost@example.org/a"), Err(LocationError::Host { .. })));
    }

    #[test]
    fn other_schemes_and_blank_texts_are_refused() {
        let error = Location::parse("ftp://host/a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`ftp://host/a` starts with ftp://; allowed are a plain path, https://… and hf://owner/name/path"
        );
        for text in ["", " ", "a\0b", "https://host/a b", "hf://o/n/a\nb"] {
            assert!(matches!(Location::parse(text), Err(LocationError::Unprintable { .. })), "{text:?}");
        }
        for text in ["https://", "https://host", "https:///a", "https://host:x/a", "https://host\\@b/a"] {
            assert!(matches!(Location::parse(text), Err(LocationError::Host { .. })), "{text:?}");
        }
    }

    #[test]
    fn relative_paths_are_resolved_against_the_folder_of_the_config() {
        let folder = tempfile::tempdir().unwrap();
        let resolve = |text: &str| Location::parse(text).unwrap().resolve(Some(folder.path()));
        assert_eq!(resolve("model.safetensors"), Location::Path(folder.path().join("model.safetensors")));
        // Tests run in the folder of this crate, so this one exists there and not beside the config.
        assert_eq!(resolve("Cargo.toml"), Location::Path(PathBuf::from("Cargo.toml")));
        std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        assert_eq!(resolve("Cargo.toml"), Location::Path(folder.path().join("Cargo.toml")));
        let absolute = Path::new("/models/a").to_path_buf();
        assert_eq!(resolve("/models/a"), Location::Path(absolute));
        assert_eq!(resolve("https://host/a"), Location::Https("https://host/a".to_owned()));
        assert_eq!(Location::parse("a").unwrap().resolve(None), Location::Path(PathBuf::from("a")));
    }

    #[test]
    fn the_extension_leaves_out_revision_and_query() {
        let extension = |text: &str| Location::parse(text).unwrap().extension();
        assert_eq!(extension("hf://o/n/a.YAML@b.txt").as_deref(), Some("yaml"));
        assert_eq!(extension("https://host/a.yml?b=c.txt").as_deref(), Some("yml"));
        assert_eq!(extension("folder.d/a"), None);
    }
}
