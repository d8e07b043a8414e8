"""What is wrong raises the class that the package pocket-tts raises, or one that derives from it."""

from __future__ import annotations

import pocket_tts_rs
import pytest
from pocket_tts_rs import TTSModel


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"language": "english", "config": "a.yaml"}, ValueError, "both"),
        ({"language": "klingon"}, FileNotFoundError, "klingon"),
        ({"config": "missing.yaml"}, FileNotFoundError, "missing.yaml"),
        ({"config": "model.txt"}, ValueError, "YAML"),
        ({"language": "tiny", "threads": 0}, ValueError, "threads"),
        ({"language": "english", "offline": True}, FileNotFoundError, "network is switched off"),
    ],
)
def test_a_model_that_cannot_be_loaded(arguments, error, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(error, match=words) as caught:
        TTSModel.load_model(**arguments)
    assert isinstance(caught.value, pocket_tts_rs.PocketTtsError)


def test_a_damaged_configuration(tmp_path):
    (tmp_path / "config.yaml").write_text("flow_lm: [")
    with pytest.raises(ValueError, match="not valid YAML"):
        TTSModel.load_model(config=tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("voice", "error"),
    [
        ("nobody", FileNotFoundError),
        ("missing.wav", FileNotFoundError),
        ("missing.safetensors", FileNotFoundError),
        ("alba", ValueError),
        (b"not a voice", ValueError),
    ],
)
def test_a_voice_that_cannot_be_prepared(golden, voice, error):
    with pytest.raises(error):
        golden.get_state_for_audio_prompt(voice)


def test_a_voice_of_another_model(model, golden, golden_voice):
    with pytest.raises(ValueError, match="voice"):
        model.generate_audio(golden_voice, "Hello.")
    for nothing in ({}, "heart"):
        with pytest.raises(ValueError, match="state|lacks"):
            model.generate_audio(nothing, "Hello.")


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_text_without_words(model, voice, text):
    with pytest.raises(ValueError, match="text"):
        model.generate_audio(voice, text)
    stream = model.generate_audio_stream(voice, text)
    with pytest.raises(ValueError, match="text"):
        next(stream)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed": 9.0}, "speed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"frames_after_eos": -1}, "frames_after_eos"),
        ({"sentence_pause": -1.0}, "sentence_pause"),
        ({"markup": "latex"}, "markup"),
        ({"markup": "ssml"}, "mark-up"),
        ({"check": "twice"}, "check"),
        ({"splitting": "never"}, "splitting"),
        ({"temp": -1.0}, "temperature"),
        ({"dictionary": "]"}, "dictionary"),
        ({"input_format": "pdf"}, "input_format"),
        ({"disabled_rules": ["all"]}, "rule"),
    ],
)
def test_an_option_outside_its_range(model, voice, options, words):
    with pytest.raises(ValueError, match=words):
        model.generate_audio(voice, "<b>Hello.", **options)


def test_an_unknown_option(model, voice):
    with pytest.raises(TypeError, match="volume"):
        model.generate_audio(voice, "Hello.", volume=3)


def test_word_times_of_a_model_without_heads(golden, golden_voice):
    with pytest.raises(ValueError, match="timestamp_heads"):
        golden.generate_audio_with_timestamps(golden_voice, "Hello.")
    with pytest.raises(ValueError, match="timestamp_heads"):
        golden.generate_audio_with_timestamps_stream(golden_voice, "Hello.")


def test_a_sentence_that_does_not_end(golden, golden_voice, monkeypatch, caplog):
    golden.generate_audio(golden_voice, "Hello.", frame_limit=3, eos_threshold=1e9)
    assert "frame limit" in caplog.text
    monkeypatch.setenv("KPOCKET_TTS_ERROR_WITHOUT_EOS", "1")
    with pytest.raises(RuntimeError, match="without EOS"):
        golden.generate_audio(golden_voice, "Hello.", frame_limit=3, eos_threshold=1e9)
