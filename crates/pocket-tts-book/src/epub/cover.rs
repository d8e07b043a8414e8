//! The picture on the cover.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::package::{Item, Package};
use crate::book::Cover;
use crate::limits::MAX_COVER_BYTES;

/// The cover, if there is one that is not too large and a known kind of picture.
pub(super) fn find<R: Read + Seek>(archive: &mut Archive<R>, package: &Package) -> Option<Cover> {
    let items = || package.items.iter();
    let is_picture = |item: &Item| item.media_type.starts_with("image/");
    let has_property =
        |item: &Item| item.properties.split_ascii_whitespace().any(|word| word == "cover-image");
    let by_property = items().map(|(_, item)| item).find(|item| has_property(item));
    let by_name = || {
        let name = package.cover.as_ref()?;
        let by_path = || items().map(|(_, item)| item).find(|item| item.path.ends_with(name.as_str()));
        package.items.get(name).or_else(by_path).filter(|item| is_picture(item))
    };
    let by_id = || {
        items()
            .filter(|(id, item)| is_picture(item) && id.to_lowercase().contains("cover"))
            .min_by_key(|(id, _)| id.as_str())
    };
    let item = by_property.or_else(by_name).or_else(|| by_id().map(|(_, item)| item))?;
    let bytes = archive.bytes(&item.path, MAX_COVER_BYTES).ok()??;
    let mime_type = mime_type(&bytes)?;
    Some(Cover { bytes, mime_type })
}

/// What a picture is, by its first bytes.
fn mime_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
