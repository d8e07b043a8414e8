#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// A file under its name.
macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../", $name)))
    };
}

/// Names and contents of the files, sorted by name.
pub const FILES: &[(&str, &str)] = &[
    file!("api.js"),
    file!("app.js"),
    file!("base.css"),
    file!("choices.js"),
    file!("controls.css"),
    file!("docs-examples.js"),
    file!("docs-schema.js"),
    file!("docs.css"),
    file!("docs.html"),
    file!("docs.js"),
    file!("dom.js"),
    file!("fields.js"),
    file!("files.js"),
    file!("history.js"),
    file!("icon.svg"),
    file!("index.html"),
    file!("names.js"),
    file!("notices.js"),
    file!("own-voice.js"),
    file!("page.css"),
    file!("player-view.js"),
    file!("player.css"),
    file!("player.js"),
    file!("preview.js"),
    file!("reading.js"),
    file!("recorder-worklet.js"),
    file!("recorder.js"),
    file!("resampler.js"),
    file!("sound-queue.js"),
    file!("sound-stream.js"),
    file!("spans.js"),
    file!("speech.js"),
    file!("storage.js"),
    file!("tempo.js"),
    file!("text-notes.js"),
    file!("theme.js"),
    file!("voice-cards.js"),
    file!("voices.css"),
    file!("voices.js"),
    file!("wav.js"),
    file!("waveform.js"),
    file!("words.js"),
];

/// The content of the file `name`.
pub fn file(name: &str) -> Option<&'static str> {
    let index = FILES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    FILES.get(index).map(|(_, content)| *content)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILES, file};

    #[test]
    fn every_file_of_the_page_is_listed_in_order_and_found() {
        let mut names: Vec<String> = fs::read_dir(env!("CARGO_MANIFEST_DIR"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| [".html", ".css", ".js", ".svg"].iter().any(|ending| name.ends_with(ending)))
            .collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert!(FILES.iter().all(|(name, content)| file(name) == Some(*content)));
        assert_eq!(file("none.js"), None);
    }
}
