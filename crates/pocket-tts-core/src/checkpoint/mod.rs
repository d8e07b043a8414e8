//! From weight files to one store under the layers' names.
//!
//! Knows which files make a model, and that names differ between them; [`key_map`] knows how.

mod key_map;
mod weight_norm;

use pocket_tts_tensor::{WeightError, WeightFile, WeightStore};

use key_map::{Entry, Part};

/// The opened weight files of a model.
#[derive(Debug)]
pub(crate) enum Checkpoint {
    /// Both parts in one file, the codec possibly replaced by that of another.
    Bundle {
        /// The file.
        bundle: WeightFile,
        /// Where the codec is instead.
        mimi: Option<WeightFile>,
    },
    /// A file for each part.
    Split {
        /// The language model.
        flow_lm: WeightFile,
        /// The codec.
        mimi: WeightFile,
    },
}

impl Checkpoint {
    /// Gathers all tensors under `flow_lm.…` and `mimi.…`. The parts that `replacement` has, under the names of a bundle, are
    /// taken from it.
    ///
    /// # Errors
    ///
    /// If two tensors get one name, or half of a normalised weight is missing.
    pub(crate) fn into_store(self, replacement: Option<&WeightFile>) -> Result<WeightStore, WeightError> {
        let mut store = WeightStore::default();
        let has = |part| replacement.is_some_and(|file| has_part(file, part));
        let (has_flow_lm, has_mimi) = (has(Part::FlowLm), has(Part::Mimi));
        match self {
            Self::Bundle { bundle, mimi } => {
                let skips_mimi = has_mimi || mimi.is_some();
                add(&mut store, &bundle, |name| {
                    let entry = key_map::bundled(name);
                    let skips = if entry.part() == Some(Part::Mimi) { skips_mimi } else { has_flow_lm };
                    if skips { Entry::Skipped } else { entry }
                })?;
                if let Some(mimi) = mimi.filter(|_| !has_mimi) {
                    add_mimi(&mut store, &mimi)?;
                }
            }
            Self::Split { flow_lm, mimi } => {
                if !has_flow_lm {
                    add(&mut store, &flow_lm, key_map::trained_flow_lm)?;
                }
                if !has_mimi {
                    add_mimi(&mut store, &mimi)?;
                }
            }
        }
        if let Some(file) = replacement {
            add(&mut store, file, key_map::bundled)?;
        }
        Ok(store)
    }
}

/// Whether a file with the names of a bundle holds tensors of this part.
fn has_part(file: &WeightFile, part: Part) -> bool {
    file.tensor_names().any(|name| key_map::bundled(name).part() == Some(part))
}

/// A codec's own file has training names, unless it holds the codec as a bundle does.
fn add_mimi(store: &mut WeightStore, file: &WeightFile) -> Result<(), WeightError> {
    if file.tensor_names().any(|name| name.starts_with(key_map::MIMI_PREFIX)) {
        add(store, file, |name| {
            let entry = key_map::bundled(name);
            if entry.part() == Some(Part::Mimi) { entry } else { Entry::Skipped }
        })
    } else {
        add(store, file, key_map::trained_mimi)
    }
}

fn add(store: &mut WeightStore, file: &WeightFile, entry: impl Fn(&str) -> Entry) -> Result<(), WeightError> {
    for name in file.tensor_names() {
        match entry(name) {
            Entry::Skipped => {}
            Entry::Tensor(canonical) => store.insert(canonical, file, name)?,
            Entry::Normalized { canonical, direction } => {
                let (shape, values) = weight_norm::fuse(file, name, &direction)?;
                store.insert_values(canonical, shape, values)?;
            }
        }
    }
    Ok(())
}
