#!/usr/bin/env python3
"""Load test of a server with the reference's `POST /tts`, ours or the reference's own.

    serve_load.py --url http://127.0.0.1:8000 [--clients 1,2,4,8] [--rounds 3] [--text TEXT]

Each client sends `--rounds` requests, one after the other. Prints one JSON object per number of clients: clients,
requests, failed, throughput (seconds of audio per second, all clients together), first_audio_s (median and worst time
to the first byte after the WAV header), wall_s. Only Python's standard library is used, and only servers on this
machine are allowed.
"""
import argparse
import http.client
import json
import statistics
import sys
import threading
import time
import urllib.parse
import uuid

TEXT = "The old lighthouse stood quietly above the harbour while the evening boats came slowly home."
HEADER_BYTES = 44
BYTES_PER_SECOND = 2 * 24_000


def request(host, port, text):
    """Requests speech; returns the seconds of audio and the seconds to its first byte."""
    boundary = uuid.uuid4().hex
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n--{boundary}--\r\n'
    ).encode()
    connection = http.client.HTTPConnection(host, port, timeout=600)
    start = time.perf_counter()
    connection.request("POST", "/tts", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"status {response.status}: {response.read(200)!r}")
    response.read(HEADER_BYTES)
    if not response.read(1):
        raise RuntimeError("no audio")
    first = time.perf_counter() - start
    audio_bytes = 1 + len(response.read())
    connection.close()
    return audio_bytes / BYTES_PER_SECOND, first


def warm_up(host, port, text):
    """Retries until the model is loaded."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return request(host, port, text)
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def load(host, port, clients, rounds, text):
    """Runs `clients` concurrent clients; returns the figures."""
    audio, firsts, failures, lock = [], [], [], threading.Lock()

    def client():
        for _ in range(rounds):
            try:
                seconds, first = request(host, port, text)
            except Exception as error:  # any error counts as a failure and is reported
                with lock:
                    failures.append(repr(error))
            else:
                with lock:
                    audio.append(seconds)
                    firsts.append(first)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - start
    for failure in failures[:3]:
        print(failure, file=sys.stderr)
    return {
        "clients": clients,
        "requests": clients * rounds,
        "failed": len(failures),
        "throughput": round(sum(audio) / wall, 2),
        "first_audio_s": [round(statistics.median(firsts), 3), round(max(firsts), 3)] if firsts else None,
        "wall_s": round(wall, 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--clients", default="1,2,4,8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--text", default=TEXT)
    arguments = parser.parse_args()
    url = urllib.parse.urlsplit(arguments.url)
    if url.hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("--url must be on this machine")
    warm_up(url.hostname, url.port, arguments.text)
    for clients in map(int, arguments.clients.split(",")):
        print(json.dumps(load(url.hostname, url.port, clients, arguments.rounds, arguments.text)), flush=True)


if __name__ == "__main__":
    main()
