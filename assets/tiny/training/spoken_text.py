"""Write more.txt: sentences of the kinds that dictionaries lack, from templates and WordNet.

Names, questions, numbers in words, times, dates, money, telephone numbers, short answers, lists, long
sentences, and WordNet's examples with the rarer words that prepare_corpus.py leaves out. Sentences of
lists/, which the evaluation speaks, are left out.
"""
import argparse
import random
from pathlib import Path

from phrases import Phrases
from prepare_corpus import clean, wordnet

SENTENCES = dict(questions=2200, names=2400, numbers=2800, short=1500, lists=700, long=1400)
RARE = 5000                                 # WordNet's examples


def rare(known):
    """WordNet's examples that are not in `known`, in random order."""
    out = {}
    for tag, s in wordnet():
        s = clean(s)
        if s and tag == "ex" and 3 <= len(s.split()) <= 20 and 12 <= len(s) <= 110 and s.lower() not in known:
            out[s] = None
    out = list(out)
    random.Random(2).shuffle(out)
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    a = ap.parse_args()
    files = [a.work_dir / f"{n}.txt" for n in ("corpus", "extra", "heldout")] + list((Path(__file__).parent / "lists").glob("*.txt"))
    known = {line.lower() for f in files for line in f.read_text(encoding="utf-8").splitlines()}
    phrases, out = Phrases(2), []
    for kind, many in SENTENCES.items():
        made = phrases.sentences(kind, many, known)
        print(kind, len(made))
        known |= {t.lower() for t in made}
        out += made
    out += rare(known)[:RARE]
    random.Random(3).shuffle(out)
    (a.work_dir / "more.txt").write_text("\n".join(out) + "\n", encoding="utf-8")
    print(len(out), "sentences in more.txt")


if __name__ == "__main__":
    main()
