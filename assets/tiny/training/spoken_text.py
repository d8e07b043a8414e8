"""Write more.txt and prose.txt: sentences of the kinds that dictionaries lack, and sentences with rare words.

more.txt has names, questions, numbers in words, times, dates, money, telephone numbers, short answers,
lists and long sentences from templates, and some of WordNet's examples with the rarer words that
prepare_corpus.py leaves out. prose.txt has more of all of these, and prose of the other packages.
Sentences of lists/, which the evaluation speaks, are left out.
"""
import argparse
import itertools
import random
from pathlib import Path

from phrases import Phrases
from prepare_corpus import clean, prose, wordnet

# Sentences of each kind, and of WordNet's examples and the other packages.
MORE = dict(questions=2200, names=2400, numbers=2800, short=1500, lists=700, long=1400), dict(ex=5000)
PROSE = dict(questions=1600, names=2400, numbers=2000, short=600, lists=400, long=1000), dict(ex=16000, fortune=10000, gloss=3000, gcide=1000)


def packages(rows, known, words, characters):
    """The sentences of packages that are not in `known`, in random order, by their source."""
    out, seen = {}, set(known)
    for tag, s in rows:
        s = clean(s)
        if s and 3 <= len(s.split()) <= words and 12 <= len(s) <= characters and s.lower() not in seen:
            seen.add(s.lower())
            out.setdefault(tag, []).append(s)
    for tag in out:
        random.Random(2).shuffle(out[tag])
    return out


def write(file, seed, shares, rows, known):
    """Write random sentences of templates and packages, and add them to `known`."""
    phrases, out = Phrases(seed), []
    for kind, many in shares[0].items():
        made = phrases.sentences(kind, many, known)
        print(kind, len(made))
        known |= {t.lower() for t in made}
        out += made
    for tag, many in shares[1].items():
        out += rows.get(tag, [])[:many]
    known |= {t.lower() for t in out}
    random.Random(seed + 1).shuffle(out)
    file.write_text("\n".join(out) + "\n", encoding="utf-8")
    print(len(out), "sentences in", file.name)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    a = ap.parse_args()
    files = [a.work_dir / f"{n}.txt" for n in ("corpus", "extra", "heldout")] + list((Path(__file__).parent / "lists").glob("*.txt"))
    known = {line.lower() for f in files for line in f.read_text(encoding="utf-8").splitlines()}
    write(a.work_dir / "more.txt", 2, MORE, packages(wordnet(), known, 20, 110), known)
    rows = itertools.chain(wordnet(), prose())
    write(a.work_dir / "prose.txt", 4, PROSE, packages(rows, known, 22, 130), known)


if __name__ == "__main__":
    main()
