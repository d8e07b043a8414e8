//! How much memory a model takes, before and after it is loaded.

use pocket_tts_hub::Fetcher;

use crate::{
    builder::TtsModelBuilder, description::Description, local_files::LocalFiles, model::TtsModel,
    model_source::ModelSource,
};

impl TtsModel {
    /// Bytes of memory that the weights take, in the form that is computed with. What requests need while they speak, and
    /// voices that are kept, comes on top.
    pub fn memory_bytes(&self) -> u64 {
        self.parts().memory_bytes as u64
    }
}

impl TtsModelBuilder {
    /// Bytes of the files that the weights would be loaded from; `None` if not all of them are on this machine. Nothing is
    /// fetched or loaded.
    ///
    /// That is about as much memory as the loaded weights take, and more than that with a
    /// [`precision`](Self::precision) of fewer bits than the files hold.
    pub fn weight_file_bytes(&self) -> Option<u64> {
        self.source().weight_file_bytes(&Fetcher::from_environment().offline(true))
    }
}

impl ModelSource {
    fn weight_file_bytes(&self, offline: &Fetcher) -> Option<u64> {
        #[cfg(feature = "tiny")]
        if self.is_embedded() {
            return Some(crate::embedded::weight_file_bytes());
        }
        let Description { config, folder, .. } = self.description(offline).ok()?;
        let files = config.files(folder.as_deref()).ok()?;
        let paths = LocalFiles::fetch(&files, offline).ok()?.weights.paths();
        paths.iter().map(|path| std::fs::metadata(path).ok().map(|file| file.len())).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::{Location, Precision, TtsModel, TtsModelBuilder};

    fn golden() -> TtsModelBuilder {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/04_drifting");
        TtsModel::builder().config(Location::Path(folder))
    }

    #[test]
    fn the_size_is_that_of_the_weights_as_they_are_kept() {
        let file_bytes = golden().weight_file_bytes().unwrap();
        let size = |precision| golden().precision(precision).build().unwrap().memory_bytes();
        let sizes @ [full, ..] = Precision::ALL.map(size);
        assert!(sizes.is_sorted_by(|more, fewer| more > fewer), "{sizes:?}");
        // Small matrices are padded to whole panels.
        assert!((file_bytes / 2..4 * file_bytes).contains(&full), "{full} bytes of a file of {file_bytes}");
    }

    #[test]
    fn a_model_that_is_not_on_this_machine_has_no_size_yet() {
        let nowhere = Location::Path(PathBuf::from("no/such/model.yaml"));
        assert_eq!(TtsModel::builder().config(nowhere).weight_file_bytes(), None);
    }
}
