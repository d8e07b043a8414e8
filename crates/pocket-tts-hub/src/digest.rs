//! Checksums that servers announce.
//!
//! It knows hashes and the headers that contain them. It must not know where files are.

use std::fs::File;
use std::io::{self, Read, Seek};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use ureq::http::HeaderMap;

const CHUNK_BYTES: usize = 1 << 18;

/// The expected hash of a file, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// SHA-256, the hub's name for large files.
    Sha256(String),
    /// SHA-1 of `blob LENGTH`, a zero byte and the bytes, the hub's and git's name for small files.
    GitBlob(String),
}

impl Checksum {
    /// The checksum in the name of a blob in the hub's cache. The names that mirrors and other servers assign need not be
    /// checksums.
    pub(super) fn of_etag(etag: &str) -> Option<Self> {
        let is_hash = etag.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        match etag.len() {
            64 if is_hash => Some(Self::Sha256(etag.to_owned())),
            40 if is_hash => Some(Self::GitBlob(etag.to_owned())),
            _ => None,
        }
    }

    /// The SHA-256 of the complete file that a response announces: `Repr-Digest` of RFC 9530, `Digest` of RFC 3230,
    /// or the hub's own header.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let linked = text("x-linked-etag").map(|etag| etag.trim_matches('"'));
        let digest = ["repr-digest", "digest"].into_iter().find_map(|name| sha256_among(text(name)?));
        digest.map(Self::Sha256).or_else(|| linked.and_then(Self::of_etag))
    }

    /// Whether all of `file` has this checksum, wherever its cursor is.
    pub(super) fn matches(&self, mut file: &File) -> io::Result<bool> {
        file.rewind()?;
        match self {
            Self::Sha256(expected) => Ok(sha256(file)? == *expected),
            Self::GitBlob(expected) => {
                let mut hash = Sha1::new();
                hash.update(format!("blob {}\0", file.metadata()?.len()));
                feed(file, |bytes| hash.update(bytes))?;
                Ok(format!("{:x}", hash.finalize()) == *expected)
            }
        }
    }
}

/// The SHA-256 of all bytes of `reader`, in hexadecimal digits.
pub(super) fn sha256(reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    feed(reader, |bytes| hash.update(bytes))?;
    Ok(format!("{:x}", hash.finalize()))
}

/// The SHA-256 of a text, in hexadecimal digits.
pub(super) fn sha256_of(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

fn feed(mut reader: impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => take(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The member `sha-256=…` of a list of digests, in hexadecimal digits.
fn sha256_among(digests: &str) -> Option<String> {
    let mut members = digests.split(',').filter_map(|member| member.trim().split_once('='));
    let (_, value) = members.find(|(name, _)| name.eq_ignore_ascii_case("sha-256"))?;
    let bytes = STANDARD.decode(value.trim_matches(':')).ok()?;
    let digits = |text: String, byte: &u8| format!("{text}{byte:02x}");
    (bytes.len() == 32).then(|| bytes.iter().fold(String::new(), digits))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use ureq::http::HeaderMap;

    use super::Checksum;

    const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const EMPTY_BLOB: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    #[test]
    fn both_kinds_of_blob_names_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (etag, content, matches) in [
            (EMPTY_SHA256, "", true),
            (EMPTY_SHA256, "x", false),
            (EMPTY_BLOB, "", true),
            (EMPTY_BLOB, "x", false),
            // `printf 'hello\n' | git hash-object --stdin`
            ("ce013625030ba8dba906f756967f9e9ca394464a", "hello\n", true),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(
                Checksum::of_etag(etag).unwrap().matches(&File::open(&path).unwrap()).unwrap(),
                matches,
                "{etag} {content:?}"
            );
        }
    }

    #[test]
    fn other_names_are_not_checksums() {
        for etag in
            ["", "abc", "E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391", &EMPTY_SHA256[1..], &"g".repeat(64)]
        {
            assert_eq!(Checksum::of_etag(etag), None, "{etag}");
        }
    }

    #[test]
    fn digests_are_read_from_each_of_their_headers() {
        let base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let expected = Some(Checksum::Sha256(EMPTY_SHA256.to_owned()));
        let of = |name: &'static str, value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            Checksum::of_headers(&headers)
        };
        assert_eq!(of("repr-digest", format!("sha-512=:AAAA:, sha-256=:{base64}:")), expected);
        assert_eq!(of("digest", format!("SHA-256={base64}")), expected);
        assert_eq!(of("x-linked-etag", format!("\"{EMPTY_SHA256}\"")), expected);
        for wrong in ["sha-256=:AAAA:", "sha-256=", "md5=abc", "sha-256=:!:"] {
            assert_eq!(of("repr-digest", wrong.to_owned()), None, "{wrong}");
        }
    }
}
