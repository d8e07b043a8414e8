"""How fast this package speaks beside pocket-tts, in one run: whole texts, and the time to the first chunk.

    python benchmark.py MODEL/config.yaml MODEL/voice.safetensors

The two take turns. Both are in one process, which computes for one of them at a time.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from functools import partial
from pathlib import Path

import pocket_tts
import pocket_tts_rs

TEXT = "The quick brown fox jumps over the lazy dog, and nobody in the whole village knows the reason why."
# Nothing ends before its frame limit, which both estimate alike.
NOTHING_ENDS = 1e9


def theirs(config: str, **options):
    return pocket_tts.TTSModel.load_model(config=config, eos_threshold=NOTHING_ENDS, **options)


def ours(config: str, **options):
    return pocket_tts_rs.TTSModel.load_model(config=config, eos_threshold=NOTHING_ENDS, **options)


MAKERS = {
    "pocket-tts": theirs,
    "pocket-tts int8": partial(theirs, quantize=True),
    "here f32": ours,
    "here bf16": partial(ours, precision="bf16"),
    "here int8": partial(ours, precision="int8"),
}


def whole(model, state) -> float:
    """Seconds of sound per second."""
    start = time.perf_counter()
    audio = model.generate_audio(state, TEXT)
    return audio.shape[-1] / model.sample_rate / (time.perf_counter() - start)


def first_chunk(model, state) -> float:
    """Milliseconds to the first chunk."""
    start = time.perf_counter()
    stream = model.generate_audio_stream(state, TEXT)
    next(stream)
    taken = (time.perf_counter() - start) * 1_000
    # The reference's threads go on until they have ended.
    for _ in stream:
        pass
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("voice", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(MAKERS), default=list(MAKERS))
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    config, voice = arguments.config.resolve(), arguments.voice.resolve()
    # The reference finds files in the working directory only.
    os.chdir(config.parent)
    models = {name: MAKERS[name](str(config)) for name in arguments.only}
    states = {name: model.get_state_for_audio_prompt(voice) for name, model in models.items()}
    speeds: dict[str, list[float]] = {name: [] for name in models}
    waits: dict[str, list[float]] = {name: [] for name in models}
    for name, model in models.items():
        whole(model, states[name])
    for _ in range(arguments.rounds):
        for name, model in models.items():
            speeds[name].append(whole(model, states[name]))
            waits[name].append(first_chunk(model, states[name]))
    base = arguments.only[0]
    for name in models:
        speed, wait = statistics.median(speeds[name]), statistics.median(waits[name])
        print(
            f"{name:16} {speed:6.2f} s/s, {speed / statistics.median(speeds[base]):5.2f} times; first chunk {wait:7.1f} ms,"
            f" {wait / statistics.median(waits[base]):5.2f} times"
        )


if __name__ == "__main__":
    main()
