#!/bin/sh
# Installs what the build needs besides Rust; with --tests also what the tests need. Debian and Ubuntu.
# This is the only list of system packages: README.md, CONTRIBUTING.md and .ci/run refer to it.
set -eu

# SentencePiece is C++ and is built by cmake. A line is a command and the package that provides it.
wanted='cmake cmake
c++ g++
make make'
# ffmpeg decodes encoded sound. strace detects connections that must not be opened. The emulator runs the tests of the
# kernels for aarch64. The others are clients and a load balancer for the server.
tests='ffmpeg ffmpeg
strace strace
qemu-aarch64 qemu-user
curl curl
haproxy haproxy
node nodejs
npm npm
python3 python3'
# For the tests of the server's page, unless CHROMEDRIVER names the driver of another browser. The tests read it, too.
# On Ubuntu, other packages provide these two: they install the chromium snap, which needs a running snapd.
browser='chromium chromium
chromedriver chromium-driver'
emulated=aarch64-unknown-linux-musl

with_tests=
case "${1-}" in
    '') ;;
    --tests) with_tests=yes ;;
    *)
        echo "error: unknown option \`$1\`" >&2
        echo "help: usage: xtask/setup.sh [--tests]" >&2
        exit 2
        ;;
esac

missing=
look_for() {
    while read -r command package; do
        command -v "$command" >/dev/null 2>&1 || missing="$missing $package"
    done <<EOF
$1
EOF
}

look_for "$wanted"
if [ -n "$with_tests" ] && [ "$(uname -s)" = Linux ]; then
    look_for "$tests"
    if [ -z "${CHROMEDRIVER-}" ]; then
        look_for "$browser"
    elif ! command -v "$CHROMEDRIVER" >/dev/null 2>&1; then
        echo "error: CHROMEDRIVER is \`$CHROMEDRIVER\`, which is not a program" >&2
        echo "help: set it to the path of a chromedriver, or unset it" >&2
        exit 1
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
fi

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: these programs are missing, and there is no apt-get to install them:$missing" >&2
        echo "help: install them with this system's package manager" >&2
        exit 1
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "error: these packages are missing:$missing" >&2
            echo "help: as root, run: apt-get update && apt-get install -y$missing" >&2
            exit 1
        fi
        as_root=sudo
    fi
    echo "installing:$missing"
    $as_root apt-get update -qq
    unavailable=
    for package in $missing; do
        apt-cache show "$package" >/dev/null 2>&1 || unavailable="$unavailable $package"
    done
    if [ -n "$unavailable" ]; then
        echo "error: this system's package sources lack:$unavailable" >&2
        echo "help: enable the sources that have them; on Ubuntu: add-apt-repository universe" >&2
        exit 1
    fi
    # shellcheck disable=SC2086 # one word per package
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi

if ! command -v cargo >/dev/null 2>&1; then
    echo "error: Rust is missing" >&2
    echo "help: install it as https://rustup.rs says, then open a new shell" >&2
    exit 1
fi

if [ -n "$with_tests" ]; then
    if [ "$(uname -s)" = Linux ] && [ "$(uname -m)" != aarch64 ] && command -v rustup >/dev/null 2>&1; then
        rustup target add "$emulated"
    fi
    "$(dirname "$0")/../apps/pocket-tts-server/tests/clients/install.sh"
    "$(dirname "$0")/../crates/pocket-tts-python/tests/install.sh"
fi
