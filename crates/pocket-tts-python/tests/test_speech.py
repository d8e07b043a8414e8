"""Speaking with the model within the package."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pocket_tts_rs
import pytest
from scipy.io import wavfile

TEXT = "Hello there. This is a test of the small model."


def test_audio_is_an_array_that_scripts_can_use(model, voice, tmp_path):
    audio = model.generate_audio(voice, TEXT)
    assert isinstance(audio, np.ndarray)
    assert audio.ndim == 1 and audio.dtype == np.float32 and audio.shape[-1] > model.sample_rate
    assert np.isfinite(audio).all() and 0.05 < np.abs(audio).max() < 1.5
    plain = audio.detach().cpu().numpy()
    assert type(plain) is np.ndarray and plain.base is not None
    wavfile.write(tmp_path / "output.wav", model.sample_rate, audio.numpy())
    rate, samples = wavfile.read(tmp_path / "output.wav")
    assert rate == 24_000 and np.array_equal(samples, plain)


def test_the_same_seed_gives_the_same_samples_whole_and_streamed(model, voice):
    whole = model.generate_audio(voice, TEXT, seed=7, temp=0.5)
    chunks = list(model.generate_audio_stream(voice, TEXT, seed=7, temp=0.5))
    assert len(chunks) > 10 and all(chunk.ndim == 1 for chunk in chunks)
    assert np.array_equal(np.concatenate(chunks), whole)
    assert not np.array_equal(model.generate_audio(voice, TEXT, seed=8, temp=0.5), whole)


def test_a_drawn_seed_is_told(model, voice):
    speech = model.speak(TEXT, voice, temp=0.5)
    assert np.array_equal(speech.read(), model.generate_audio(voice, TEXT, seed=speech.seed, temp=0.5))


def test_neither_threads_nor_other_requests_change_a_sample(model, voice):
    expected = [model.generate_audio(voice, TEXT, seed=seed, temp=0.5) for seed in range(4)]
    found = [None] * 4

    def speak(seed):
        found[seed] = model.generate_audio(voice, TEXT, seed=seed, temp=0.5)

    threads = [threading.Thread(target=speak, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one = pocket_tts_rs.TTSModel.load_model(language="tiny", threads=1)
    assert one.threads == 1
    for seed in range(4):
        assert np.array_equal(found[seed], expected[seed])
    # A state of another model with the same weights is read anew.
    assert np.array_equal(one.generate_audio(voice, TEXT, seed=0, temp=0.5), expected[0])


def test_other_python_threads_run_while_one_speaks(model, voice):
    counted = 0
    has_ended = threading.Event()

    def speak():
        model.generate_audio(voice, TEXT * 4)
        has_ended.set()

    thread = threading.Thread(target=speak)
    thread.start()
    while not has_ended.is_set():
        counted += 1
    thread.join()
    assert counted > 1_000


def test_stop_ends_a_stream(model, voice):
    stop = threading.Event()
    chunks = []
    for chunk in model.generate_audio_stream(voice, TEXT * 20, stop=stop):
        chunks.append(chunk)
        if len(chunks) == 3:
            stop.set()
    assert len(chunks) == 3
    assert list(model.generate_audio_stream(voice, TEXT, stop=stop)) == []


def test_a_stream_that_is_left_ends_its_work(model, voice):
    with model.speak(TEXT * 20, voice) as speech:
        next(speech)
    assert len(list(speech)) < 100
    stream = model.generate_audio_stream(voice, TEXT)
    next(stream)
    stream.close()


def test_settings_of_the_model_are_used(model, voice):
    quiet = pocket_tts_rs.TTSModel.load_model(language="tiny", temp=0.0, eos_threshold=-3.5)
    assert quiet.temp == 0.0 and quiet.eos_threshold == -3.5 and quiet.noise_clamp is None
    first = quiet.generate_audio(voice, TEXT)
    assert np.array_equal(first, quiet.generate_audio(voice, TEXT))
    quiet.temp = 0.5
    assert not np.array_equal(first, quiet.generate_audio(voice, TEXT))
    assert model.temp == pytest.approx(model._native.default_temperature)


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_fewer_bits_sound_alike(model, voice, precision):
    small = pocket_tts_rs.TTSModel.load_model(language="tiny", precision=precision)
    exact = model.generate_audio(voice, "Hello.", seed=1)
    audio = small.generate_audio(voice, "Hello.", seed=1)
    assert not np.array_equal(audio, exact)
    assert 0.5 < len(audio) / len(exact) < 2
    with pytest.raises(ValueError, match="f32, bf16, int8"):
        pocket_tts_rs.TTSModel.load_model(language="tiny", precision="int4")


def test_speed_and_pauses_change_the_length(model, voice):
    usual = model.generate_audio(voice, TEXT, seed=1)
    fast = model.generate_audio(voice, TEXT, seed=1, speed=2.0)
    assert len(fast) / len(usual) == pytest.approx(0.5, abs=0.05)
    paused = model.generate_audio(
        voice, "Hello. [pause:1s] Goodbye.", seed=1, markup="plain", keep_unknown_characters=False
    )
    longest = max(map(len, "".join("0" if x == 0 else "1" for x in paused).split("1")))
    assert longest >= model.sample_rate


def test_markup_chooses_voices(golden, golden_voice, goldens):
    other = golden.get_state_for_audio_prompt(goldens / "stereo_16k.wav")
    text = "One two. [voice:guest] Three four."
    options = {"markup": "plain", "frame_limit": 8}
    spoken = golden.generate_audio(golden_voice, text, voices={"guest": other}, **options)
    alone = golden.generate_audio(golden_voice, text, voices={"guest": golden_voice}, **options)
    assert len(spoken) > 0 and not np.array_equal(spoken, alone)
    with pytest.raises(FileNotFoundError, match="guest"):
        golden.generate_audio(golden_voice, text, **options)


def test_a_state_reads_as_the_dictionary_of_the_reference(golden, golden_voice, goldens):
    assert len(golden_voice) == 2 and all("self_attn" in layer for layer in golden_voice)
    layer = golden_voice["transformer.layers.0.self_attn"]
    assert layer["cache"].shape[:2] == (2, 1) and layer["cache"].dtype == np.float32
    assert int(layer["offset"][0]) == layer["cache"].shape[2]
    with pytest.raises(ValueError, match="read-only"):
        layer["cache"][:] = 0
    expected = golden.generate_audio(golden_voice, "Hello.", frame_limit=8)
    plain = {name: {key: np.array(tensor) for key, tensor in state.items()} for name, state in golden_voice.items()}
    for same in [plain, copy.deepcopy(golden_voice), pickle.loads(pickle.dumps(golden_voice))]:
        assert np.array_equal(golden.generate_audio(same, "Hello.", frame_limit=8), expected)


def test_voices_are_exported_and_loaded(golden, golden_voice, tmp_path):
    path = tmp_path / "voice.safetensors"
    pocket_tts_rs.export_model_state(golden_voice, path)
    loaded = golden.get_state_for_audio_prompt(str(path))
    again = tmp_path / "again.safetensors"
    pocket_tts_rs.export_model_state({name: dict(state) for name, state in loaded.items()}, again)
    expected = golden.generate_audio(golden_voice, "Hello.", frame_limit=8)
    others = [golden.get_state_for_audio_prompt(source) for source in (again, path.read_bytes())]
    for source in (loaded, *others):
        assert np.array_equal(golden.generate_audio(source, "Hello.", frame_limit=8), expected)
    with pytest.raises(FileNotFoundError):
        pocket_tts_rs.export_model_state(golden_voice, tmp_path / "gone" / "voice.safetensors")
    with pytest.raises(FileNotFoundError):
        pocket_tts_rs.export_model_state(dict(golden_voice), tmp_path / "gone" / "voice.safetensors")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again.safetensors", "voice.safetensors"]


def test_samples_are_a_voice(golden, goldens):
    audio, rate = pocket_tts_rs.load_audio(goldens / "stereo_16k.wav")
    resampled = pocket_tts_rs.resample(audio, rate, golden.sample_rate, like_scipy=True)
    states = [
        golden.get_state_for_audio_prompt(goldens / "stereo_16k.wav"),
        golden.get_state_for_audio_prompt((goldens / "stereo_16k.wav").read_bytes()),
        golden.get_state_for_audio_prompt(audio, sample_rate=rate),
        golden.get_state_for_audio_prompt(resampled.unsqueeze(0)),
    ]
    spoken = [golden.generate_audio(state, "Hello.", frame_limit=8) for state in states]
    assert all(np.array_equal(audio, spoken[0]) for audio in spoken)
    with pytest.raises(ValueError, match="one channel"):
        golden.get_state_for_audio_prompt(np.zeros((2, 24_000), np.float32))


def test_texts_are_checked_and_put_into_words(model):
    assert any("£" in problem for problem in model.check_text("It costs 4 £."))
    assert model.check_text("It costs 4 £.", normalize=True) == []
    assert pocket_tts_rs.normalize_text("It costs $5.") == "It costs five dollars."
    assert "money" in pocket_tts_rs.normalization_rules()
    assert pocket_tts_rs.normalize_text("It costs $5.", "en", ["money"]) != "It costs five dollars."
    with pytest.raises(ValueError, match="klingon"):
        pocket_tts_rs.normalize_text("Hello", "klingon")


def test_names_are_listed(model):
    assert model.voice_names == ["heart"] and model.default_voice == "heart"
    assert pocket_tts_rs.model_names()[0] == "tiny" and "french_24l" in pocket_tts_rs.model_names()
    assert str(model.device) == "cpu" and model.sample_rate == 24_000
    assert model.to("cpu").eval().cpu() is model
