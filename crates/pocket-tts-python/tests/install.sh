#!/usr/bin/env bash
# Fetches what the tests of the Python package install, at the versions that are written down beside this file, into
# target/python/packages of the workspace. Does nothing if they are there already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$here/../../../target/python
wanted=$( (cat "$here/install.sh" "$here/requirements.txt" && python3 --version) | cksum)
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
rm -rf "$folder/installed" "$folder/packages" "$folder/pip"
python3 -m venv "$folder/pip"
"$folder/pip/bin/pip" download --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
    --dest "$folder/packages" --requirement "$here/requirements.txt"
rm -rf "$folder/pip"
echo "$wanted" >"$folder/installed"
