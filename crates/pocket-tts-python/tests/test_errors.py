"""What is wrong raises the class that the package pocket-tts raises, or one that derives from it."""

from __future__ import annotations

import pickle

import numpy as np
import pocket_tts_rs
import pytest
from pocket_tts_rs import TTSModel, data


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


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "`model_state` is an empty dictionary"),
        ("heart", "`model_state` must be a model state.*not str"),
        (None, "`model_state` must be a model state.*not NoneType"),
        ({"a": np.zeros(3)}, "`model_state` is no model state, as its layer `a` is ndarray"),
        ({"a": {"b": np.zeros(3, np.float32)}}, "`model_state`"),
    ],
)
def test_what_is_no_model_state(model, voice, state, words):
    with pytest.raises(pocket_tts_rs.RequestError, match=words):
        model.generate_audio(state, "Hello.")
    with pytest.raises(pocket_tts_rs.RequestError, match=words):
        next(model.generate_audio_stream(state, "Hello."))
    in_markup = words.replace("model_state`", r"voices\['x'\]`")
    with pytest.raises(pocket_tts_rs.RequestError, match=in_markup):
        model.generate_audio(voice, "Hello.", voices={"x": state})


def test_only_speak_has_a_default_voice(model, voice):
    assert np.array_equal(model.speak("Hello.", seed=1).read(), model.generate_audio(voice, "Hello.", seed=1))


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


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"speed": "fast"}, TypeError, "`speed` must be a number, not str"),
        ({"temp": True}, TypeError, "`temp` must be a number, not bool"),
        ({"seed": 1.5}, TypeError, "`seed` must be a whole number, not float"),
        ({"seed": -1}, ValueError, "`seed` is -1, but must be 0 or more"),
        ({"seed": 2**64}, ValueError, "`seed` is 18446744073709551616, but must be at most"),
        ({"max_tokens": 2**70}, ValueError, "`max_tokens` is .* at most"),
        ({"frames_after_eos": "3"}, TypeError, "`frames_after_eos` must be a whole number, not str"),
        ({"frame_limit": -3}, ValueError, "`frame_limit` is -3"),
        ({"timings": "yes"}, TypeError, "`timings` must be True or False, not str"),
        ({"markup": 1}, TypeError, "`markup` must be a string, not int"),
        ({"disabled_rules": 1}, TypeError, "`disabled_rules` must be a list of strings, not int"),
        ({"voices": 3}, TypeError, "`voices` must be a dictionary, not int"),
        ({"disabled_rules": [1]}, TypeError, "`disabled_rules` must be a string, not int"),
    ],
)
def test_an_option_of_another_type(model, voice, options, error, words):
    with pytest.raises(error, match=words):
        model.generate_audio(voice, "Hello.", **options)


def test_numbers_of_numpy_are_numbers(model, voice):
    options = {"speed": np.float32(1.25), "seed": np.int64(3), "temp": np.array(0.5), "normalize": np.bool_(True)}
    plain = {"speed": 1.25, "seed": 3, "temp": 0.5, "normalize": True, "disabled_rules": "money"}
    assert np.array_equal(
        model.generate_audio(voice, "Hello.", **options), model.generate_audio(voice, "Hello.", **plain)
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"threads": "2"}, "`threads` must be a whole number, not str"),
        ({"offline": 1}, "`offline` must be True or False, not int"),
        ({"temp": "hot"}, "`temp` must be a number, not str"),
        ({"weight_cache": 3}, "`weight_cache` must be a path, not int"),
        ({"precision": 8}, "`precision` must be a string, not int"),
    ],
)
def test_a_load_option_of_another_type(arguments, words):
    with pytest.raises(TypeError, match=words):
        TTSModel.load_model(language="tiny", **arguments)
    with pytest.raises(ValueError, match="`threads` is -1"):
        TTSModel.load_model(language="tiny", threads=-1)


@pytest.mark.parametrize("text", ["...", "!!!", "你好", "42"])
def test_a_text_without_a_known_word_is_noise_with_a_warning(model, voice, text, caplog):
    speech = model.speak(text, voice, seed=1)
    assert len(speech.read()) > 1_920
    assert any("noise" in warning for warning in speech.warnings) and "noise is heard" in caplog.text
    with pytest.raises(pocket_tts_rs.RequestError, match="no word to say|knows no letter"):
        model.speak(text, voice, keep_unknown_characters=False)
    assert model.speak(f"Yes, {text}", voice, seed=1).warnings == []


def test_texts_that_are_none(model, voice):
    with pytest.raises(TypeError, match="`text` must be a string, not bytes"):
        model.generate_audio(voice, b"Hello.")
    with pytest.raises(ValueError, match="surrogate"):
        model.generate_audio(voice, "Hello \ud800.")


def test_a_model_is_not_pickled(model):
    with pytest.raises(TypeError, match="load it in each process"):
        pickle.dumps(model)


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


def test_bytes_of_a_file_are_no_path(model, voice, tmp_path):
    """Names of bytes are paths, but what a file holds is not, and is not printed."""
    pocket_tts_rs.save_audio(tmp_path / "a.wav", np.zeros(4_800, np.float32), 24_000)
    wav, sound = (tmp_path / "a.wav").read_bytes(), np.zeros(24, np.float32)
    takers = [
        lambda path: pocket_tts_rs.load_audio(path),
        lambda path: pocket_tts_rs.save_audio(path, sound, 24_000),
        lambda path: pocket_tts_rs.export_model_state(voice, path),
        lambda path: TTSModel.load_model(config=path),
        lambda path: TTSModel.load_model(checkpoint=path),
        lambda path: model.load_training_checkpoint(path),
        lambda path: data.read(path),
        lambda path: data.read_opus(path),
        lambda path: data.write_opus(path, sound, 24_000),
        lambda path: data.write_wav(path, sound, 24_000),
        lambda path: data.durations([path]),
        lambda path: data.FileReader(path),
        lambda path: data.dataset_jsonl(path, duration_sec=1.0),
        lambda path: data.DatasetReader([(path, 1.0)], duration_sec=1.0),
        lambda path: data.measure(path, tmp_path / "out"),
    ]
    for take in takers:
        for content in (wav, b"a" * 5_000):
            with pytest.raises(pocket_tts_rs.RequestError, match="` is .* bytes, which are no path") as caught:
                take(content)
            assert len(str(caught.value)) < 200
        with pytest.raises(pocket_tts_rs.RequestError, match="NUL"):
            take("a\0b")
    assert pocket_tts_rs.load_audio(bytes(tmp_path / "a.wav"))[1] == 24_000
