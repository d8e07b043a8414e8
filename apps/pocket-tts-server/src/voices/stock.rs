//! The voice names of OpenAI's service, and the voice used for each. It must not know models.

use std::collections::BTreeMap;

/// The names of OpenAI's voices and the default voice for each.
const STAND_INS: [(&str, &str); 13] = [
    ("alloy", "alba"),
    ("ash", "marius"),
    ("ballad", "jean"),
    ("cedar", "charles"),
    ("coral", "cosette"),
    ("echo", "paul"),
    ("fable", "george"),
    ("marin", "anna"),
    ("nova", "fantine"),
    ("onyx", "javert"),
    ("sage", "vera"),
    ("shimmer", "azelma"),
    ("verse", "michael"),
];

/// The names of OpenAI's voices.
pub(crate) const STOCK_NAMES: [&str; 13] = {
    let mut names = [""; 13];
    let mut index = 0;
    while index < names.len() {
        names[index] = STAND_INS[index].0;
        index += 1;
    }
    names
};

/// The first letters of Kokoro's voices, one for each language; the second letter is `f` or `m`, as in `af_heart`.
const KOKORO_LANGUAGES: [char; 9] = ['a', 'b', 'e', 'f', 'h', 'i', 'j', 'p', 'z'];

/// Whether a voice of another service has this name: OpenAI's or Kokoro's.
pub(crate) fn is_of_another_service(name: &str) -> bool {
    let (kind, rest) = name.split_once('_').unwrap_or_default();
    let is_kokoro = kind.len() == 2 && kind.starts_with(KOKORO_LANGUAGES) && kind.ends_with(['f', 'm']);
    STOCK_NAMES.contains(&name) || (is_kokoro && !rest.is_empty())
}

/// The voice used for another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn<'a> {
    /// The operator chose it, so it must be this voice.
    Chosen(&'a str),
    /// A default, for which any voice will do.
    BuiltIn(&'a str),
}

/// The mapping of voice names.
#[derive(Debug)]
pub(crate) struct StockVoices {
    /// The operator's choices, which may map any name.
    map: BTreeMap<String, String>,
    strict: bool,
}

impl StockVoices {
    pub(crate) fn new(map: BTreeMap<String, String>, strict: bool) -> Self {
        Self { map, strict }
    }

    /// The operator's choices: names, and the voice for each.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = (&str, &str)> {
        self.map.iter().map(|(name, target)| (name.as_str(), target.as_str()))
    }

    /// The voice for `name`, if it is mapped. If `strict`, only the operator's choices count.
    pub(crate) fn target(&self, name: &str) -> Option<StandIn<'_>> {
        if let Some(target) = self.map.get(name) {
            return Some(StandIn::Chosen(target));
        }
        let stand_in = STAND_INS.iter().find(|(known, _)| *known == name && !self.strict);
        stand_in.map(|(_, target)| StandIn::BuiltIn(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stand_in_is_a_released_voice() {
        let released = pocket_tts_core::voices(pocket_tts_core::DEFAULT_LANGUAGE).unwrap();
        for (name, target) in STAND_INS {
            assert!(released.iter().any(|voice| voice.name == target), "{name}: {target}");
            assert!(!released.iter().any(|voice| voice.name == name), "{name}");
        }
    }

    #[test]
    fn names_of_other_services_are_known() {
        for name in ["alloy", "af_heart", "bm_george", "zf_xiaoxiao"] {
            assert!(is_of_another_service(name), "{name}");
        }
        for name in ["heart", "af", "af_", "of_course", "a_b", "afm_x", "", "日f_x"] {
            assert!(!is_of_another_service(name), "{name}");
        }
    }

    #[test]
    fn the_operator_s_choices_win_and_strict_leaves_only_them() {
        let map = BTreeMap::from([("alloy".to_owned(), "eve".to_owned())]);
        let lenient = StockVoices::new(map.clone(), false);
        assert_eq!(
            (lenient.target("alloy"), lenient.target("echo")),
            (Some(StandIn::Chosen("eve")), Some(StandIn::BuiltIn("paul")))
        );
        let strict = StockVoices::new(map, true);
        assert_eq!((strict.target("alloy"), strict.target("echo")), (Some(StandIn::Chosen("eve")), None));
        assert_eq!(lenient.target("nobody"), None);
    }
}
