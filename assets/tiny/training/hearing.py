"""Word errors by Whisper tiny.en, with the spelling of numbers left out of account."""
import hashlib
import json
import re

import numpy as np
from scipy.signal import resample_poly
from whisper_normalizer.english import EnglishTextNormalizer

_NORMALIZE = EnglishTextNormalizer()
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"


def words(text):
    """The words of a text in one spelling: small letters, each digit of a number a word of its own.

    "7:46 p.m.", "seven forty-six PM" and "746 pm" all become 7 4 6 pm, "the second of March" and "2 March" 2 march.
    """
    text = re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)[-:](?=\d)", " ", text)
    text = re.sub(r"(?<![\d.,])0(?=\d)", "0 ", text)
    text = text.replace("1/2", "a half").replace("2/3", "two thirds")
    text = _NORMALIZE(text).replace("%", " percent ").replace("o'clock", " ").replace("dr ", "doctor ").replace("alright", "all right")
    text = re.sub(r"\bpoint\b|[$.]", " ", text)
    text = re.sub(r"\bkm\b", "kilometers", re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", text))
    text = re.sub(rf"\b(?:the )?(\d+) (?:of )?(?=(?:{MONTHS})\b)", r"\1 ", text)
    return re.sub(r"\d", lambda m: f" {m.group()} ", text).split()


def edits(a, b):
    """The smallest number of substitutions, deletions and insertions that turn list a into list b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


class Memory:
    """Results for samples of audio, kept in a file of JSON lines, so that an evaluation can be resumed."""

    def __init__(self, path):
        self.path, self.known = path, {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.known[row["key"]] = row["value"]

    def get(self, audio, compute):
        """The value of compute(audio), from the file if it is there."""
        key = hashlib.sha1(np.ascontiguousarray(audio).tobytes()).hexdigest()
        if key not in self.known:
            self.known[key] = compute(audio)
            with open(self.path, "a", encoding="utf-8") as f:
                f.write(json.dumps(dict(key=key, value=self.known[key])) + "\n")
        return self.known[key]


class Listener:
    """Whisper tiny.en from a CTranslate2 folder or by its name. What it hears is kept in `memory`."""

    def __init__(self, model, memory, threads=1):
        from faster_whisper import WhisperModel
        self.model = WhisperModel(str(model), device="cpu", compute_type="float32", cpu_threads=threads)
        self.memory = memory

    def hear(self, audio):
        """The text heard in 24 kHz samples."""
        return self.memory.get(audio, self._transcribe)

    def _transcribe(self, audio):
        x = resample_poly(np.concatenate([audio, np.zeros(12000)]), 2, 3).astype(np.float32)
        x = x / max(np.abs(x).max(), 0.05) * 0.6
        segments, _ = self.model.transcribe(x, language="en", beam_size=5, temperature=0.0,
                                            condition_on_previous_text=False, without_timestamps=True)
        return " ".join(s.text.strip() for s in segments)


def score(listener, texts, audios):
    """Word errors of the texts: totals, the share of first words heard, and one row for each text."""
    rows = []
    for text, audio in zip(texts, audios, strict=True):
        heard = listener.hear(audio)
        said, got = words(text), words(heard)
        rows.append(dict(text=text, heard=heard, errors=edits(said, got), words=len(said),
                         first=said[:1] == got[:1], seconds=round(len(audio) / 24000, 2)))
    errors, total = (sum(r[k] for r in rows) for k in ("errors", "words"))
    return dict(errors=errors, words=total, word_error=errors / max(total, 1),
                first_word=float(np.mean([r["first"] for r in rows])), rows=rows)
