"""Puts a compiled library and the Python half together into a wheel for this machine, for tests.

`maturin build` makes the wheels that are published. It compiles this crate alone, with other features of dependencies than a
build of the workspace, so that all of them are compiled again. This script takes the workspace's library.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sysconfig
import zipfile
from pathlib import Path

import tomllib

HERE = Path(__file__).resolve().parent


def metadata(project: dict, version: str) -> str:
    """The wheel's METADATA, from `pyproject.toml`."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        *(f"License-File: {file}" for file in project["license-files"]),
        f"Requires-Python: {project['requires-python']}",
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {classifier}" for classifier in project["classifiers"]),
        *(f"Requires-Dist: {requirement}" for requirement in project["dependencies"]),
    ]
    for extra, requirements in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines.extend(f"Requires-Dist: {requirement}; extra == '{extra}'" for requirement in requirements)
    readme = (HERE / project["readme"]).read_text(encoding="utf-8")
    return "\n".join([*lines, "Description-Content-Type: text/markdown", "", readme])


def files(library: Path, version: str) -> dict[str, bytes]:
    """The contents of the wheel by their names, without RECORD."""
    with (HERE / "pyproject.toml").open("rb") as file:
        pyproject = tomllib.load(file)
    module, _, name = pyproject["tool"]["maturin"]["module-name"].rpartition(".")
    source = HERE / pyproject["tool"]["maturin"]["python-source"]
    contents = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted((source / module).rglob("*"))
        if path.suffix in (".py", ".pyi", ".typed")
    }
    contents[f"{module}/{name}.abi3.so"] = library.read_bytes()
    folder = f"{module}-{version}.dist-info"
    for file in pyproject["project"]["license-files"]:
        contents[f"{folder}/licenses/{file}"] = (HERE / file).read_bytes()
    contents[f"{folder}/METADATA"] = metadata(pyproject["project"], version).encode()
    contents[f"{folder}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: {Path(__file__).name}\nRoot-Is-Purelib: false\nTag: {tag()}\n"
    ).encode()
    return contents


def tag() -> str:
    """The interpreters and machines that the wheel is for."""
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return f"cp310-abi3-{platform}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path, help="the compiled library")
    parser.add_argument("out", type=Path, help="the folder of the wheel")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    contents = files(arguments.library, arguments.version)
    folder = next(name for name in contents if name.endswith("/WHEEL")).removesuffix("/WHEEL")
    record = []
    for name, data in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(data)}\n")
    record.append(f"{folder}/RECORD,,\n")
    contents[f"{folder}/RECORD"] = "".join(record).encode()
    wheel = arguments.out / f"{folder.removesuffix('.dist-info')}-{tag()}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    print(wheel)


if __name__ == "__main__":
    main()
