"""Measure a voice: word errors, first words, naturalness, spectrum, and tones in pauses.

    evaluate.py --work-dir W --listener whisper-tiny.en --program pocket-tts --model FOLDER
    evaluate.py --work-dir W --listener whisper-tiny.en --codec latents

Texts are the files in lists/, none of which is trained on. The teacher speaks the same texts once; its
audio is kept in W/evaluation/teacher. Without --program and --codec it is the teacher that is measured.
A run that was interrupted goes on where it was.
"""
import argparse
import json
from pathlib import Path

import torch

from hearing import Listener, Memory, score
from sound import naturalness, pause_tones, spectrum_difference
from speakers import program, read_wav, teacher, through_codec, write_wav
from voices import VOICES, named

LISTS = Path(__file__).parent / "lists"


def load_lists(names, first):
    """The first texts of each list, by its name."""
    return {n: (LISTS / f"{n}.txt").read_text(encoding="utf-8").splitlines()[:first] for n in names}


def by_list(lists, items):
    """Items for all texts, one after the other, as a list for each list's name."""
    items = iter(items)
    return {name: [next(items) for _ in texts] for name, texts in lists.items()}


def measure(lists, audios, listener, memory, theirs=None):
    """All figures of spoken lists: word errors by list, and the sound of all of them together.

    `memory` keeps the values of DNSMOS. Without it, they are not measured.
    """
    out = {name: score(listener, texts, audios[name]) for name, texts in lists.items()}
    long = [a for name in lists if name != "short" for a in audios[name] if len(a) > 24000]
    if memory is not None:
        out["dnsmos"] = naturalness(long, memory)
    out["pauses"] = pause_tones(long)
    if theirs is not None:
        reference = [a for name in lists if name != "short" for a in theirs[name] if len(a) > 24000]
        out["spectrum"] = spectrum_difference(long, reference)
    return out


def teacher_audio(work, voice, lists):
    """The teacher's audio of the lists, from W/evaluation if it is there."""
    folder = work / "evaluation" / f"{voice.prefix}teacher"
    out = {}
    for name, texts in lists.items():
        files = [folder / name / f"{k:04d}.wav" for k in range(len(texts))]
        stamp = folder / name / "texts.txt"
        known = stamp.read_text(encoding="utf-8").splitlines() if stamp.exists() else []
        if known[: len(texts)] != texts:
            for file, (audio, _) in zip(files, teacher(texts, work, voice), strict=True):
                write_wav(file, audio)
            stamp.write_text("\n".join(texts) + "\n", encoding="utf-8")
        out[name] = [read_wav(f) for f in files]
    return out


def show(name, figures):
    """Print the figures of a voice in a few lines."""
    print(name)
    for key, value in figures.items():
        if "word_error" in value:
            print(f"  {key}: {value['errors']}/{value['words']} words wrong = {100 * value['word_error']:.1f} %, "
                  f"first word heard {100 * value['first_word']:.0f} %")
    print("  DNSMOS", {k: round(v, 2) for k, v in figures.get("dnsmos", {}).items()})
    print("  pauses", figures["pauses"])
    if "spectrum" in figures:
        print("  spectrum to the teacher's", figures["spectrum"])


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--listener", required=True, help="Whisper tiny.en: a CTranslate2 folder or a name that faster-whisper knows")
    ap.add_argument("--program", type=Path, help="the pocket-tts program")
    ap.add_argument("--model", type=Path, help="a model folder, as export.py makes it")
    ap.add_argument("--voice", choices=[v.name for v in VOICES], default=VOICES[0].name)
    ap.add_argument("--codec", choices=("latents", "encoder"), help="instead: the teacher through the codec")
    ap.add_argument("--decoder", type=Path, help="with --codec: another decoder checkpoint")
    ap.add_argument("--lists", nargs="+", default=["plain", "names", "lengths", "short"])
    ap.add_argument("--first", type=int, default=50, help="only the first texts of each list")
    ap.add_argument("--no-dnsmos", action="store_true", help="leave out DNSMOS, which takes half of the time")
    ap.add_argument("--name", required=True, help="names the folder and the JSON file in W/evaluation")
    ap.add_argument("--option", action="append", default=[], help="passed to the program, such as --option=--temperature=0.3")
    ap.add_argument("--threads", type=int, default=1)
    return ap.parse_args()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    lists = load_lists(a.lists, a.first)
    folder = a.work_dir / "evaluation"
    folder.mkdir(exist_ok=True)
    listener = Listener(a.listener, Memory(folder / "heard.jsonl"), a.threads)
    memory = None if a.no_dnsmos else Memory(folder / "dnsmos.jsonl")
    voice = named(a.voice)
    theirs = teacher_audio(a.work_dir, voice, lists)
    texts = [t for ts in lists.values() for t in ts]
    if a.codec:
        audios = through_codec(teacher(texts, a.work_dir, voice), a.work_dir, voice, a.codec, a.decoder)
        for k, audio in enumerate(audios):
            write_wav(folder / a.name / f"{k:04d}.wav", audio)
    elif a.program:
        audios = program(a.program, a.model, voice, texts, folder / a.name, a.option)
    else:
        audios = [x for name in lists for x in theirs[name]]
    figures = measure(lists, by_list(lists, audios), listener, memory, theirs)
    (folder / f"{a.name}.json").write_text(json.dumps(figures, indent=1))
    show(a.name, figures)


if __name__ == "__main__":
    main()
