"""What the package is made of."""

from __future__ import annotations

import ast
import importlib.metadata
from pathlib import Path

import pocket_tts_rs
from pocket_tts_rs import _native, data

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
