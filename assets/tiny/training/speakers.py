"""Audio of texts from the program, from the teacher, and from the teacher through the codec."""
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import scipy.io.wavfile

from common import FRAME


def read_wav(path):
    """24 kHz samples of a 16-bit WAV file."""
    rate, x = scipy.io.wavfile.read(path)
    assert rate == 24000 and x.dtype == np.int16, path
    return x.astype(np.float32) / 32767


def write_wav(path, audio):
    """Write samples as a 16-bit WAV file at 24 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.wavfile.write(path, 24000, (np.clip(audio, -1, 1) * 32767).astype(np.int16))


def program(binary, model, voice, texts, folder, options=()):
    """Speak texts with `pocket-tts batch`, in one thread. Returns the samples of each."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(dict(text=t, name=f"{k:04d}")) + "\n" for k, t in enumerate(texts)))
    state = Path(model) / voice.state
    subprocess.run([str(binary), "batch", "--config", str(model), "--voice", str(state), "--out", str(folder), "--jobs", "1",
                    "--threads", "1", "--overwrite", "--quiet", "--offline", *options, str(manifest)], check=True,
                   env={**os.environ, "RAYON_NUM_THREADS": "1"})
    return [read_wav(folder / f"{k:04d}.wav") for k in range(len(texts))]


def teacher(texts, work, voice):
    """Speak texts with the teacher as the training data is spoken. Returns (samples, F0 at 80 Hz) of each."""
    from synthesize import speak, teacher_with_durations
    tts = teacher_with_durations(Path(work) / "teacher_evaluation.onnx")
    out = []
    for k, text in enumerate(texts):
        rng = np.random.default_rng(k)
        parts = [speak(tts, ps, rng, voice) for ps in tts.phonemize(text)]
        audio = np.concatenate([p[0] for p in parts])
        out.append((np.clip(audio, -1, 1).astype(np.float32), np.concatenate([p[2] for p in parts])))
    return out


def through_codec(spoken, work, voice, source, decoder=None):
    """The teacher's audio through the codec of the checkpoints, to tell what the codec alone costs.

    `source` is "latents" for the frozen latents, which the language model learns, or "encoder" for the
    shipped encoder's. `decoder` is a checkpoint file other than codec_decoder.pt.
    """
    import torch
    from tiny_config import build_codec
    from codec_model import decode, encode
    from train_latents import features, load
    codec, auto = build_codec(), load(Path(work) / f"{voice.prefix}latent_ae.pt")
    for file in (decoder or Path(work) / "codec_decoder.pt", Path(work) / "codec_encoder.pt"):
        codec.load_state_dict(torch.load(file, weights_only=True)["ema"], strict=False)
    out = []
    with torch.no_grad():
        for audio, f0 in spoken:
            if source == "encoder":
                n = len(audio) // FRAME * FRAME
                z = encode(codec, torch.from_numpy(audio[:n])[None])
            else:
                z = auto.encode(auto.windows(features(dict(audio=audio, f0=f0))))[None]
            out.append(decode(codec, z)[0].numpy())
    return out
