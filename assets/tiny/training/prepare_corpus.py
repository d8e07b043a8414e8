"""Collect plain English sentences into corpus.txt and extra.txt (training) and heldout.txt.

Sources are Debian packages of English prose: wordnet-base (examples and definitions), fortunes, dict-gcide,
dict-jargon and dict-devil. Files that are not installed are left out. A few thousand phrases come from
templates. The demonstration text is kept out.
"""
import argparse
import collections
import glob
import gzip
import itertools
import random
import re
from pathlib import Path

from phrases import Phrases

PLAIN = re.compile(r"^[A-Za-z][A-Za-z ,;:.'!?-]*[.!?]$")
DEMO = ["hello world.", "i am kyutai's pocket tts.", "i'm fast enough to run on small cpus.", "i hope you'll like me."]
SHARES = {"ex": 0.62, "gloss": 0.14, "fortune": 0.12, "gcide": 0.08, "jargon": 0.03, "devil": 0.01}


def clean(s):
    """A sentence with plain punctuation, or None if it has other characters than letters and marks."""
    s = re.sub(r"\s+", " ", s.replace("’", "'").replace("‘", "'").replace("--", ", ")).strip(" \"`'*")
    s = re.sub(r"\s+([,;:.!?])", r"\1", s)
    s = s[:-1].rstrip() if s and s[-1] in ",;:-" else s
    if not s:
        return None
    s = s[0].upper() + s[1:]
    if s[-1] not in ".!?":
        s += "."
    return s if PLAIN.match(s) and not re.search(r"\.\.|[A-Z]\.|\b[A-Z]{2,}\b|,,|!!|\?\?", s) else None


def wordnet():
    """WordNet's examples ("ex") and first definitions ("gloss")."""
    for f in sorted(glob.glob("/usr/share/wordnet/data.*")):
        for line in Path(f).read_text(encoding="utf-8", errors="ignore").splitlines():
            if " | " not in line:
                continue
            gloss = line.split(" | ", 1)[1]
            yield from (("ex", q) for q in re.findall(r'"([^"]+)"', gloss))
            head = gloss.split('"')[0].strip(" ;\n")
            if "(" not in head:
                yield from (("gloss", h) for h in head.split(";")[:1])


def prose():
    """Sentences of fortunes and dictionaries."""
    texts = []
    for f in sorted(glob.glob("/usr/share/games/fortunes/*")):
        if "." not in Path(f).name and Path(f).is_file():
            texts += [("fortune", t) for t in Path(f).read_text(errors="ignore").split("\n%\n")]
    for n in ("gcide", "jargon", "devil", "foldoc"):
        for f in glob.glob(f"/usr/share/dictd/{n}.dict.dz"):
            with gzip.open(f, "rt", encoding="utf-8", errors="ignore") as file:
                texts += [(n, x) for x in re.sub(r"[{}]|\[[^\]]*\]", "", file.read()).split("\n\n")]
    for tag, t in texts:
        yield from ((tag, s) for s in re.split(r"(?<=[.!?])\s+", re.sub(r"\s+", " ", t)))


def frequent(rows):
    """Sentences of 3 to 14 words, each of which is in at least six sentences."""
    seen, kept = set(), []
    for tag, s in rows:
        s = clean(s)
        if s and 3 <= len(s.split()) <= 14 and 12 <= len(s) <= 85 and s.lower() not in seen:
            seen.add(s.lower())
            kept.append((tag, s))
    words = lambda s: re.findall(r"[a-z']+", s.lower())
    counts = collections.Counter(w for _, s in kept for w in set(words(s)))
    return [(t, s) for t, s in kept if all(counts[w] >= 6 for w in words(s)) and len(re.findall(r"\b[A-Z]", s)) <= 2]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--sentences", type=int, default=16000, help="the most sentences from packages")
    a = ap.parse_args()
    rng = random.Random(0)
    rows = frequent(itertools.chain(wordnet(), prose()))
    rng.shuffle(rows)
    out = []
    for tag, share in SHARES.items():
        out += [s for t, s in rows if t == tag][: int(share * a.sentences)]
    rng.shuffle(out)
    phrases = Phrases(0)
    simple = phrases.sentences("greetings", 2600)
    held, train = out[:190] + simple[:10], out[190:] + simple[10:]
    rng.shuffle(train)
    for name, lines in (("corpus", train), ("extra", phrases.sentences("demonstration", 600)), ("heldout", held)):
        lines = [s for s in lines if s.lower() not in DEMO]
        (a.work_dir / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(name, len(lines), "sentences")


if __name__ == "__main__":
    main()
