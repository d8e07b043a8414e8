"""What type checkers see."""

from __future__ import annotations

import subprocess
import sys

# Errors are expected where a comment ignores one: mypy reports comments that ignore none.
SCRIPT = """
from typing import assert_type
from pocket_tts_rs import data

def seconds(window: data.Window) -> float:
    return window["start_time_sec"]

reader = data.DatasetReader([("a.wav", 1.0)], duration_sec=0.5, sample_rate=16_000)
assert_type(reader, data.DatasetReader[data.Window])
for window in reader.shuffle(seed=1).num_threads(2):
    assert_type(window, data.Window)
    window["sample_rat"]  # type: ignore[typeddict-item]
for window in data.dataset_jsonl("a.jsonl", duration_sec=0.5, mono=True).seq():
    assert_type(window, data.Window)
for start in data.DatasetReader([("a.wav", 1.0)], duration_sec=0.5, f=seconds).seq():
    assert_type(start, float)
for start in data.dataset_jsonl("a.jsonl", duration_sec=0.5, f=seconds):
    assert_type(start, float)
annotated: data.DatasetReader = reader
assert_type(next(iter(annotated)), data.Window)
data.DatasetReader([("a.wav", 1.0)], duration_sec=0.5, f=3)  # type: ignore[call-overload]
data.DatasetReader([("a.wav", 1.0)], duration_sec=0.5, mon=True)  # type: ignore[call-overload]
"""


def test_windows_have_their_type(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11", "--cache-dir", tmp_path, script]
    checked = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
