"""Make the voice on board, from nothing to the shipped files. One command, which resumes where it was:

    make.py --work-dir W --out MODEL_FOLDER

Stages that are complete are skipped. Training goes on in turns, the language model and the decoder, until
each has had its hours of processor time; the last turn of each lowers the learning rate to zero.
"""
import argparse
import subprocess
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent


def script(name, *options):
    """Run a script of this folder."""
    print("+", name, *map(str, options), flush=True)
    subprocess.run([sys.executable, str(HERE / name), *map(str, options)], check=True)


def hours(file):
    """The hours of processor time that a checkpoint has had."""
    return torch.load(file, weights_only=True, map_location="cpu")["seconds"] / 3600 if file.exists() else 0.0


def prepare(w, common):
    """Texts, the teacher's speech, and latents."""
    work = ("--work-dir", w)
    if not (w / "corpus.txt").exists():
        script("prepare_corpus.py", *work)
    if not (w / "prose.txt").exists():
        script("spoken_text.py", *work)
    if not (w / "tokenizer.model").exists():
        script("train_tokenizer.py", *work)
    script("synthesize.py", *work, *common)
    script("train_latents.py", *work, *common)
    script("choose_prompt.py", *work)


def turn(w, common, part, target, minutes):
    """Train one part for a turn, unless it has had its hours. Returns whether it is done."""
    left = target - hours(w / ("flow_lm.pt" if part == "lm" else f"codec_{part}.pt"))
    if left <= 0.01:
        return True
    last = left * 60 <= minutes
    options = ("--work-dir", w, "--minutes", round(min(minutes, left * 60), 2), *common, *(["--finish"] if last else []))
    if part == "lm":
        script("train_flow_lm.py", *options)
    else:
        script("train_codec.py", "--part", part, *options)
    return last


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--lm-hours", type=float, default=12.0)
    ap.add_argument("--decoder-hours", type=float, default=5.0)
    ap.add_argument("--encoder-hours", type=float, default=0.5)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--lock", type=Path, help="a file; work waits while another process holds its lock (flock)")
    a = ap.parse_args()
    w = a.work_dir
    w.mkdir(parents=True, exist_ok=True)
    lock = ("--lock", a.lock) if a.lock else ()
    prepare(w, lock)
    common = ("--threads", a.threads, *lock)
    turn(w, common, "encoder", a.encoder_hours, a.encoder_hours * 60)
    done = [False, False]
    while not all(done):
        done = [turn(w, common, "lm", a.lm_hours, 120), turn(w, common, "decoder", a.decoder_hours, 45)]
        script("export.py", "--work-dir", w, "--out", a.out)


if __name__ == "__main__":
    main()
