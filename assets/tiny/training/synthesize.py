"""Speak the texts with the teacher, hibari-tts and its voice "heart", into W/KIND_NUMBER.npz shards.

The second voice speaks a part of the texts, into W/VOICE_KIND_NUMBER.npz.

Beside the audio each shard keeps the phonemes, their durations and F0, which are hints for training.
Shards that are there are skipped.
"""
import argparse
import os
from pathlib import Path

import hibari
import numpy as np
import onnx
from hibari import Hibari, dsp

from common import FRAME, SR, wait_for_lock
from voices import VOICES, change, named

GAIN = 1.8                                  # the teacher is quiet: its RMS is about 0.046
LONGEST = 11.0                              # seconds of an utterance
SHARD = 500                                 # texts of a shard
# Voice, kind, file and number of its first shard.
SOURCES = (("heart", "held", "heldout.txt", 0), ("heart", "train", "extra.txt", 9000), ("heart", "train", "corpus.txt", 0),
           ("heart", "train", "more.txt", 2000), ("heart", "train", "prose.txt", 3000),
           ("oak", "held", "heldout.txt", 0), ("oak", "train", "corpus.txt", 0), ("oak", "train", "more.txt", 2000))


def teacher_with_durations(file):
    """The teacher, its phoneme durations added to the outputs of its graph, which is saved as `file`."""
    model = onnx.load(os.path.join(os.path.dirname(hibari.__file__), "assets", "hibari.onnx"))
    rounded = next(n for n in model.graph.node if n.op_type == "Round").output[0]
    clipped = next(n for n in model.graph.node if n.op_type == "Clip" and rounded in n.input).output[0]
    model.graph.output.append(onnx.helper.make_tensor_value_info(clipped, onnx.TensorProto.FLOAT, None))
    onnx.save(model, file)
    return Hibari(model=str(file))


def locked_phase(f0, start, lowest=40.0):
    """Pulse phase in cycles for each sample, a whole number at every border of 80 ms frames.

    Each fully voiced frame's F0 is moved (by about 2 %) to a whole number of periods. The waveform is
    then a function of the frame's features alone: the decoder never has to carry a phase across frames
    and can be trained on phases. Returns phase, F0 and voicing for each sample.
    """
    u = (np.arange(len(f0) * dsp.HOP) + 0.5) / dsp.HOP - 0.5
    f = np.interp(u, np.arange(len(f0)), np.asarray(f0, np.float64))
    voiced = f > lowest
    p = np.concatenate([[0.0], np.cumsum(np.maximum(f, lowest)) / SR])      # cycles before sample i
    phase = p[:-1].copy()
    for a in range(start - FRAME * (start // FRAME + 1), len(f), FRAME):
        a, b = max(a, 0), min(a + FRAME, len(f))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced[a:b].astype(np.int8), [0]])))
        for s, e in zip(edges[::2], edges[1::2]):
            i, j = a + s, a + e
            if i == a and j == b:
                d = p[b] - p[a]
                x = np.arange(b - a) / (b - a)
                phase[a:b] = p[a:b] - p[a] + (np.round(d) - d) * x * x * (3 - 2 * x)
            else:
                phase[i:j] = p[i:j] - p[j if j == b else i]
    return phase, f, voiced


def locked_pulses(f0, start, highest=11000.0):
    """A pulse train on locked_phase: every harmonic below `highest` Hz at amplitude one."""
    phase, f, voiced = locked_phase(f0, start)
    t = 2 * np.pi * (phase % 1.0)
    h = np.floor(highest / np.maximum(f, 40.0)) + 0.5
    s = 2 * np.sin(t * 0.5)
    peak = np.abs(s) <= 2e-3
    s[peak] = 1
    e = np.sin(h * t) / s
    e[peak] = h[peak]
    e -= 0.5
    e[~voiced] = 0
    return e.astype(np.float32)


def speak(tts, phonemes, rng, voice=VOICES[0]):
    """Samples from 50 ms before speech on, durations in units of 25 ms, and F0 at 80 Hz."""
    ids = tts.ids(phonemes)
    out = tts.sess.run(None, {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)})
    harmonic, phase, noise, rest, angle, f0 = change(voice, *(o[0] for o in out[:6]))
    dur = np.asarray(out[6]).reshape(-1).astype(np.int64)
    start = max(int(dur[0]) * 600 - 1200, 0)
    z = rng.standard_normal((harmonic.shape[0], 2 * harmonic.shape[1]), dtype=np.float32).view(np.complex64)
    spec = dsp.stft(locked_pulses(f0, start), harmonic.shape[1])
    spec = spec * np.exp(1j * np.pi * np.tanh(phase)).astype(np.complex64) * dsp.ex(harmonic)
    spec = spec + z * dsp.ex(noise) + dsp.ex(rest) * np.exp(1j * angle).astype(np.complex64)
    return GAIN * voice.gain * dsp.ola(spec.astype(np.complex64))[start:], dur if len(dur) == len(ids) else None, f0[start // 300:]


def shard(tts, voice, texts, seed, lock):
    """The arrays of a shard. Texts whose words and phonemes do not correspond are left out."""
    rng = np.random.default_rng(seed)
    rows = []
    for text in texts:
        wait_for_lock(lock)
        ps = tts.phonemize(text)
        if len(ps) != 1 or len(ps[0].split()) != len(text.split()) or any(c not in tts.vocab for c in ps[0]):
            continue
        audio, dur, f0 = speak(tts, ps[0], rng, voice)
        if dur is not None and len(audio) <= SR * LONGEST:
            audio = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
            rows.append((text, ps[0], audio, dur.astype(np.int16), f0.astype(np.float32)))
    text, phonemes, *arrays = zip(*rows)
    out = dict(text=np.array(text), phonemes=np.array(phonemes))
    for name, xs in zip(("audio", "dur", "f0"), arrays):
        out[name], out[f"{name}_off"] = np.concatenate(xs), np.cumsum([0, *map(len, xs)])
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--lock", help="a file; work waits while another process holds its lock (flock)")
    a = ap.parse_args()
    tts = teacher_with_durations(a.work_dir / "teacher.onnx")
    for voice, kind, name, first in SOURCES:
        voice = named(voice)
        lines = (a.work_dir / name).read_text(encoding="utf-8").splitlines()
        for k in range(0, len(lines), SHARD):
            file = a.work_dir / f"{voice.prefix}{kind}_{first + k // SHARD:04d}.npz"
            if file.exists():
                continue
            arrays = shard(tts, voice, lines[k:k + SHARD], k, a.lock)
            part = file.with_suffix(".tmp.npz")
            np.savez(part, **arrays)
            part.rename(file)
            print(file.name, len(arrays["text"]), f"{len(arrays['audio']) / SR / 60:.1f} min", flush=True)


if __name__ == "__main__":
    main()
