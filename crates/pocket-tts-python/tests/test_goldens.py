"""Speech and voices as the package pocket-tts makes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pocket_tts_rs
import pytest
from pocket_tts_rs import _safetensors

FOLDERS = sorted((Path(__file__).resolve().parents[3] / "tests" / "goldens").glob("[0-9]*"))
TOLERANCE = 1e-4
"""The greatest difference as a part of the largest absolute value, as in the library's own tests."""


def difference(found, expected):
    assert found.shape == expected.shape and found.dtype == expected.dtype
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_whole_texts_sound_as_in_the_reference(folder):
    about = json.loads((folder / "golden.json").read_text())
    tensors = _safetensors.parse((folder / "golden.safetensors").read_bytes())
    model = pocket_tts_rs.TTSModel.load_model(
        config=str(folder / "config.yaml"), temp=0.0, sampler_decode_steps=about["steps"][0]
    )
    assert model.sample_rate == about["sample_rate"]
    voice = model.get_state_for_audio_prompt(str(folder / "voice_state.safetensors"))
    for index, run in enumerate(about["full"]):
        model.eos_threshold = run["eos_threshold"]
        audio = model.generate_audio(
            voice,
            run["text"],
            max_tokens=run["max_tokens"],
            frames_after_eos=run["frames_after_eos"],
            frame_limit=run["max_gen_len"],
        )
        assert difference(audio, tensors[f"full{index}.audio"]) <= TOLERANCE


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_voices_are_the_states_of_the_reference(folder):
    tensors = _safetensors.parse((folder / "golden.safetensors").read_bytes())
    model = pocket_tts_rs.TTSModel.load_model(config=folder / "config.yaml")
    samples = tensors["voice.pcm"].astype(np.float32) / 32_768
    made = model.get_state_for_audio_prompt(samples[None])
    expected = model.get_state_for_audio_prompt(folder / "voice_state.safetensors")
    assert list(made) == list(expected)
    for layer, state in expected.items():
        positions = int(state["offset"][0])
        assert int(made[layer]["offset"][0]) == positions
        assert difference(made[layer]["cache"], state["cache"][:, :, :positions]) <= TOLERANCE
