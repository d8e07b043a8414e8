//! Texts without upper and lower case.

/// A text without upper and lower case, which knows the place of its characters.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of the text and its end: the offset in the source, or [`NO_BORDER`] inside what one character
    /// became.
    places: Vec<usize>,
}

const NO_BORDER: usize = usize::MAX;

impl Folded {
    /// Folds a text. White space becomes a space, or a line end where a paragraph ends; typographic apostrophes become
    /// plain ones.
    pub(super) fn new(source: &str) -> Self {
        let mut folded =
            Self { text: String::with_capacity(source.len()), places: Vec::with_capacity(source.len() + 1) };
        let mut characters = source.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character.is_whitespace() {
                let mut lines = usize::from(character == '\n');
                while let Some((_, next)) = characters.next_if(|(_, next)| next.is_whitespace()) {
                    lines += usize::from(next == '\n');
                }
                folded.push(at, std::iter::once(if lines > 1 { '\n' } else { ' ' }));
            } else if matches!(character, '’' | 'ʼ') {
                folded.push(at, std::iter::once('\''));
            } else if character.is_ascii() {
                folded.push(at, std::iter::once(character.to_ascii_lowercase()));
            } else {
                // Upper case first, so that "ß" equals "SS" and "ς" equals "σ".
                let upper = character.to_lowercase().flat_map(char::to_uppercase);
                folded.push(at, upper.flat_map(char::to_lowercase));
            }
        }
        folded.places.push(source.len());
        folded
    }

    fn push(&mut self, place: usize, characters: impl Iterator<Item = char>) {
        let start = self.text.len();
        self.text.extend(characters);
        self.places.resize(self.text.len(), NO_BORDER);
        if let Some(first) = self.places.get_mut(start) {
            *first = place;
        }
    }

    /// The place in the source of an offset, if a character of the source begins there or the text ends there.
    pub(super) fn place(&self, offset: usize) -> Option<usize> {
        self.places.get(offset).copied().filter(|place| *place != NO_BORDER)
    }
}

/// A word without upper and lower case.
pub(super) fn folded(word: &str) -> String {
    Folded::new(word).text
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
            ("K", "k"),
        ] {
            assert_eq!(folded(left), folded(right));
        }
        assert_ne!(folded("a\n\nb"), folded("a b"));
    }

    #[test]
    fn places_are_those_of_the_source() {
        let folded = Folded::new("aẞ  b");
        assert_eq!(folded.text, "ass b");
        let places: Vec<_> = (0..=5).map(|at| folded.place(at)).collect();
        assert_eq!(places, [Some(0), Some(1), None, Some(4), Some(6), Some(7)]);
    }
}
