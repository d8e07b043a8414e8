//! The times of sentences and words as tuples.

use pocket_tts_core::TimingEvent;

/// Which event (`sentence_start`, `word_start`, `word_end` or `sentence_end`), the number of the sentence or word, its text,
/// its first and last byte in the original text, and its first and last sample in the stream.
pub(crate) type EventTuple = (&'static str, usize, String, usize, usize, u64, u64);

/// An event as a tuple; `None` for kinds of later versions.
pub(crate) fn tuple(event: TimingEvent) -> Option<EventTuple> {
    let kind = match &event {
        TimingEvent::SentenceStart(_) => "sentence_start",
        TimingEvent::WordStart(_) => "word_start",
        TimingEvent::WordEnd(_) => "word_end",
        TimingEvent::SentenceEnd(_) => "sentence_end",
        _ => return None,
    };
    Some(match event {
        TimingEvent::SentenceStart(time) | TimingEvent::SentenceEnd(time) => {
            (kind, time.sentence, time.text, time.source.start, time.source.end, time.start, time.end)
        }
        TimingEvent::WordStart(time) | TimingEvent::WordEnd(time) => {
            (kind, time.word, time.text, time.source.start, time.source.end, time.start, time.end)
        }
        _ => return None,
    })
}
