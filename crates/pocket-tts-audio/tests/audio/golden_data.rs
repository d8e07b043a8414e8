//! Access to the golden data. Knows where and how it is stored, not what it means.

use pocket_tts_test_support::goldens;
use safetensors::{Dtype, SafeTensors};

/// `audio_golden.safetensors`.
pub(crate) struct Goldens(Vec<u8>);

impl Goldens {
    pub(crate) fn open() -> Self {
        let path = goldens().join("audio_golden.safetensors");
        Self(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.0).unwrap()
    }

    /// Names that end in `.in`, without that ending.
    pub(crate) fn cases(&self, prefix: &str) -> Vec<String> {
        let mut cases: Vec<String> = self
            .file()
            .names()
            .into_iter()
            .filter_map(|name| name.strip_suffix(".in"))
            .filter(|name| name.starts_with(prefix))
            .map(str::to_owned)
            .collect();
        cases.sort();
        assert!(!cases.is_empty(), "no golden case starts with {prefix}");
        cases
    }

    pub(crate) fn samples(&self, name: &str) -> Vec<f32> {
        let file = self.file();
        let tensor = file.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::F32, "{name}");
        tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let file = self.file();
        let tensor = file.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), Dtype::U8, "{name}");
        tensor.data().to_vec()
    }
}
