"""Train the flow language model: text to latents, frame by frame, with the teacher's latents as input.

The teacher's phoneme durations are hints in training only: one head of three layers is pulled towards
the text being spoken, and heads that are thrown away afterwards predict the phonemes of each frame. The
one-step ("drifting") flow net is trained with the energy score. A batch is of one voice and has its prompt.

The learning rate stays constant, and what is exported is a running average of the weights, so that a
run may stop at any time and go on later from W/flow_lm.pt. `--finish` lowers the rate to zero over the
run, for the last one. W/flow_lm.jsonl keeps the losses on held-out
utterances by steps and hours of processor time.
"""
import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import sentencepiece as spm
import torch
from torch import nn

from common import wait_for_lock
from lm_data import Utterances, phoneme_ids
from lm_model import Trainer
from tiny_config import build_flow_lm
from voices import VOICES

SAVE_EVERY = 180                            # seconds
KEEP_EVERY = 1000                           # steps between copies of the averaged weights
FIRST_SHARE = 0.6                           # of batches that are of the first voice


def optimizers(trainer, rate):
    """Muon for the transformer's matrices and AdamW for the rest."""
    matrices = [p for n, p in trainer.named_parameters() if "transformer.layers" in n and p.ndim == 2]
    ids = {id(p) for p in matrices}
    rest = [p for p in trainer.parameters() if id(p) not in ids]
    return [torch.optim.Muon(matrices, lr=rate, weight_decay=0.02, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)]


class Run:
    """The state of training, in memory and in its checkpoint."""

    def __init__(self, work, rate, average):
        self.file, self.average, self.rate = work / "flow_lm.pt", average, rate
        self.trainer = Trainer(build_flow_lm(work / "tokenizer.model"), max(phoneme_ids().values()) + 1)
        self.opts = optimizers(self.trainer, rate)
        self.step, self.seconds = 0, 0.0
        if self.file.exists():
            s = torch.load(self.file, weights_only=True)
            self.trainer.load_state_dict(s["model"])
            self.step, self.seconds = s["step"], s["seconds"]
            for o, d in zip(self.opts, s["opts"]):              # an empty list resumes the weights only
                o.load_state_dict(d)
        self.ema = {n: p.detach().clone() for n, p in self.trainer.named_parameters()}
        if self.file.exists():
            self.ema.update(s["ema"])

    def save(self):
        """Write the checkpoint, whole or not at all, and at times a copy of the averaged weights."""
        torch.save(dict(model=self.trainer.state_dict(), ema=self.ema, step=self.step, seconds=self.seconds,
                        opts=[o.state_dict() for o in self.opts]), self.file.with_suffix(".tmp"))
        self.file.with_suffix(".tmp").rename(self.file)

    def keep(self):
        """Write a copy of the averaged weights named by the step."""
        folder = self.file.parent / "kept"
        folder.mkdir(exist_ok=True)
        torch.save(dict(model={}, ema={n: p for n, p in self.ema.items() if n.startswith("lm.")}),
                   folder / f"flow_lm_{self.step:06d}.pt")

    def update(self, loss, scale):
        """One step of the optimizers at a fraction of the learning rate."""
        for o in self.opts:
            for g in o.param_groups:
                g["lr"] = self.rate * scale
            o.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.trainer.parameters(), 1.0)
        for o in self.opts:
            o.step()
        self.step += 1
        d = min(self.average, self.step / (self.step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.ema.values()), [p.detach() for p in self.trainer.parameters()], 1 - d)


class Speaker:
    """A voice's prompt, and batches of its utterances without end. New files of latents are taken in at each epoch's end."""

    def __init__(self, work, voice, make, tokens):
        self.work, self.voice, self.make, self.tokens = work, voice, make, tokens
        self.prompt = torch.from_numpy(np.load(work / f"{voice.prefix}prompt_latents.npy"))
        self.files = self.data = None

    def read(self):
        """The utterances of all files."""
        files = sorted(self.work.glob(f"lat_{self.voice.prefix}train_*.npz"))
        if files != self.files:
            self.files, self.data = files, self.make(self.voice.prefix + "train")
            print(self.voice.name, len(self.data.items), "utterances", flush=True)
        return self.data

    def batches(self):
        """Prompts and batches."""
        while True:
            data = self.read()
            for b in data.epoch(tokens=self.tokens):
                yield data.prompt(self.prompt), b


def mixed(speakers):
    """Prompts and batches of all voices."""
    streams = [s.batches() for s in speakers]
    while True:
        yield next(streams[0] if len(streams) == 1 or random.random() < FIRST_SHARE else random.choice(streams[1:]))


def held_out(run, make, speaker):
    """Losses of the averaged weights on a voice's held-out utterances."""
    keep = {n: p.detach().clone() for n, p in run.trainer.named_parameters()}
    state = random.getstate()
    random.seed(0)
    with torch.no_grad():
        for n, p in run.trainer.named_parameters():
            p.copy_(run.ema[n])
        batches = make(speaker.voice.prefix + "held").epoch(joined=0, tokens=1536)
        parts = [run.trainer.loss(b, speaker.prompt, noise=0, drop=0)[1] for b in batches]
        for n, p in run.trainer.named_parameters():
            p.copy_(keep[n])
    random.setstate(state)
    return {n: round(float(np.mean([r[n].item() for r in parts])), 4) for n in parts[0]}


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--minutes", type=float, required=True, help="of processor time")
    ap.add_argument("--tokens", type=int, default=6144, help="positions of a batch, text and audio")
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--average", type=float, default=0.999, help="factor of the running average of weights")
    ap.add_argument("--sampled", type=float, default=0.25, help="share of steps that read the model's own frames")
    ap.add_argument("--finish", action="store_true", help="lower the learning rate to zero over the run")
    ap.add_argument("--f32", action="store_true", help="no bfloat16")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--lock", help="a file; training waits while another process holds its lock (flock)")
    return ap.parse_args()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(time.time_ns() % 2**31)
    random.seed(time.time_ns())
    work, dtype = a.work_dir, torch.float32 if a.f32 else torch.bfloat16
    tokenizer, vocab = spm.SentencePieceProcessor(model_file=str(work / "tokenizer.model")), phoneme_ids()

    def make(kind):
        return Utterances(work, kind, tokenizer, vocab)

    speakers = [Speaker(work, v, make, a.tokens) for v in VOICES if (work / f"{v.prefix}prompt_latents.npy").exists()]
    run = Run(work, a.lr, a.average)
    print(f"{sum(p.numel() for p in run.trainer.lm.parameters()) / 1e6:.2f} M parameters, from step {run.step}", flush=True)
    first, before, log = run.step, run.seconds - time.process_time(), {}
    saved = last = time.monotonic()
    start = time.process_time()
    for prompt, b in mixed(speakers):
        waited = wait_for_lock(a.lock)
        saved, last = saved + waited, last + waited
        done = (time.process_time() - start) / (a.minutes * 60)
        if done > 1:
            break
        scale = min(1, (run.step - first + 1) / 100) * (max(0.0, 1 - done) if a.finish else 1)
        loss, parts = run.trainer.loss(b, prompt, sampled=random.random() < a.sampled, dtype=dtype)
        run.update(loss, scale)
        run.seconds = before + time.process_time()
        for n, v in parts.items():
            log.setdefault(n, []).append(v.item())
        if run.step % 50 == 0:
            now = time.monotonic()
            line = dict(step=run.step, hours=round(run.seconds / 3600, 3), seconds_a_step=round((now - last) / 50, 2),
                        **{n: round(float(np.mean(v)), 4) for n, v in log.items()})
            print(json.dumps(line), flush=True)
            log, last = {}, now
        if run.step % KEEP_EVERY == 0:
            run.keep()
            for speaker in speakers:
                line = dict(voice=speaker.voice.name, step=run.step, hours=round(run.seconds / 3600, 3), **held_out(run, make, speaker))
                with open(work / "flow_lm.jsonl", "a", encoding="utf-8") as f:
                    f.write(json.dumps(line) + "\n")
        if time.monotonic() - saved > SAVE_EVERY:
            run.save()
            saved = time.monotonic()
    run.save()
    run.keep()
    for speaker in speakers:
        print("held out", speaker.voice.name, held_out(run, make, speaker), flush=True)


if __name__ == "__main__":
    main()
