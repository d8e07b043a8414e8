"""Compares exported voices of this program with the reference package, in both directions, on every golden model.

    cargo build --release
    python tests/goldens/check_voices.py target/release/pocket-tts

Run by hand, in a Python environment with `pip install pocket-tts==4.0.1`. Per configuration:
1. the program reads the reference's export and writes it again: the reference reads the same bits;
2. the program exports the prompt's recording (16-bit WAV): the reference's own state of it is within the bound;
3. the reference generates speech with its own state and with the program's file of it: the same samples;
4. the program generates speech with the reference's file and with its own: the same bytes.
Prints one line per configuration; the exit status is 1 if a check fails.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import torch
from pocket_tts import TTSModel
from safetensors.torch import load_file

BOUND = 1e-4
TEXT = "Hello there."


def run(program: str, *arguments: object) -> None:
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)


def same_bits(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        one[module].keys() == other[module].keys()
        and all(
            one[module][key].dtype == other[module][key].dtype
            and one[module][key].shape == other[module][key].shape
            and one[module][key].numpy().tobytes() == other[module][key].numpy().tobytes()
            for key in one[module]
        )
        for module in one
    )


def difference(one: dict, other: dict) -> float:
    """The greatest difference, relative to the greatest number of its tensor; infinite for another length."""
    worst = 0.0
    for module, tensors in one.items():
        expected, found = tensors["cache"], other[module]["cache"]
        if expected.shape != found.shape or tensors["offset"] != other[module]["offset"]:
            return float("inf")
        worst = max(worst, float((expected - found).abs().max() / expected.abs().max()))
    return worst


def speak(model: TTSModel, state: dict) -> torch.Tensor:
    torch.manual_seed(0)
    return model.generate_audio(state, TEXT)


def check(folder: Path, program: str, work: Path) -> bool:
    config, exported = folder / "config.yaml", folder / "voice_state.safetensors"
    rewritten, cloned, recording = (work / name for name in ("a.safetensors", "b.safetensors", "prompt.wav"))
    # The reference resolves relative paths against the working directory.
    os.chdir(folder)
    model = TTSModel.load_model(config=str(config), temp=0.0)
    model.max_decoder_frames_per_call = 1
    samples = load_file(folder / "golden.safetensors")["voice.pcm"].to(torch.int16)
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(model.sample_rate)
        file.writeframes(samples.numpy().tobytes())

    run(program, "export-voice", "--config", config, exported, rewritten)
    run(program, "export-voice", "--config", config, recording, cloned)
    own = model.get_state_for_audio_prompt(recording)
    theirs, ours = (model.get_state_for_audio_prompt(path) for path in (exported, rewritten))
    equal = same_bits(theirs, ours)
    distance = difference(own, model.get_state_for_audio_prompt(cloned))
    audio, again = speak(model, theirs), speak(model, ours)
    spoken = audio.shape == again.shape and bool((audio == again).all())
    wavs = []
    for voice in (exported, rewritten):
        output = work / "speech.wav"
        run(program, "generate", "-q", "--config", config, "--voice", voice, "--seed", 1, "--temperature", 0.7,
            "--text", TEXT, "--output-path", output)
        wavs.append(output.read_bytes())
    same_speech = wavs[0] == wavs[1]
    print(f"{folder.name:32} same bits {equal}  state off by {distance:.1e}  reference speaks the same "
          f"{spoken} ({audio.shape[-1]} samples)  program speaks the same {same_speech}")
    return equal and distance <= BOUND and spoken and same_speech


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the built command pocket-tts")
    parser.add_argument("--goldens", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    program, goldens = str(Path(arguments.program).resolve()), arguments.goldens.resolve()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as work, torch.no_grad():
        folders = sorted(path.parent for path in goldens.glob("*/config.yaml"))
        outcomes = [check(folder, program, Path(work)) for folder in folders]
    print(f"{sum(outcomes)} of {len(outcomes)} configurations pass")
    sys.exit(0 if outcomes and all(outcomes) else 1)


if __name__ == "__main__":
    main()
