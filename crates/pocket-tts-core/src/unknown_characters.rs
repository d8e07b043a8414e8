//! What a model can't read of a text. It must not change the text or refuse it.

use crate::TtsModel;

impl TtsModel {
    /// The characters of `text`, each once and in order, that the model's tokenizer doesn't know. They are not
    /// spoken, or as some noise: a small model may have no digits, a model of another language other letters.
    ///
    /// ```
    /// # fn main() -> pocket_tts_core::Result<()> {
    /// # #[cfg(feature = "tiny")] {
    /// # use pocket_tts_core::TtsModel;
    /// let model = TtsModel::builder().embedded().build()?;
    /// assert_eq!(model.unknown_characters("It costs 42 dollars, or 4 \u{a3}."), ['4', '2', '\u{a3}']);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unknown_characters(&self, text: &str) -> Vec<char> {
        let parts = self.parts();
        parts.tokenizer.unknown_characters(&parts.text_options.replace_characters.apply(text))
    }
}
