//! The captions beside the outputs. It must not know how they are written.

use std::path::Path;

use pocket_tts_audio::AudioFormat;
use pocket_tts_captions::CaptionFormat;

use crate::defaults::{NO_TIMESTAMPS, TIMESTAMPS};
use crate::exit::Failure;

/// The format of captions that a line or an option names; none for `off`.
pub(super) fn parse(value: &str) -> Result<Option<CaptionFormat>, Failure> {
    if value == NO_TIMESTAMPS {
        return Ok(None);
    }
    let known = CaptionFormat::ALL.into_iter().find(|format| format.extension() == value);
    known.map(Some).ok_or_else(|| {
        Failure::Usage(format!("`timestamps` is `{value}`; it must be one of {}", TIMESTAMPS.join(", ")))
    })
}

/// The name of the captions beside an output, whose name ends with the extension of its format or of none.
pub(super) fn name_beside(output: &str, format: CaptionFormat) -> String {
    let stem = match output.rsplit_once('.') {
        Some((stem, _)) if AudioFormat::of_path(Path::new(output)).is_some() => stem,
        _ => output,
    };
    format!("{stem}.{}", format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_extensions_or_off() {
        let parsed = TIMESTAMPS.map(|value| parse(value).unwrap());
        assert_eq!(parsed[..3], CaptionFormat::ALL.map(Some));
        assert_eq!(parsed[3], None);
        assert!(parse("txt").unwrap_err().to_string().contains("one of srt, vtt, json, off"));
    }

    #[test]
    fn captions_have_the_name_of_their_output() {
        for (output, expected) in
            [("a/b.wav", "a/b.srt"), ("v1.2.opus", "v1.2.srt"), ("v1.2/x.mp3", "v1.2/x.srt")]
        {
            assert_eq!(name_beside(output, CaptionFormat::Srt), expected);
        }
    }
}
