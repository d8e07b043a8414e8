//! What can play speech.

use pocket_tts_play::{Output, outputs};

use super::finding::Finding;

/// The audio outputs that there are. Nothing is played.
pub(super) fn audio() -> Finding {
    finding_of(&outputs())
}

fn finding_of(outputs: &[Output]) -> Finding {
    let names: Vec<String> = outputs.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return Finding::warning(
            "audio",
            "there is nothing that plays sound, so speech can be written but not heard here",
            "start PipeWire or PulseAudio, or install a player, for example with `apt-get install alsa-utils`",
        );
    }
    Finding::ok("audio", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Status;

    #[test]
    fn outputs_are_listed_and_none_is_a_warning() {
        let found =
            finding_of(&[Output::Program("/bin/aplay".into()), Output::Device("speakers".to_owned())]);
        assert_eq!((found.status, found.message.as_str()), (Status::Ok, "/bin/aplay, speakers"));
        assert_eq!(finding_of(&[]).status, Status::Warning);
    }
}
