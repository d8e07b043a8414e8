"""When words and sentences are said."""

from __future__ import annotations

import json

import numpy as np
from pocket_tts_rs import AudioChunk, WordEnd, WordStart

TEXT = "Hello there. It costs $5 in all."


def test_words_have_times(model, voice):
    result = model.generate_audio_with_timestamps(voice, TEXT, seed=1, normalize=True)
    duration = len(result.audio) / model.sample_rate
    words = [word.word.strip(".,").lower() for word in result.words]
    assert words == ["hello", "there", "it", "costs", "five", "dollars", "in", "all"]
    assert [word.word_index for word in result.words] == list(range(8))
    ends = 0.0
    for word in result.words:
        assert ends <= word.start_time <= word.end_time <= duration
        ends = word.start_time
    assert TEXT[slice(*result.words[4].source)] == "$5" == TEXT[slice(*result.words[5].source)]


def test_events_come_in_the_order_of_time(model, voice):
    events = list(model.generate_audio_with_timestamps_stream(voice, TEXT, seed=1, normalize=True))
    audio = np.concatenate([event.audio for event in events if isinstance(event, AudioChunk)])
    whole = model.generate_audio_with_timestamps(voice, TEXT, seed=1, normalize=True)
    assert np.array_equal(audio, whole.audio)
    ends = [event for event in events if isinstance(event, WordEnd)]
    assert [(end.word, end.start_time, end.end_time) for end in ends] == [
        (word.word, word.start_time, word.end_time) for word in whole.words
    ]
    heard = 0.0
    for event in events:
        if isinstance(event, AudioChunk):
            assert abs(event.start_time - heard) < 1e-9
            heard = event.end_time
        else:
            time = event.start_time if isinstance(event, WordStart) else event.end_time
            assert heard <= time <= heard + 0.081


def test_captions_show_the_text_as_it_was_written(model, voice):
    speech = model.speak(TEXT, voice, seed=1, normalize=True, timings=True)
    speech.read()
    assert "$5" in speech.captions("srt") and "-->" in speech.captions("srt")
    assert speech.captions("vtt").startswith("WEBVTT")
    assert len(json.loads(speech.captions("json"))["sentences"]) == len(speech.sentences) >= 1
    assert len(speech.words) == 8


def test_sources_are_counted_in_characters(model, voice):
    text = "“Hello” there."
    speech = model.speak(text, voice, seed=1, timings=True, keep_unknown_characters=False)
    speech.read()
    assert [text[slice(*word.source)].strip("“”.") for word in speech.words] == ["Hello", "there"]


def test_checks_report_problems(model, voice):
    speech = model.speak(TEXT, voice, seed=1, check="report", frame_limit=8)
    speech.read()
    assert speech.checked_sentences and speech.checked_sentences[0].problems
    assert speech.unfinished_sentences == 1
    repeated = model.speak(TEXT, voice, seed=1, temp=0.5, check="repeat", frame_limit=8)
    repeated.read()
    assert len(repeated.checked_sentences[0].repeated) == 2
