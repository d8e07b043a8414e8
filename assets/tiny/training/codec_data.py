"""Crops of utterances for the codec, and the decoder's spectral losses."""
import numpy as np
import torch
from torch.nn import functional as F

from common import FRAME, SR, shards
from synthesize import locked_phase
from voices import VOICES

STEPS, HARMONICS = 16, 6                    # transformer steps of a frame; harmonics of the phase head
# Windows of the spectral loss: FFT length and window length.
RESOLUTIONS = ((2048, 1200), (1024, 600), (512, 240), (128, 80))
PHASE_LIMIT = 700                           # Hz; the phase of higher harmonics cannot be predicted


def phase_targets(f0, frames):
    """cos and sin of the first harmonics' pulse phase every 5 ms, in hundredths, zero where unvoiced."""
    f0 = np.concatenate([f0, np.zeros(8, f0.dtype)])
    phase, _, voiced = locked_phase(f0, 0)
    i = np.arange(frames * STEPS) * (FRAME // STEPS) + FRAME // STEPS // 2
    i = np.minimum(i, len(phase) - 1)
    a = 2 * np.pi * (phase[i][:, None] % 1.0) * np.arange(1, HARMONICS + 1)
    return (np.concatenate([np.cos(a), np.sin(a)], 1) * voiced[i][:, None] * 100).astype(np.int8)


class Crops:
    """Random crops of latents, audio and phase targets from a number of shards of each voice."""

    def __init__(self, work, frames, most_shards):
        self.frames, self.z, self.audio, self.phase = frames, [], [], []
        ready = [[p for p in shards(work, f"{v.prefix}train") if (work / f"lat_{p.name}").exists()] for v in VOICES]
        for p in (p for paths in ready for p in np.random.permutation(paths)[:most_shards]):
            lat, src = np.load(work / f"lat_{p.name}"), np.load(p)
            z, zo, a, ao, f0, fo = lat["z"], lat["off"], src["audio"], src["audio_off"], src["f0"], src["f0_off"]
            for i in range(len(zo) - 1):
                n = zo[i + 1] - zo[i]
                self.z.append(z[zo[i]:zo[i + 1]])
                self.audio.append(a[ao[i]:ao[i] + n * FRAME])
                self.phase.append(phase_targets(f0[fo[i]:fo[i + 1]], n))
        lengths = np.array([len(z) for z in self.z])
        self.share = lengths / lengths.sum()

    def batch(self, size, first=False):
        """Latents, samples and phase targets. With `first`, crops begin where the utterance does."""
        zs, ys, hs = [], [], []
        for i in np.random.choice(len(self.z), size, p=self.share):
            z, y, h = self.z[i], self.audio[i], self.phase[i]
            if len(z) < self.frames:                            # too short: followed by silence
                k = self.frames - len(z)
                z = np.concatenate([z, np.repeat(z[-1:], k, 0)])
                y = np.concatenate([y, np.zeros(k * FRAME, np.int16)])
                h = np.concatenate([h, np.zeros((k * STEPS, h.shape[1]), np.int8)])
            s = 0 if first else np.random.randint(0, len(z) - self.frames + 1)
            zs.append(z[s:s + self.frames])
            ys.append(y[s * FRAME:(s + self.frames) * FRAME])
            hs.append(h[s * STEPS:(s + self.frames) * STEPS])
        return (torch.from_numpy(np.stack(zs)), torch.from_numpy(np.stack(ys)).float() / 32767,
                torch.from_numpy(np.stack(hs)).float() / 100)


def bands(n_fft, edge):
    """A matrix [bands, bins] that sums power between neighbouring edges in Hz."""
    f = np.arange(n_fft // 2 + 1) * SR / n_fft
    return torch.tensor((f[None] >= edge[:-1, None]) & (f[None] < edge[1:, None]), dtype=torch.float32)


# Matrices of bands by the FFT's length: 28 of equal width on the Mel scale, and third octaves about 100 to 315 Hz.
BANDS = {1024: bands(1024, 700 * (10 ** (np.linspace(121.95, 3204.6, 29) / 2595) - 1)),
         2048: bands(2048, 100 * 2.0 ** ((np.arange(7) - 0.5) / 3))}


def band_energy(power, n_fft):
    """Log power in bands, over about 0.1 s: [B, bands, time]."""
    return torch.log(F.avg_pool1d(torch.matmul(BANDS[n_fft], power), 9, 4) + 1e-4)


def spectral_loss(p, y):
    """Distance of spectra at several resolutions, and its parts.

    Log and compressed magnitudes fit the fine structure, but their best guess for what cannot be
    predicted is too quiet. The power in wider bands holds the level. The complex spectrum is compared
    where phases can be predicted.
    """
    total, parts = 0.0, {}
    for n, w in RESOLUTIONS:
        win, size = torch.hann_window(w), max(n, w)
        sp, sy = (torch.view_as_real(torch.stft(v, size, w // 4, w, win, return_complex=True)) for v in (p, y))
        pp, py = (s.square().sum(-1) for s in (sp, sy))
        mp, my = torch.sqrt(pp + 1e-6), torch.sqrt(py + 1e-6)
        log = (mp.log() - my.log()).abs().mean()
        total = total + log + 2.0 * (mp ** 0.5 - my ** 0.5).abs().mean()
        parts[f"log{w}"] = log
        if n in BANDS:
            parts[f"bands{w}"] = (band_energy(pp, n) - band_energy(py, n)).abs().mean()
            total = total + 0.7 * parts[f"bands{w}"]
        if n in (2048, 1024):
            k = PHASE_LIMIT * n // SR
            cp, cy = ((s * (m ** -0.5)[..., None])[:, :k] for s, m in ((sp, mp), (sy, my)))
            parts[f"phase{w}"] = (cp - cy).square().sum(-1).add(1e-6).sqrt().mean()
            total = total + 0.5 * parts[f"phase{w}"]
    return total, parts
