"""Make the parity test's target: what the reference package says for three texts at temperature 0.

    parity_target.py --model FOLDER --out tests/goldens_tiny/reference_audio.safetensors
"""
import argparse
import json
import os
from pathlib import Path

import safetensors.torch
import torch

TEXTS = ["Hello world. I am Kyutai's Pocket TTS. I'm fast enough to run on small CPUs. I hope you'll like me.",
         "The weather has been lovely this week.", "Good morning."]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", type=Path, required=True, help="a model folder, as export.py makes it")
    ap.add_argument("--out", type=Path, required=True)
    a = ap.parse_args()
    out = a.out.resolve()
    os.chdir(a.model)                                           # the configuration's paths are relative to it
    from pocket_tts import TTSModel
    torch.set_num_threads(1)
    model = TTSModel.load_model(config="reference.yaml", temp=0.0)
    state = model.get_state_for_audio_prompt(Path("voice.safetensors"))
    tensors = {f"audio.{k}": torch.cat(list(model.generate_audio_stream(state, text))) for k, text in enumerate(TEXTS)}
    safetensors.torch.save_file(tensors, out, dict(
        texts=json.dumps(TEXTS), made_with="pocket-tts 4.0.1, temperature 0, voice.safetensors"))
    print({k: len(v) / 24000 for k, v in tensors.items()}, "seconds")


if __name__ == "__main__":
    main()
