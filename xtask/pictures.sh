#!/bin/sh
# Makes the pictures of README.md: assets/pictures/page.png with chromium, and assets/pictures/terminal.svg from what the
# program prints. Run it from the root of the repository after `cargo build --release`.
set -eu
program=target/release/pocket-tts
pictures=assets/pictures
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p "$pictures"

port=18321
"$program" serve --port "$port" >"$work/log" 2>&1 &
server=$!
until curl --silent --fail "http://127.0.0.1:$port/health/ready" >/dev/null; do sleep 0.2; done
chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --hide-scrollbars --user-data-dir="$work/chromium" --window-size=1000,600 --virtual-time-budget=4000 \
    --screenshot="$work/page.png" "http://127.0.0.1:$port/" >/dev/null 2>&1
ffmpeg -loglevel error -y -i "$work/page.png" -vf scale=640:-1:flags=lanczos,palettegen=96 "$work/palette.png"
ffmpeg -loglevel error -y -i "$work/page.png" -i "$work/palette.png" \
    -lavfi 'scale=640:-1:flags=lanczos[x];[x][1:v]paletteuse=dither=none' -pred mixed "$pictures/page.png"

# Each command, and what it printed, as lines of text in a dark window.
{
    for command in 'generate "Hello from a small voice."' 'generate "It costs 5 pounds." -o costs.mp3' 'voices'; do
        echo "\$ pocket-tts $command"
        (cd "$work" && eval "COLUMNS=80 '$OLDPWD/$program' $command" 2>&1) | fold -s -w 90 | head -n 8
    done
} >"$work/terminal.txt"
awk '
    BEGIN { size = 13; step = 19; left = 16; top = 30 }
    { gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); line[NR] = $0 }
    END {
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 %d\" role=\"img\">\n", top + NR * step
        printf "<title>pocket-tts in a terminal</title>\n"
        printf "<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#16181d\"/>\n"
        printf "<g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"11\" xml:space=\"preserve\">\n"
        for (i = 1; i <= NR; i++) {
            color = line[i] ~ /^\$/ ? "#7fd1ae" : "#d7dae0"
            printf "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>\n", left, top + (i - 1) * step, color, line[i]
        }
        print "</g>\n</svg>"
    }
' "$work/terminal.txt" >"$pictures/terminal.svg"
ls -l "$pictures"
