//! Byte offsets as UTF-16 offsets.

/// Distance of the offsets that are computed in advance.
const STEP: usize = 256;

/// Converts byte offsets of a text to UTF-16 offsets, each in constant time.
#[derive(Clone, Debug)]
pub struct Utf16Offsets<'a> {
    text: &'a str,
    /// The UTF-16 offset at the first character border at or after each multiple of [`STEP`], with that border.
    known: Vec<(usize, usize)>,
}

impl<'a> Utf16Offsets<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Self {
        let mut known = Vec::with_capacity(text.len() / STEP + 1);
        let mut units = 0;
        for (at, character) in text.char_indices() {
            while known.len() * STEP <= at {
                known.push((at, units));
            }
            units += character.len_utf16();
        }
        Self { text, known }
    }

    /// The UTF-16 offset of a byte offset. One inside a character counts as the character's start, and one beyond the
    /// end as the end.
    pub fn of(&self, offset: usize) -> usize {
        let offset = self.text.floor_char_boundary(offset);
        let (mut at, mut units) =
            self.known.get(offset / STEP).or(self.known.last()).copied().unwrap_or((0, 0));
        if at > offset {
            (at, units) = self.known[offset / STEP - 1];
        }
        units += self.text[at..offset].encode_utf16().count();
        units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_equal_those_of_the_standard_library() {
        for text in ["", "abc", "é€😀", &"x😀é".repeat(500), &"€".repeat(400)] {
            let offsets = Utf16Offsets::new(text);
            for (at, _) in text.char_indices() {
                assert_eq!(offsets.of(at), text[..at].encode_utf16().count(), "{at}");
            }
            assert_eq!(offsets.of(text.len() + 9), text.encode_utf16().count());
        }
    }

    #[test]
    fn an_offset_inside_a_character_is_its_start() {
        assert_eq!(Utf16Offsets::new("a😀b").of(3), 1);
    }
}
