"""Fit the shipped codec to the frozen latents.

--part decoder: latents to waveform (quantizer projection, upsampling, transformer, SEANet). The
teacher's pulses are locked to the frames, so low harmonics' phases are a usable target besides
magnitudes. --part encoder: waveform to latents. The learning rate is constant, and a running average of
the weights is exported, so that a run may stop and go on at any time; `--finish` lowers the rate to
zero. State is kept in W/codec_decoder.pt and W/codec_encoder.pt.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from codec_data import FRAME, HARMONICS, STEPS, Crops, spectral_loss
from codec_model import decode, encode
from common import wait_for_lock
from tiny_config import build_codec

WARM = 2                                    # frames at the start of a crop that only give context
SAVE_EVERY = 180                            # seconds
PARTS = dict(decoder=("quantizer", "upsample", "decoder_transformer", "decoder", "phase_head"),
             encoder=("encoder", "encoder_transformer", "downsample"))


class Run:
    """The state of training, in memory and in its checkpoint."""

    def __init__(self, work, part, rate, fast=True):
        self.file, self.part, self.rate, self.fast = work / f"codec_{part}.pt", part, rate, fast
        self.codec = build_codec()
        self.codec.phase_head = nn.Linear(128, 2 * HARMONICS)   # thrown away after training
        self.params = {n: p for n, p in self.codec.named_parameters() if n.split(".")[0] in PARTS[part]}
        matrices = [n for n, p in self.params.items() if "transformer" in n and p.ndim == 2]
        rest = [p for n, p in self.params.items() if n not in matrices]
        self.opts = [torch.optim.Muon([self.params[n] for n in matrices], lr=rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
                     torch.optim.AdamW(rest, rate, betas=(0.9, 0.98), weight_decay=1e-4)]
        self.ema = {n: p.detach().clone() for n, p in self.params.items()}
        self.step, self.seconds = 0, 0.0
        if self.file.exists():
            s = torch.load(self.file, weights_only=True)
            self.codec.load_state_dict(s["model"], strict=False)
            self.step, self.seconds = s["step"], s["seconds"]
            self.ema = {n: s["ema"].get(n, p.detach().clone()) for n, p in self.params.items()}
            for o, d in zip(self.opts, s["opts"]):              # an empty list resumes the weights only
                o.load_state_dict(d)

    def save(self):
        """Write the checkpoint, whole or not at all."""
        torch.save(dict(model={n: p.detach() for n, p in self.params.items()}, ema=self.ema, step=self.step,
                        seconds=self.seconds, opts=[o.state_dict() for o in self.opts]), self.file.with_suffix(".tmp"))
        self.file.with_suffix(".tmp").rename(self.file)

    def loss(self, batch, warm, noise):
        """The loss of a batch and its parts."""
        z, y, h = batch
        if self.part == "encoder":
            e = encode(self.codec, y)[:, warm:] - z[:, warm:]
            return e.abs().mean() + e.square().mean(), dict(square=e.square().mean())
        noisy = z + noise * torch.rand(len(z), 1, 1) * torch.randn_like(z)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.fast):
            p, hid = (x.float() for x in decode(self.codec, noisy, hidden=True))
        loss, parts = spectral_loss(p[:, warm * FRAME:], y[:, warm * FRAME:])
        e = (self.codec.phase_head(hid) - h)[:, warm * STEPS:].square().mean()
        return loss + 4.0 * e, dict(parts, head=e)

    def update(self, loss, scale):
        """One step of the optimizers at a fraction of the learning rate."""
        for o in self.opts:
            for g in o.param_groups:
                g["lr"] = self.rate * scale
            o.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.params.values(), 5.0 if self.part == "decoder" else 1.0)
        for o in self.opts:
            o.step()
        self.step += 1
        d = min(0.998, self.step / (self.step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.ema.values()), [p.detach() for p in self.params.values()], 1 - d)


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--part", choices=PARTS, required=True)
    ap.add_argument("--minutes", type=float, required=True, help="of processor time")
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--frames", type=int, default=14)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--latent-noise", type=float, default=0.1)
    ap.add_argument("--shards", type=int, default=12, help="shards of each voice to keep in memory, drawn at random at the start")
    ap.add_argument("--finish", action="store_true", help="lower the learning rate to zero over the run")
    ap.add_argument("--f32", action="store_true", help="no bfloat16")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--lock", help="a file; training waits while another process holds its lock (flock)")
    return ap.parse_args()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(time.time_ns() % 2**31)
    np.random.seed(time.time_ns() % 2**31)
    run = Run(a.work_dir, a.part, a.lr, not a.f32)
    data = Crops(a.work_dir, a.frames, a.shards)
    print(f"{a.part}: {sum(p.numel() for p in run.params.values()) / 1e6:.3f} M parameters, {len(data.z)} utterances, "
          f"from step {run.step}", flush=True)
    first, before, log = run.step, run.seconds - time.process_time(), {}
    last = saved = time.monotonic()
    start = time.process_time()
    while True:
        waited = wait_for_lock(a.lock)
        last, saved = last + waited, saved + waited
        done = (time.process_time() - start) / (a.minutes * 60)
        if done > 1:
            break
        scale = min(1, (run.step - first + 1) / 100) * (max(0.0, 1 - done) if a.finish else 1)
        at_start = np.random.rand() < 0.4                       # the decoder then has no history
        loss, parts = run.loss(data.batch(a.batch, at_start), 0 if at_start else WARM, a.latent_noise)
        run.update(loss, scale)
        run.seconds = before + time.process_time()
        for n, v in dict(parts, loss=loss).items():
            log.setdefault(n, []).append(v.item())
        if run.step % 50 == 0:
            now = time.monotonic()
            line = dict(step=run.step, hours=round(run.seconds / 3600, 3), seconds_a_step=round((now - last) / 50, 2),
                        **{n: round(float(np.mean(v)), 4) for n, v in log.items()})
            print(json.dumps(line), flush=True)
            log, last = {}, now
        if time.monotonic() - saved > SAVE_EVERY:
            run.save()
            saved = time.monotonic()
    run.save()


if __name__ == "__main__":
    main()
