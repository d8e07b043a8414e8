#!/usr/bin/env python3
"""Recordings, and the voice states that the reference pocket-tts computes from them.

    make_voices.py [--out FOLDER]

Writes three recordings (none at the rate of a model, so that each is resampled) and states.safetensors with
`MODEL/RECORDING/LAYER`, the cache `[2, 1, positions, heads, head_dim]` of each layer, for every model of
../goldens and for the shipped one (`tiny`). Needs pocket-tts 4.0.1 and soundfile. Nothing is random.
"""
import argparse
import contextlib
import os
from pathlib import Path

import numpy as np
import safetensors.torch
import soundfile
import torch

from pocket_tts import TTSModel

HERE = Path(__file__).resolve().parent
SECONDS = 1.0


def speech_like(rate: int, pitch_hz: float) -> np.ndarray:
    """A gliding harmonic tone in syllables, with a pause at the end, at half of full scale."""
    t = np.arange(int(SECONDS * rate)) / rate
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + 0.15 * np.sin(2 * np.pi * 0.8 * t))) / rate
    formants = [1.0, 0.7, 0.5, 0.6, 0.35, 0.2, 0.25, 0.15, 0.1, 0.08]
    tone = sum(level * np.sin((k + 1) * phase) for k, level in enumerate(formants))
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * t), 0, 1) ** 0.5
    syllables[int(0.9 * len(t)):] = 0
    return 0.5 * syllables * tone / np.abs(tone).max()


def recordings(folder: Path) -> list[Path]:
    left, right = speech_like(22_050, 120), speech_like(22_050, 180)
    files = [("stereo_16bit_22k.wav", np.stack([left, right], 1), 22_050, "PCM_16"),
             ("mono_24bit_16k.wav", speech_like(16_000, 140), 16_000, "PCM_24"),
             ("mono_16bit_44k.flac", speech_like(44_100, 100), 44_100, "PCM_16")]
    for name, samples, rate, subtype in files:
        soundfile.write(folder / name, samples, rate, subtype=subtype)
    return [folder / name for name, *_ in files]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out.resolve()
    torch.set_num_threads(1)
    files = recordings(out)
    goldens = sorted(path for path in (HERE.parent / "goldens").iterdir() if path.is_dir())
    states = {}
    for name, folder in [(path.name, path) for path in goldens] + [("tiny", HERE.parents[1] / "assets" / "tiny")]:
        with contextlib.chdir(folder):
            model = TTSModel.load_model(config="config.yaml")
        for file in files:
            state = model.get_state_for_audio_prompt(file)
            for layer, part in enumerate(state.values()):
                positions = int(part["offset"].reshape(-1)[0])
                states[f"{name}/{file.name}/{layer}"] = part["cache"][:, :, :positions].contiguous()
    safetensors.torch.save_file(states, out / "states.safetensors")
    print(f"{len(states)} caches of {len(goldens) + 1} models")


if __name__ == "__main__":
    main()
