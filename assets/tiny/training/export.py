"""Assemble the model folder from the checkpoints' averaged weights.

Writes config.yaml, model.safetensors, tokenizer.model, the states of the voices (voice.safetensors is the first one's)
and their prompts as WAV files, and reference.yaml, the configuration without the key that the reference package doesn't
know. The result is loaded with the reference package.
"""
import argparse
import os
import shutil
from pathlib import Path

import safetensors.torch
import torch

from tiny_config import build_codec, build_flow_lm, write_config
from voices import VOICES


def flow_lm_state(work, file):
    """The flow language model's weights."""
    lm = build_flow_lm(work / "tokenizer.model")
    lm.speaker_proj_weight = torch.nn.Parameter(torch.zeros(lm.dim, lm.ldim))
    s = torch.load(file, weights_only=True)
    lm.load_state_dict({k[3:]: v for k, v in {**s["model"], **s["ema"]}.items() if k.startswith("lm.")}, strict=False)
    missing = {n for n, _ in lm.named_parameters()} - {k[3:] for k in s["ema"]}
    assert not missing, missing
    return {f"flow_lm.{k}": v for k, v in lm.state_dict().items()}


def codec_state(work, decoder):
    """The codec's weights."""
    codec, names = build_codec(), set()
    for file in (decoder, work / "codec_encoder.pt"):
        ema = torch.load(file, weights_only=True)["ema"]
        codec.load_state_dict(ema, strict=False)
        names |= set(ema)
    missing = {n for n, _ in codec.named_parameters()} - names
    assert not missing, missing
    return {f"mimi.{k}": v for k, v in codec.state_dict().items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--flow-lm", type=Path, help="another checkpoint than W/flow_lm.pt")
    ap.add_argument("--decoder", type=Path, help="another checkpoint than W/codec_decoder.pt")
    ap.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    a = ap.parse_args()
    w, out = a.work_dir, a.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    state = flow_lm_state(w, a.flow_lm or w / "flow_lm.pt") | codec_state(w, a.decoder or w / "codec_decoder.pt")
    dtype = getattr(torch, a.dtype)
    # Normalisation buffers stay exact.
    state = {k: (v if "emb_" in k else v.to(dtype)).contiguous().clone() for k, v in state.items()}
    safetensors.torch.save_file(state, out / "model.safetensors")
    shutil.copyfile(w / "tokenizer.model", out / "tokenizer.model")
    voices = [v for v in VOICES if (w / f"{v.prefix}prompt.wav").exists()]
    for voice in voices:
        shutil.copyfile(w / f"{voice.prefix}prompt.wav", (out / voice.state).with_suffix(".wav"))
    write_config(out / "config.yaml", timestamps=True)
    write_config(out / "reference.yaml", timestamps=False)
    os.chdir(out)
    from pocket_tts import TTSModel
    from pocket_tts.models.model_state import export_model_state
    model = TTSModel.load_model(config="reference.yaml")
    for voice in voices:
        export_model_state(model.get_state_for_audio_prompt(Path(voice.state).with_suffix(".wav")), voice.state)
    for f in sorted(out.iterdir()):
        print(f.name, f.stat().st_size)


if __name__ == "__main__":
    main()
