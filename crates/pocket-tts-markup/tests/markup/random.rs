//! Random texts for the fuzz targets.

/// A generator of random numbers (xorshift64*).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// One of several.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// A text made of `words` and of characters that are hard to treat.
    pub(crate) fn text(&mut self, words: &[&str]) -> String {
        let mut text = String::new();
        let pieces = match self.below(10) {
            0..6 => self.below(12),
            6..9 => self.below(60),
            _ => self.below(600),
        };
        for _ in 0..pieces {
            let piece = match self.below(8) {
                0 => self.pick(HARD),
                1 => self.pick(PLAIN),
                _ => self.pick(words),
            };
            let times = if self.below(40) == 0 { self.below(50) } else { 1 };
            text.extend(std::iter::repeat_n(piece, times));
        }
        self.changed(&text)
    }

    /// The text, of which a part may be left out, doubled or moved.
    fn changed(&mut self, text: &str) -> String {
        let mut border = || text.floor_char_boundary(self.below(text.len() + 1));
        let mut borders = [border(), border(), border()];
        borders.sort_unstable();
        let [first, second, third] = borders;
        match self.below(8) {
            0 => format!("{}{}", &text[..first], &text[second..]),
            1 => format!("{}{}{}", &text[..third], &text[second..third], &text[third..]),
            2 => format!(
                "{}{}{}{}",
                &text[..first],
                &text[second..third],
                &text[first..second],
                &text[third..]
            ),
            3 => text[..second].to_owned(),
            _ => text.to_owned(),
        }
    }
}

const PLAIN: &[&str] =
    &["Hello ", "a", "x, ", "one two.", "Straße", "ÇA VA?", "42", "3.5 ", "don't ", "日本語", "Жук "];

const HARD: &[&str] = &[
    "\0",
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    "\t",
    " ",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{200d}",
    "\u{fe0f}",
    "\u{301}",
    "e\u{301}",
    "\u{20e3}",
    "1\u{fe0f}\u{20e3}",
    "🎉",
    "👩\u{200d}💻",
    "🇩🇪",
    "🇩",
    "👍🏽",
    "©\u{fe0f}",
    "İ",
    "ı",
    "ſ",
    "ß",
    "ẞ",
    "ﬁ",
    "ǆ",
    "ͅ",
    "\u{10ffff}",
    "\u{fffd}",
    "\u{80}",
    "\u{7f}",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "`",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "*",
    "_",
    "#",
    "|",
    "-",
    "=",
    "]]>",
    "--",
    "&amp;",
    "&#0;",
    "&#x110000;",
    "&#xD800;",
    "&lt",
    "&nosuch;",
    "😀\u{fe0e}",
];
