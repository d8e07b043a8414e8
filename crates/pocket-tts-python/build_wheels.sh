#!/usr/bin/env bash
# Builds the wheels that are published, into target/wheels: for Linux with glibc 2.28 or later on x86-64 and aarch64, and for
# all versions of Python from 3.10. With arguments: only for these targets of Rust.
#
# It needs Rust, and `pip install 'maturin[zig]'` for the linker and the C compiler of either machine. SentencePiece models
# are read in Rust, so no C++ library is linked. Kernels are chosen at run time; no target features are set.
set -euo pipefail
cd "$(dirname "$0")"
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    targets=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu)
fi
if [ -n "${RUSTFLAGS-}" ]; then
    echo "error: RUSTFLAGS is set, so the wheels might need instructions that some processors lack" >&2
    echo "help: unset it" >&2
    exit 1
fi
for target in "${targets[@]}"; do
    rustup target add "$target"
    maturin build --release --strip --target "$target" --zig --compatibility manylinux_2_28 \
        --no-default-features --features tiny
done
