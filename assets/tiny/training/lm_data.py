"""Utterances for the flow language model, and batches of few fixed shapes.

A batch is padded to one of a few lengths, and its number of rows depends on the length alone, because
kernels are prepared once for each shape. Everything a step needs is dense: no loop over utterances.
"""
import json
import random
from pathlib import Path

import numpy as np
import torch

from common import FRAME

SUBS = 4                                    # phoneme labels for each frame
LENGTHS = (32, 48, 64, 80, 96, 112, 128, 160, 192)
TOKENS = 6144                               # positions of a batch


def phoneme_ids():
    """The teacher's phonemes and their numbers."""
    import hibari
    return json.loads((Path(hibari.__file__).parent / "assets" / "vocab.json").read_text(encoding="utf-8"))


def character_positions(text, phonemes, middles):
    """The place in the text, in characters, of each phoneme, by words that have equal numbers in both."""
    pos = np.zeros(len(phonemes))
    start, k = 0, 0
    for word, group in zip(text.split(), phonemes.split(" ")):
        n = len(group)
        pos[k:k + n] = start + (np.arange(n) + 0.5) / n * len(word)
        k += n
        start += len(word) + 1
        if k < len(phonemes):
            pos[k] = start - 0.5
            k += 1
    return pos


def prepare(text, phonemes, z, dur, peak, vocab):
    """One utterance with its hints: the text position and phonemes of each frame, and where speech ends."""
    loud = np.flatnonzero(peak > 0.01)
    if len(loud) == 0:
        return None
    end = int(loud[-1]) + 1                                     # the first silent frame after speech
    if len(z) < end + 4:                                        # too little silence: repeat the last frame
        z = np.concatenate([z, np.repeat(z[-1:], end + 4 - len(z), 0)])
    z = z[: end + 4]
    start = max(dur[0] * 600 - 1200, 0)
    edge = (np.cumsum(dur) * 600 - start) / FRAME               # the end of each phoneme, in frames
    middle = edge - dur * 300 / FRAME
    frames = np.arange(len(z)) + 0.5
    at = np.interp(frames, middle[1:-1], character_positions(text, phonemes, middle))
    at[frames > edge[-2] - 0.5] = len(text) - 0.5
    ids = np.array([0] + [vocab[c] for c in phonemes] + [0])
    for j in range(len(phonemes), 0, -1):                       # stress marks take the vowel's label
        if phonemes[j - 1] in "ˈˌ" and j < len(phonemes):
            ids[j] = ids[j + 1]
    t = (np.arange(len(z) * SUBS) + 0.5) / SUBS
    labels = ids[np.minimum(np.searchsorted(edge, t), len(ids) - 1)].reshape(-1, SUBS)
    return dict(text=text, z=z.astype(np.float32), end=end, pos=at.astype(np.float32), lab=labels)


class Utterances:
    """All utterances of a kind ("train", "held") in a work folder."""

    def __init__(self, work, kind, tokenizer, vocab):
        self.tokenizer, self.items = tokenizer, []
        for path in sorted(Path(work).glob(f"lat_{kind}_*.npz")):
            a = np.load(path)
            z, off, dur, doff, peak = a["z"], a["off"], a["dur"].astype(np.int64), a["dur_off"], a["peak"]
            for i, (text, phonemes) in enumerate(zip(a["text"], a["phonemes"])):
                f, d = slice(off[i], off[i + 1]), slice(doff[i], doff[i + 1])
                self.items.append(prepare(str(text), str(phonemes), z[f], dur[d], peak[f], vocab))
        self.items = [x for x in self.items if x is not None]

    def join(self, parts):
        """Several utterances as one text: speech, a pause of two or three frames, speech."""
        text, z, pos, lab = "", [], [], []
        for k, p in enumerate(parts):
            n = len(p["z"]) if k == len(parts) - 1 else p["end"] + random.randint(2, 3)
            z.append(p["z"][:n])
            pos.append(p["pos"][:n] + len(text) + (1 if text else 0))
            lab.append(p["lab"][:n])
            text = f"{text} {p['text']}" if text else p["text"]
        end = sum(map(len, z[:-1])) + parts[-1]["end"]
        ids = self.tokenizer.encode(text)
        n = np.array([len(p) for p in self.tokenizer.id_to_piece(ids)])
        return dict(ids=np.array(ids), centre=(np.cumsum(n) - n / 2 - 1).astype(np.float32), end=end,
                    z=np.concatenate(z), pos=np.concatenate(pos), lab=np.concatenate(lab))

    def epoch(self, joined=0.35, max_frames=110, tokens=TOKENS):
        """Shuffled batches. Some texts are two or three utterances joined."""
        order = random.sample(range(len(self.items)), len(self.items))
        i, waiting = 0, {n: [] for n in LENGTHS}
        while i < len(order):
            n = 1 if random.random() > joined else random.choice((2, 2, 3))
            parts = [self.items[j] for j in order[i:i + n]]
            while len(parts) > 1 and sum(len(p["z"]) for p in parts) > max_frames:
                parts = parts[:-1]
            i += len(parts)
            item = self.join(parts)
            length = next((x for x in LENGTHS if x >= len(item["ids"]) + len(item["z"])), None)
            if length is None:
                continue
            waiting[length].append(item)
            if len(waiting[length]) == tokens // length:
                yield batch(waiting[length], length)
                waiting[length] = []

    def prompt(self, fixed):
        """A batch's voice prompt: the shipped one half of the time, else the end of a random utterance."""
        if random.random() < 0.5:
            return fixed
        it = random.choice(self.items)
        k = min(random.choice((8, 16, 24)), it["end"] + 1)
        return torch.from_numpy(it["z"][it["end"] + 1 - k: it["end"] + 1])


def batch(items, length):
    """Dense tensors of a batch. Audio frames are one list of rows over all utterances, padded to 512s."""
    n = [len(x["ids"]) for x in items]
    t = [len(x["z"]) for x in items]
    rows = np.concatenate([b * length + n[b] + np.arange(t[b]) for b in range(len(items))])
    pad = -len(rows) % 512
    fill = lambda x, v=0: np.concatenate([x, np.full((pad, *x.shape[1:]), v, x.dtype)])
    ids = np.zeros((len(items), length), np.int64)
    text = np.zeros((len(items), length, 1), np.float32)
    centre = np.full((len(items), length), 1e4, np.float32)
    pos = np.zeros((len(items), length), np.float32)
    audio = np.zeros((len(items), length), np.float32)
    for b, x in enumerate(items):
        ids[b, :n[b]], text[b, :n[b]], centre[b, :n[b]] = x["ids"], 1, x["centre"]
        pos[b, n[b]:n[b] + t[b]], audio[b, n[b]:n[b] + t[b]] = x["pos"], 1
    weight = np.concatenate([(np.arange(k) < x["end"] + 2) + 0.2 for k, x in zip(t, items)]).astype(np.float32)
    out = dict(ids=ids, text=text, centre=centre, pos=pos, audio=audio, rows=fill(rows),
               first=fill(np.concatenate([np.arange(k) == 0 for k in t]).astype(np.float32)),
               valid=fill(np.ones(len(rows), np.float32)), y=fill(np.concatenate([x["z"] for x in items])),
               owner=fill(np.repeat(np.arange(len(items)), t)), weight=fill(weight / weight.sum()),
               eos=fill(np.concatenate([np.arange(k) >= x["end"] for k, x in zip(t, items)]).astype(np.float32)),
               lab=fill(np.concatenate([x["lab"] for x in items]).astype(np.int64), -100))
    return {k: torch.from_numpy(v) for k, v in out.items()}
