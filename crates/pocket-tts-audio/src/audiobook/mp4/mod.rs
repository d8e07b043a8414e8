//! The boxes of an MP4 file with one track of sound and one of chapters. Knows no files and no codec.
//!
//! Sources: ISO/IEC 14496-12 (boxes), 14496-14 and 14496-1 (`esds`); Apple's `QuickTime` File Format (text tracks,
//! metadata).

mod boxes;
mod chapter_track;
mod metadata;
mod movie;
mod sound_track;
mod tables;
mod track;

pub(super) use boxes::{MEDIA_DATA_HEADER_BYTES, file_type, media_data_header};
pub(super) use chapter_track::ChapterSamples;
pub(super) use movie::{Movie, movie};
pub(super) use sound_track::EncodedSound;
pub(super) use tables::SampleTable;
