#!/usr/bin/env bash
# Checks whether the server of this container is ready. The image has no other HTTP client.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${POCKET_TTS_SERVER_PORT:-8000}"
printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3
grep --quiet '^HTTP/1\.[01] 200 ' <&3
