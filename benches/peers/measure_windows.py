#!/usr/bin/env python3
"""Measures how fast windows of recordings are read: `pocket-tts-dataset` beside the Python package `sphn`.

Makes recordings (half FLAC, half MP3; stereo; 16 to 48 kHz; 4 to 20 s) with ffmpeg and NumPy, unless the folder has
them. Reads all windows in a shuffled order, with both, in turn, and prints the windows per second of processor time
and the largest memory of each process.

    pip install numpy sphn==0.2.1
    cargo build --release -p pocket-tts-dataset --example read_windows
    python benches/peers/measure_windows.py /tmp/recordings --files 2000
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

RATES = [44_100, 24_000, 16_000, 48_000]
READ_WITH_SPHN = """
import json, sphn, sys, time
began = time.process_time()
manifest, duration, rate, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
reader = sphn.dataset_jsonl(manifest, duration_sec=duration, sample_rate=rate or None, num_threads=threads, on_error="log")
windows = sum(1 for _ in reader.shuffle())
print(json.dumps({"windows": windows, "cpu_s": time.process_time() - began}))
"""


def make(folder: pathlib.Path, number: int) -> dict:
    import numpy as np

    extension = "flac" if number % 2 == 0 else "mp3"
    path = folder / f"{number:05d}.{extension}"
    random = np.random.default_rng(number)
    rate = RATES[number // 2 % len(RATES)]
    duration = round(4 + 16 * random.random(), 3)
    if not path.exists():
        time = np.arange(int(duration * rate)) / rate
        pitch = 80 + 140 * random.random()
        voice = sum(np.sin(2 * np.pi * pitch * k * time + 6 * random.random()) / k for k in range(1, 12))
        level = 0.1 * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time))
        sound = level * voice + 0.01 * random.standard_normal(len(time))
        stereo = np.repeat((np.clip(sound, -1, 1) * 32767).astype("<i2"), 2)
        encode = ["-b:a", "96k"] if extension == "mp3" else []
        ffmpeg = ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "2", "-i", "-"]
        subprocess.run([*ffmpeg, *encode, str(path)], input=stereo.tobytes(), check=True)
    return {"path": str(path), "duration": duration}


def manifest(folder: pathlib.Path, files: int, extension: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{extension}-{files}.jsonl"
    if not path.exists():
        numbers = [n for n in range(files) if (n % 2 == 0) == (extension == "flac")]
        path.write_text("".join(json.dumps(make(folder, number)) + "\n" for number in numbers))
    return str(path)


def measured(command: list[str]) -> dict:
    """The command's own result, its processor time in seconds, and its largest memory in MB.

    sphn's time is without its imports.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    result = json.loads(output.splitlines()[-1])
    seconds = result.get("cpu_s", used.ru_utime + used.ru_stime)
    return {"windows": result["windows"], "cpu_s": seconds, "memory_mb": used.ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--duration", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--program", default="target/release/examples/read_windows")
    arguments = parser.parse_args()
    # sphn takes relative paths from the folder of the manifest.
    arguments.folder = arguments.folder.resolve()
    for extension in ["flac", "mp3"]:
        lines = manifest(arguments.folder, arguments.files, extension)
        for rate in [0, 24_000]:
            duration, threads = str(arguments.duration), str(arguments.threads)
            ours = [arguments.program, lines, f"duration={duration}", f"rate={rate}", f"threads={threads}"]
            sphn = [sys.executable, "-c", READ_WITH_SPHN, lines, duration, str(rate), threads]
            best = {}
            for _ in range(arguments.rounds):
                for name, command in [("sphn", sphn), ("pocket-tts-dataset", ours)]:
                    found = measured(command)
                    if name not in best or found["cpu_s"] < best[name]["cpu_s"]:
                        best[name] = found
            speed = {name: found["windows"] / found["cpu_s"] for name, found in best.items()}
            for name, found in best.items():
                print(
                    f"{extension} {rate or 'own rate'} {name}: {found['windows']} windows, "
                    f"{speed[name]:.0f} per second of a core, {found['memory_mb']:.0f} MB"
                )
            print(f"{extension} {rate or 'own rate'} ratio: {speed['pocket-tts-dataset'] / speed['sphn']:.2f}")


if __name__ == "__main__":
    main()
