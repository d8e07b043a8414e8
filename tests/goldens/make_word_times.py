"""Times of words on the random models, by pocket-tts-timestamped 1.4.0.

Usage: make_word_times.py GOLDENS OUT.json

Speaks one text with each model of the folder GOLDENS at temperature 0, several times with other attention heads, and
without an end (EOS threshold 1e9), and writes which frames each word begins and ends at.
"""

import json
import os
import sys
from pathlib import Path

import torch
import yaml
from pocket_tts_timestamped import TTSModel

TEXT = "Hello world, this is a small test of the words. Who would say that it matters, then? The well-known end is near."


def head_sets(layers: int, heads: int) -> list[list[tuple[int, int]]]:
    every = [(layer, head) for layer in range(layers) for head in range(heads)]
    return [every[:1], every[-1:], [every[1], every[-2]], every]


def main():
    goldens, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    torch.set_num_threads(1)
    models = {}
    for folder in sorted(goldens.glob("[0-9][0-9]_*")):
        os.chdir(folder)
        raw = yaml.safe_load(Path("config.yaml").read_text())
        if "tokenizer_b" in raw["flow_lm"]["lookup_table"]["tokenizer_path"]:
            continue  # It lacks letters of the text, whose words the package then leaves out.
        transformer = raw["flow_lm"]["transformer"]
        models[folder.name] = []
        for heads in head_sets(transformer["num_layers"], transformer["num_heads"]):
            raw["timestamp_heads"] = [{"layer": layer, "head": head} for layer, head in heads]
            config = folder / "word_times.yaml"
            config.write_text(yaml.safe_dump(raw))
            model = TTSModel.load_model(config=str(config), temp=0.0, eos_threshold=1e9)
            config.unlink()
            state = model.get_state_for_audio_prompt(str(folder / "voice_state.safetensors"))
            speech = model.generate_audio_with_timestamps(state, TEXT)
            frame = model.mimi.frame_size / model.sample_rate
            words = [[w.word, round(w.start_time / frame), round(w.end_time / frame)] for w in speech.words]
            models[folder.name].append({"heads": heads, "words": words})
    out.write_text(json.dumps({"text": TEXT, "models": models}, indent=None, separators=(",", ":")) + "\n")


main()
