//! Texts in the form in which words are compared.

/// What becomes of upper and lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// It is forgotten, in all scripts: "ß" equals "SS".
    Folded,
    Kept,
}

/// A text in the form in which words are compared, which knows the place of its characters. White space is a space, or a
/// line end where a paragraph ends; typographic apostrophes are plain ones.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of the text and its end: the offset in the source, or [`NO_BORDER`] inside what one character
    /// became.
    sources: Vec<usize>,
    /// The offsets at which characters of the source begin. White space is one character.
    units: Vec<usize>,
}

const NO_BORDER: usize = usize::MAX;

impl Folded {
    pub(super) fn new(source: &str, case: Case) -> Self {
        let mut folded = Self {
            text: String::with_capacity(source.len()),
            sources: Vec::with_capacity(source.len() + 1),
            units: Vec::with_capacity(source.len()),
        };
        let mut characters = source.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character.is_whitespace() {
                let mut lines = usize::from(character == '\n');
                while let Some((_, next)) = characters.next_if(|(_, next)| next.is_whitespace()) {
                    lines += usize::from(next == '\n');
                }
                folded.push(at, [if lines > 1 { '\n' } else { ' ' }]);
            } else if matches!(character, '’' | 'ʼ') {
                folded.push(at, ['\'']);
            } else if case == Case::Kept {
                folded.push(at, [character]);
            } else if character.is_ascii() {
                folded.push(at, [character.to_ascii_lowercase()]);
            } else {
                // Upper case first, so that "ß" equals "SS" and "ς" equals "σ".
                let upper = character.to_lowercase().flat_map(char::to_uppercase);
                folded.push(at, upper.flat_map(char::to_lowercase));
            }
        }
        folded.sources.push(source.len());
        folded
    }

    fn push(&mut self, source: usize, characters: impl IntoIterator<Item = char>) {
        let start = self.text.len();
        self.text.extend(characters);
        self.sources.resize(self.text.len(), NO_BORDER);
        self.sources[start] = source;
        self.units.push(start);
    }

    /// The number of characters of the source.
    pub(super) fn units(&self) -> usize {
        self.units.len()
    }

    /// The offset at which a character of the source begins.
    pub(super) fn start_of_unit(&self, unit: usize) -> usize {
        self.units[unit]
    }

    /// The offset in the source of a character of it.
    pub(super) fn source_of_unit(&self, unit: usize) -> usize {
        self.sources[self.units[unit]]
    }

    /// The offset in the source, if a character of the source begins there or the text ends there.
    pub(super) fn source_of(&self, offset: usize) -> Option<usize> {
        self.sources.get(offset).copied().filter(|source| *source != NO_BORDER)
    }
}

/// A word without upper and lower case.
pub(super) fn folded(word: &str) -> String {
    Folded::new(word, Case::Folded).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_in_all_scripts() {
        for (left, right) in [
            ("NGINX", "nginx"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("Жук", "жУК"),
            ("don’t  X", "DON'T x"),
            ("\u{212A}", "k"),
        ] {
            assert_eq!(folded(left), folded(right));
        }
        assert_ne!(folded("a\n\nb"), folded("a b"));
        assert_eq!(Folded::new("A’ß \n", Case::Kept).text, "A'ß ");
    }

    #[test]
    fn places_are_those_in_the_source() {
        let folded = Folded::new("aẞ  b", Case::Folded);
        assert_eq!(folded.text, "ass b");
        let places: Vec<_> = (0..=5).map(|at| folded.source_of(at)).collect();
        assert_eq!(places, [Some(0), Some(1), None, Some(4), Some(6), Some(7)]);
        let units: Vec<_> = (0..folded.units()).map(|unit| folded.source_of_unit(unit)).collect();
        assert_eq!(units, [0, 1, 4, 6]);
    }
}
