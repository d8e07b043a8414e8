"""What the package is made of."""

from __future__ import annotations

import ast
import importlib.metadata
import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pocket_tts_rs
import pytest
from pocket_tts_rs import SpeechOptions, _native, _options, data

FOLDER = Path(pocket_tts_rs.__file__).parent


def test_the_wheel_is_installed_and_typed():
    assert importlib.metadata.version("pocket-tts-rs") == pocket_tts_rs.__version__ == _native.VERSION
    assert (FOLDER / "py.typed").is_file() and "site-packages" in FOLDER.parts
    assert _native.__file__.endswith(".abi3.so")
    texts = [file.read_text() for file in importlib.metadata.files("pocket-tts-rs") if "licenses" in file.parts]
    assert all(any(words in text for text in texts) for words in ("MIT License", "Apache License", "UNICODE LICENSE"))


def test_every_public_name_is_documented():
    for name in pocket_tts_rs.__all__:
        if name != "__version__":
            assert getattr(pocket_tts_rs, name).__doc__, name
    for name, member in vars(pocket_tts_rs.TTSModel).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, (classmethod, property))):
            assert member.__doc__, name
    for name in data.__all__:
        public = getattr(data, name)
        assert public.__doc__, name
        for method, member in vars(public).items() if isinstance(public, type) else ():
            if not method.startswith("_") and (callable(member) or isinstance(member, property)):
                assert member.__doc__, (name, method)


def test_help_shows_every_option_and_dir_every_name():
    shown = pydoc.render_doc(SpeechOptions, renderer=pydoc.plaintext)
    assert set(_options.OPTIONS) | {"voices"} == set(SpeechOptions.__annotations__)
    for name in SpeechOptions.__annotations__:
        described = re.search(rf" {name}: [A-Z](.|\n)*?\[(.*?)\]", shown)
        assert described, name
        if name in ("speed", "sentence_pause", "normalize", "timings", "keep_unknown_characters"):
            assert float({"True": 1, "False": 0}.get(described[2], described[2])) == _options.OPTIONS[name][0]
    for public in (data.Window, data.Skipped, data.Summary):
        assert all(f" {name}: " in pydoc.render_doc(public, renderer=pydoc.plaintext) for name in public.__annotations__)
    for package in (pocket_tts_rs, data):
        assert set(package.__all__) <= set(dir(package)) and not any("_" == name[0] != name[1] for name in dir(package))
    assert pocket_tts_rs.RequestError.__module__ == "pocket_tts_rs"


@pytest.mark.parametrize("name", ["ray_speak.py", "ray_encode.py"])
def test_the_examples_tell_their_arguments_without_ray(name):
    script = Path(__file__).resolve().parents[1] / "examples" / name
    # An environment with Ray must not hide that it is needed.
    without = "import sys, runpy; sys.modules['ray'] = None; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    shown = subprocess.run([sys.executable, "-c", without, str(script), "--help"], capture_output=True, text=True)
    assert shown.returncode == 0 and f"python {name} " in shown.stdout and "--actors" in shown.stdout, shown.stderr


def test_the_stub_has_what_the_native_module_has():
    stub = ast.parse((FOLDER / "_native.pyi").read_text())
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    constants = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    native = {name for name in dir(_native) if not name.startswith("__")}
    assert functions | set(classes) | constants == native
    for name, node in classes.items():
        described = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
        found = {member for member in vars(getattr(_native, name)) if not member.startswith("_")}
        assert described - {"__init__"} == found, name
