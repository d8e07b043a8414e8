//! The elements of a stored tensor, without a copy if possible.

use std::{
    borrow::Cow,
    ops::{Deref, Range},
};

use super::mapped_file::MappedFile;

/// Elements of a tensor as f32, in row-major order. They are borrowed from a file that holds f32, and converted
/// otherwise.
///
/// Dropping it releases the mapped pages: weights are read once, and the pages of a large model would double its
/// memory.
#[derive(Debug)]
pub struct StoredValues<'a> {
    pub(crate) values: Cow<'a, [f32]>,
    pub(crate) mapped: Option<(&'a MappedFile, Range<usize>)>,
}

impl Deref for StoredValues<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl Drop for StoredValues<'_> {
    fn drop(&mut self) {
        if let Some((map, range)) = self.mapped.take() {
            map.release(range);
        }
    }
}
