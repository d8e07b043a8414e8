"""Learn the 32-dimensional latents, 12.5 a second, and write those of every shard.

A small frame-wise autoencoder of log-mel and F0 features defines the latents. It serves training only: the
shipped encoder and decoder, and the language model, are fitted to its latents independently of each other.
It is fitted to the first voice. For another voice it is then adapted, with the first one's latents held.
"""
import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from common import FRAME, HOP, SR, read_shard, shards, wait_for_lock
from voices import VOICES

N_MEL, SUB, DIM = 80, FRAME // HOP, 32
PAST = 2                                    # earlier feature frames that the encoder sees


def mel_matrix(n_fft=1024, n_mel=N_MEL, highest=11500.0):
    """Mel filters whose weights sum to one: [n_mel, bins]."""
    hz = lambda m: 700 * (10 ** (m / 2595) - 1)
    p = hz(np.linspace(2595 * np.log10(1 + 40 / 700), 2595 * np.log10(1 + highest / 700), n_mel + 2))
    f = np.arange(n_fft // 2 + 1)[None] * SR / n_fft
    m = np.maximum(0, np.minimum((f - p[:-2, None]) / (p[1:-1] - p[:-2])[:, None], (p[2:, None] - f) / (p[2:] - p[1:-1])[:, None]))
    return torch.tensor(m / np.maximum(m.sum(1, keepdims=True), 1e-6), dtype=torch.float32)


_MEL = mel_matrix()


def log_mel(audio):
    """[N] samples to [N / HOP, N_MEL] log magnitudes. Frame j is centred on sample HOP * j + HOP / 2."""
    n = len(audio) // HOP
    x = F.pad(audio[: n * HOP], (512 - HOP // 2, 512))
    s = torch.stft(x, 1024, HOP, 600, torch.hann_window(600), center=False, return_complex=True).abs()[:, :n]
    return torch.log((_MEL @ s).clamp_min(1e-4)).T


def locked_f0(f0, n):
    """The teacher's F0 at 80 Hz as n frames of 10 ms with whole periods in fully voiced 80 ms, and voicing."""
    f = np.interp((np.arange(n) + 0.5) * HOP / 300 - 0.5, np.arange(len(f0)), f0)
    voiced = f > 60
    x = (np.arange(SUB) + 0.5) / SUB
    for a in range(0, n - SUB + 1, SUB):
        if voiced[a:a + SUB].all():
            d = f[a:a + SUB].mean() * FRAME / SR
            f[a:a + SUB] += (np.round(d) - d) * 6 * x * (1 - x) * SR / FRAME
    return f * voiced, voiced


def features(u):
    """An utterance's [8 T, N_MEL + 2] features: log-mel, F0 in periods for each frame (0 if unvoiced), voicing."""
    n = len(u["audio"]) // FRAME * SUB
    m = log_mel(torch.from_numpy(u["audio"][: n * HOP]))
    f, v = locked_f0(u["f0"], n)
    return torch.cat([m, torch.tensor(np.stack([f * FRAME / SR, v], 1), dtype=torch.float32)], 1)


class LatentAE(nn.Module):
    """The autoencoder: a frame and two earlier 10 ms to a latent, and three latents to a frame."""

    def __init__(self, hidden=512):
        super().__init__()
        d = N_MEL + 2
        self.register_buffer("mean", torch.zeros(d))
        self.register_buffer("std", torch.ones(d))
        self.enc = nn.Sequential(nn.Linear((SUB + PAST) * d, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, DIM))
        self.bn = nn.BatchNorm1d(DIM, affine=False, momentum=0.01)
        self.dec = nn.Sequential(nn.Linear(3 * DIM, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, SUB * d))

    def windows(self, x):
        """[n, d] features to [T, SUB + PAST, d] windows."""
        t = x.shape[0] // SUB
        x = torch.cat([x[:1].expand(PAST, -1), x[: t * SUB]])
        return x.unfold(0, SUB + PAST, SUB).transpose(1, 2)

    def encode(self, w):
        """Windows to latents."""
        return self.bn(self.enc(((w - self.mean) / self.std).flatten(1)))

    def fit_scale(self, windows):
        """Set the features' mean and scale."""
        flat = windows[:, PAST:].flatten(0, 1)
        self.mean.copy_(flat.mean(0))
        self.std.copy_(flat.std(0))
        self.std[:N_MEL] = flat[:, :N_MEL].std()
        self.mean[N_MEL:] = torch.tensor([10.0, 0.5])
        self.std[N_MEL:] = torch.tensor([6.0, 0.5])

    def loss(self, windows, noise):
        """Losses of three times as many windows as are compared: those two before, one before, and themselves."""
        z = self.encode(windows)
        z = z + noise * torch.randn_like(z)
        y = self.dec(torch.cat(z.chunk(3), 1)).view(-1, SUB, N_MEL + 2)
        w = windows.chunk(3)[2][:, PAST:]
        target, v = (w - self.mean) / self.std, w[..., N_MEL + 1]
        mel = (y[..., :N_MEL] - target[..., :N_MEL]).abs().mean()
        cycles = ((y[..., N_MEL] - target[..., N_MEL]).abs() * v).sum() / v.sum() * 6
        voicing = F.binary_cross_entropy_with_logits(y[..., N_MEL + 1], v)
        return mel + 0.15 * cycles + 0.1 * voicing, dict(mel=mel * self.std[0], cycles=cycles, voicing=voicing)


def load(file):
    """An autoencoder of a file."""
    auto = LatentAE()
    auto.load_state_dict(torch.load(file, weights_only=True))
    return auto.eval()


def batches(a, windows):
    """Batches of rows for some minutes, with the share of the time that is over.

    Rows keep their order. Borders of utterances are rare enough to be ignored.
    """
    start, span = time.monotonic(), a.minutes * 60
    while (done := (time.monotonic() - start) / span) < 1:
        start += wait_for_lock(a.lock)
        rows = [torch.randint(2, len(w), (512,)) for w in windows]
        yield done, [w[torch.cat([i - 2, i - 1, i])] for w, i in zip(windows, rows, strict=True)]


def all_windows(auto, a, prefix):
    """The windows of a voice's first shards."""
    return torch.cat([auto.windows(features(u)) for p in shards(a.work_dir, f"{prefix}train")[: a.shards] for u in read_shard(p)])


def optimize(auto, a, windows, losses):
    """Minimize what `losses` computes of each batch: the loss, and its parts to be shown."""
    opt = torch.optim.AdamW(auto.parameters(), 2e-3, betas=(0.9, 0.95), weight_decay=1e-4)
    for step, (done, batch) in enumerate(batches(a, windows)):
        for g in opt.param_groups:
            g["lr"] = 2e-3 * min(1, (step + 1) / 50) * max(0.02, 1 - done)
        loss, parts = losses(*batch)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 200 == 0:
            print(step, {k: round(v.item(), 4) for k, v in parts.items()}, flush=True)


def fit(a):
    """Train the autoencoder with the first voice."""
    auto = LatentAE()
    windows = all_windows(auto, a, "")
    auto.fit_scale(windows)
    optimize(auto, a, [windows], lambda w: auto.loss(w, a.noise))
    return auto.eval()


def adapt(auto, a, voice):
    """A copy of the autoencoder that is trained with another voice, too. The first voice keeps its latents."""
    old, new = auto, copy.deepcopy(auto)

    def losses(first, other):
        kept = (new.encode(first) - old.encode(first).detach()).square().mean()
        loss, parts = new.loss(other, a.noise)
        return loss + 0.5 * new.loss(first, a.noise)[0] + 5 * kept, dict(parts, kept=kept)

    optimize(new, a, [all_windows(auto, a, ""), all_windows(auto, a, voice.prefix)], losses)
    return new


@torch.no_grad()
def encode_shards(auto, a, voice):
    """Write lat_KIND_NUMBER.npz for each shard of a voice that has none."""
    for path in [p for kind in ("held", "train") for p in shards(a.work_dir, voice.prefix + kind)]:
        file = a.work_dir / f"lat_{path.name}"
        if file.exists():
            continue
        wait_for_lock(a.lock)
        us = list(read_shard(path))
        zs = [auto.encode(auto.windows(features(u))).numpy().astype(np.float32) for u in us]
        peak = [np.abs(u["audio"][: len(z) * FRAME]).reshape(-1, FRAME).max(1) for u, z in zip(us, zs)]
        part = a.work_dir / f"tmp_{path.name}"
        np.savez(part, z=np.concatenate(zs), off=np.cumsum([0] + [len(z) for z in zs]), text=[u["text"] for u in us],
                 peak=np.concatenate(peak), phonemes=[u["phonemes"] for u in us], dur=np.concatenate([u["dur"] for u in us]),
                 dur_off=np.cumsum([0] + [len(u["dur"]) for u in us]))
        part.rename(file)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--minutes", type=float, default=4)
    ap.add_argument("--shards", type=int, default=6, help="shards to train on")
    ap.add_argument("--noise", type=float, default=0.15)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--lock", help="a file; work waits while another process holds its lock (flock)")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    first = None
    for voice in VOICES:
        file = a.work_dir / f"{voice.prefix}latent_ae.pt"
        if not file.exists():
            if not shards(a.work_dir, f"{voice.prefix}train"):
                continue
            torch.save((fit(a) if first is None else adapt(first, a, voice)).state_dict(), file)
        auto = load(file)
        first = first or auto
        encode_shards(auto, a, voice)


if __name__ == "__main__":
    main()
