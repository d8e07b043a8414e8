"""The examples of README.md."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 4
    names = {}
    for number, example in enumerate(examples):
        exec(compile(example, f"{README.name}, example {number}", "exec"), names)
    for name in ("output.wav", "price.mp3", "heart.safetensors", "hello.opus"):
        assert (tmp_path / name).stat().st_size > 1_000
