//! A tensor's elements where they lie. It must not know what they are for.

use std::{
    borrow::Cow,
    ops::{Deref, Range},
};

use super::mapped_file::MappedFile;

/// Elements of a tensor as f32, in row-major order: those of the file itself where it holds f32, or else
/// converted ones. Mapped pages are given back in the end: weights are read once, and two copies of a large model
/// would need twice the memory.
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
