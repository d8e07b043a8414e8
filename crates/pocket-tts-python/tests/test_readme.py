"""The examples of the package's README.md and of the repository's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        (FOLDER, ["output.wav", "price.mp3", "heart.safetensors", "hello.opus", "tone.wav", "prepared"]),
        (FOLDER.parents[1], ["morning.mp3"]),
    ],
)
def test_the_examples_run(folder, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (folder / "README.md").read_text(encoding="utf-8")
    names = {}
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
        exec(compile(example, f"README.md, example {number}", "exec"), names)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(files)
    for name in files:
        size = sum(file.stat().st_size for file in [tmp_path / name, *(tmp_path / name).rglob("*")] if file.is_file())
        assert size > 1_000, name
