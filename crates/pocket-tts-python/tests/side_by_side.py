"""The same scripts with the package pocket-tts 4.0.1 and with this one, side by side.

PyTorch is large, so this runs only when it is asked for, in an environment with both packages:

    pip install pocket-tts==4.0.1 pytest WHEEL
    pytest crates/pocket-tts-python/tests/side_by_side.py

Models are random and small, and the temperature is 0, as the two draw different noise.
"""

from __future__ import annotations

import inspect
import logging
import threading
from pathlib import Path

import numpy as np
import pocket_tts
import pocket_tts_rs
import pytest
import scipy.io.wavfile
import scipy.signal
import torch

TOLERANCE = 1e-4
TEXTS = [
    "Hello world, this is a test.",
    "First sentence. Second one! And a third? Yes; with a semicolon: and more, until it is longer than others.",
    "no capitals and no full stop",
    "Too  many   spaces\nand lines\r\nand “quotes”, 22 pounds, 3.5 %.",
    "...",
]


@pytest.fixture(scope="module", params=["01_lsd_24k_bos", "06_like_18m", "09_lsd_rank_text_options"])
def folder(request, goldens):
    return goldens / request.param


@pytest.fixture(scope="module")
def pair(folder):
    """The same model twice: the reference's and ours. The reference finds files in the working directory only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        models = [package.TTSModel.load_model(config="config.yaml", temp=0.0) for package in PACKAGES]
        yield models


PACKAGES = (pocket_tts, pocket_tts_rs)


@pytest.fixture(scope="module")
def states(pair):
    return [model.get_state_for_audio_prompt("voice_state.safetensors") for model in pair]


def arrays(results):
    return [np.asarray(result.detach().cpu().numpy()) for result in results]


def assert_alike(results):
    expected, found = arrays(results)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    assert np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("arguments", [{}, {"frames_after_eos": 2, "copy_state": True}, {"max_tokens": 20}])
def test_generate_audio(pair, states, text, arguments):
    assert_alike(model.generate_audio(state, text, **arguments) for model, state in zip(pair, states, strict=True))


def test_streams(pair, states):
    streams = [list(model.generate_audio_stream(state, TEXTS[1])) for model, state in zip(pair, states, strict=True)]
    frame = pair[1].sample_rate * 2 // 25
    for chunks in streams:
        assert all(chunk.ndim == 1 and chunk.shape[0] % frame == 0 for chunk in chunks)
    assert_alike([torch.cat(streams[0]), torch.cat(streams[1])])


def test_stop(pair, states):
    for model, state in zip(pair, states, strict=True):
        stop = threading.Event()
        stop.set()
        assert list(model.generate_audio_stream(state, TEXTS[1], stop=stop)) == []
        stop.clear()
        length = 0
        for chunk in model.generate_audio_stream(state, TEXTS[1] * 5, stop=stop):
            length += len(chunk)
            stop.set()
        assert 0 < length < len(model.generate_audio(state, TEXTS[1] * 5))


def test_recordings_tensors_and_exports(pair, folder, tmp_path):
    recording = folder.parent / "stereo_16k.wav"
    rate, samples = scipy.io.wavfile.read(recording)
    mono = samples.astype(np.float32).mean(axis=1) / 32_768
    resampled = scipy.signal.resample_poly(mono, 3, 2)[None].astype(np.float32)
    for prompt in (recording, str(recording), torch.from_numpy(resampled)):
        states = [model.get_state_for_audio_prompt(prompt) for model in pair]
        assert_alike(model.generate_audio(state, TEXTS[0]) for model, state in zip(pair, states, strict=True))
    # Each package reads what the other wrote.
    for package, state in zip(PACKAGES, states, strict=True):
        package.export_model_state(state, tmp_path / f"{package.__name__}.safetensors")
    expected, found = (
        [model.get_state_for_audio_prompt(tmp_path / f"{package.__name__}.safetensors") for package in PACKAGES]
        for model in pair
    )
    for theirs, ours in zip(expected, found, strict=True):
        assert set(ours) == set(theirs)
        assert_alike(model.generate_audio(state, TEXTS[0]) for model, state in zip(pair, (theirs, ours), strict=True))
        for layer, state in theirs.items():
            assert int(ours[layer]["offset"]) == int(state["offset"])
            assert_alike([state["cache"], ours[layer]["cache"]])
    # Ours takes the other's dictionary of tensors as it is.
    assert_alike([pair[0].generate_audio(states[0], TEXTS[0]), pair[1].generate_audio(states[0], TEXTS[0])])


def test_properties_and_signatures(pair):
    theirs, ours = pair
    for name in ("sample_rate", "device", "temp", "eos_threshold", "noise_clamp", "sampler_decode_steps"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.has_voice_cloning == theirs.has_voice_cloning
    assert set(pocket_tts.__all__) <= set(pocket_tts_rs.__all__)
    methods = [
        "load_model", "get_state_for_audio_prompt", "generate_audio", "generate_audio_stream", "load_training_checkpoint",
    ]  # fmt: skip
    for name in methods:
        expected = inspect.signature(getattr(pocket_tts.TTSModel, name)).parameters
        found = inspect.signature(getattr(pocket_tts_rs.TTSModel, name)).parameters
        positional = [parameter for parameter in found.values() if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
        assert [(parameter.name, parameter.default) for parameter in positional] == [
            (parameter.name, parameter.default) for parameter in expected.values()
        ]


def raised(action):
    try:
        action()
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize(
    "action",
    [
        lambda package, model, state: package.TTSModel.load_model(language="english", config="config.yaml"),
        lambda package, model, state: package.TTSModel.load_model(language="klingon"),
        lambda package, model, state: package.TTSModel.load_model(config="missing.yaml"),
        lambda package, model, state: package.TTSModel.load_model(config="model.safetensors"),
        lambda package, model, state: model.get_state_for_audio_prompt("alba"),
        lambda package, model, state: model.get_state_for_audio_prompt("missing.wav"),
        lambda package, model, state: model.get_state_for_audio_prompt(Path("missing.safetensors")),
        lambda package, model, state: model.generate_audio(state, ""),
        lambda package, model, state: model.generate_audio(state, "  "),
        lambda package, model, state: list(model.generate_audio_stream(state, "")),
        lambda package, model, state: model.generate_audio({}, "Hello."),
        lambda package, model, state: model.load_training_checkpoint("missing.pt"),
    ],
)
def test_exceptions(pair, states, action):
    theirs, ours = (
        raised(lambda package=package, model=model, state=state: action(package, model, state))
        for package, model, state in zip(PACKAGES, pair, states, strict=True)
    )
    assert theirs is not None
    assert isinstance(ours, type(theirs)), f"{theirs!r}, but {ours!r}"


def test_training_checkpoints(pair, folder, tmp_path):
    weights = dict(pair[0].state_dict())
    changed = {name: tensor * 1.01 for name, tensor in weights.items() if name.startswith("flow_lm.flow_net")}
    torch.save({"model": weights, "ema": changed}, tmp_path / "checkpoint.pt")
    torch.save({"step": 3}, tmp_path / "other.pt")
    for use_ema in (True, False):
        models = [package.TTSModel.load_model(config="config.yaml", temp=0.0) for package in PACKAGES]
        for model in models:
            model.load_training_checkpoint(tmp_path / "checkpoint.pt", use_ema=use_ema)
        voices = [model.get_state_for_audio_prompt("voice_state.safetensors") for model in models]
        assert_alike(model.generate_audio(voice, TEXTS[0]) for model, voice in zip(models, voices, strict=True))
    loaded = [
        package.TTSModel.load_model(config="config.yaml", temp=0.0, checkpoint=tmp_path / "checkpoint.pt")
        for package in PACKAGES
    ]
    voices = [model.get_state_for_audio_prompt("voice_state.safetensors") for model in loaded]
    assert_alike(model.generate_audio(voice, TEXTS[0]) for model, voice in zip(loaded, voices, strict=True))
    for model in pair:
        with pytest.raises(ValueError):
            model.load_training_checkpoint(tmp_path / "other.pt")


def test_tensors_of_torch_and_our_arrays_mix(pair, states, tmp_path):
    model, state = pair[1], states[1]
    audios = [model.generate_audio(state, text) for text in TEXTS[:2]]
    full = torch.cat(audios, dim=0)
    assert isinstance(full, torch.Tensor) and np.array_equal(full.numpy(), np.concatenate(audios))
    scipy.io.wavfile.write(tmp_path / "full.wav", model.sample_rate, full.numpy())
    assert torch.from_numpy(audios[0]).dtype == torch.float32
    assert torch.equal(torch.as_tensor(audios[0]), torch.from_numpy(audios[0]))
    assert torch.is_tensor(torch.stack([audios[0], audios[0]]))
    assert audios[0].to(torch.float64).dtype == np.float64 and audios[0].to(model.device) is audios[0]


def test_the_deprecated_name_of_the_steps(folder, monkeypatch, caplog):
    monkeypatch.chdir(folder)
    caplog.set_level(logging.WARNING)
    for package in PACKAGES:
        model = package.TTSModel.load_model(config="config.yaml", lsd_decode_steps=3)
        assert model.sampler_decode_steps == 3
    assert sum("lsd_decode_steps" in record.message for record in caplog.records) == 2
