#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;

pub use error::ConfigError;

/// Names and contents of the YAML files, sorted by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("dutch", include_str!("../dutch.yaml")),
    ("dutch_24l", include_str!("../dutch_24l.yaml")),
    ("english", include_str!("../english.yaml")),
    ("english_18m_2026-10", include_str!("../english_18m_2026-10.yaml")),
    ("english_18m_refl_2026-10", include_str!("../english_18m_refl_2026-10.yaml")),
    ("english_2026-01", include_str!("../english_2026-01.yaml")),
    ("english_2026-04", include_str!("../english_2026-04.yaml")),
    ("english_2026-04_24l", include_str!("../english_2026-04_24l.yaml")),
    ("english_2026-09", include_str!("../english_2026-09.yaml")),
    ("english_2026-09_2", include_str!("../english_2026-09_2.yaml")),
    ("english_2026-09_24l", include_str!("../english_2026-09_24l.yaml")),
    ("english_2026-10", include_str!("../english_2026-10.yaml")),
    ("english_2m_2026-10", include_str!("../english_2m_2026-10.yaml")),
    ("english_2m_refl_2026-10", include_str!("../english_2m_refl_2026-10.yaml")),
    ("english_7m_2026-10", include_str!("../english_7m_2026-10.yaml")),
    ("english_7m_refl_2026-10", include_str!("../english_7m_refl_2026-10.yaml")),
    ("english_drifting_26-09", include_str!("../english_drifting_26-09.yaml")),
    ("french", include_str!("../french.yaml")),
    ("french_24l", include_str!("../french_24l.yaml")),
    ("german", include_str!("../german.yaml")),
    ("german_24l", include_str!("../german_24l.yaml")),
    ("italian", include_str!("../italian.yaml")),
    ("italian_24l", include_str!("../italian_24l.yaml")),
    ("portuguese", include_str!("../portuguese.yaml")),
    ("portuguese_24l", include_str!("../portuguese_24l.yaml")),
    ("spanish", include_str!("../spanish.yaml")),
    ("spanish_24l", include_str!("../spanish_24l.yaml")),
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::CONFIGS;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let mut names: Vec<String> = fs::read_dir(env!("CARGO_MANIFEST_DIR"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
            .map(|path| Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, CONFIGS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
