#!/usr/bin/env python3
"""Measures how fast recordings are encoded to latents on one core: `pocket-tts dataset encode` beside the Python package.

Takes the first recordings of a manifest, converts them to 24 kHz with ffmpeg, and encodes them with both, in turn, after
a run that also packs the weights. Prints seconds of sound per second of processor time and the largest difference of a
latent, relative to the largest latent. The time of the Python package is that of its encoder alone, ours that of the
whole process. The configuration is a model with random weights, such as `cargo run --release -p pocket-tts-benches
--example random-model` makes, or a downloaded one.

    pip install pocket-tts==4.0.1 soundfile
    cargo build --release
    python benches/peers/measure_encode.py MANIFEST.jsonl MODEL/config.yaml /tmp/encoded
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess


def convert(manifest: pathlib.Path, folder: pathlib.Path, files: int) -> list[dict]:
    entries = [json.loads(line) for line in manifest.read_text().splitlines()[:files]]
    for number, entry in enumerate(entries):
        path = folder / f"{number:05d}.wav"
        command = ["ffmpeg", "-v", "error", "-y", "-i", entry["path"], "-ar", "24000", "-ac", "1", str(path)]
        subprocess.run(command, check=True)
        entry["path"] = str(path)
    (folder / "set.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return entries


def encode_here(program: str, config: str, folder: pathlib.Path) -> float:
    """The processor time of a run that encodes all."""
    shutil.rmtree(folder / "latents", ignore_errors=True)
    (folder / "set_latents.jsonl").unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program, "dataset", "encode", "set.jsonl", "--config", config, "-j", "1", "-q"], cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=pathlib.Path)
    parser.add_argument("config")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--program", default="target/release/pocket-tts")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder.resolve()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    program, config = os.path.abspath(arguments.program), os.path.abspath(arguments.config)
    entries = convert(arguments.manifest.resolve(), arguments.folder, arguments.files)
    encode_here(program, config, arguments.folder)

    import time

    import safetensors.torch
    import soundfile
    import torch
    from pocket_tts import TTSModel

    torch.set_num_threads(1)
    os.chdir(pathlib.Path(config).parent)
    codec = TTSModel.load_model(config=config).mimi
    sounds = [torch.from_numpy(soundfile.read(entry["path"], dtype="float32")[0])[None, None] for entry in entries]
    seconds = sum(sound.shape[-1] for sound in sounds) / codec.sample_rate
    files = [json.loads(line)["latents_file"] for line in (arguments.folder / "set_latents.jsonl").read_text().splitlines()]
    for _ in range(arguments.rounds):
        began = time.process_time()
        with torch.no_grad():
            theirs = [codec.encode_to_latent(sound)[0] for sound in sounds]
        their_time = time.process_time() - began
        our_time = encode_here(program, config, arguments.folder)
        difference = 0.0
        for file, latents in zip(files, theirs):
            ours = safetensors.torch.load_file(arguments.folder / file)["latents"]
            far = (latents[: len(ours)] - ours).abs().max() / latents.abs().max()
            difference = max(difference, far.item())
        print(
            f"{seconds:.0f} s of sound: pocket-tts {seconds / our_time:.1f}, Python package {seconds / their_time:.1f} "
            f"times real time on one core; ratio {their_time / our_time:.2f}; difference {difference:.1e}"
        )


if __name__ == "__main__":
    main()
