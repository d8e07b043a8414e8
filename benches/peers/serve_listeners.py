#!/usr/bin/env python3
"""Measures how clients that read slowly delay the next one, on a server with the reference's `POST /tts`.

    serve_listeners.py --url http://127.0.0.1:8000 [--listeners 8] [--rate 48000] [--sentences 12] [--wait 1]

The listeners request a long text at once and read at the rate (bytes per second; 48000 is real time). After the wait
one more client requests a short sentence. Prints one JSON object: the seconds to its first and its last sound, or its
status if it was refused; and the number of listeners that are still being served then. Start the server with
`--max-streams` below the number of listeners. Only servers on this machine are allowed.
"""
import argparse
import http.client
import json
import threading
import time
import urllib.parse

SENTENCE = "The old lighthouse stood quietly above the harbour while the evening boats came slowly home. "
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
STEP_S = 0.1


def ask(host, port, text):
    """Sends a request; returns its connection and its response."""
    connection = http.client.HTTPConnection(host, port, timeout=600)
    connection.request("POST", "/tts", urllib.parse.urlencode({"text": text}), HEADERS)
    return connection, connection.getresponse()


def listen(host, port, text, rate, stop, ended):
    """Reads at a rate until `stop` is set."""
    try:
        connection, response = ask(host, port, text)
        while not stop.is_set() and response.read(max(1, int(rate * STEP_S))):
            time.sleep(STEP_S)
        connection.close()
    except OSError:
        pass
    ended.release()


def probe(host, port):
    """A short request: seconds to its first sound and to its end, and its status."""
    start = time.perf_counter()
    connection, response = ask(host, port, "Hello.")
    response.read(45)
    first = time.perf_counter() - start
    response.read()
    connection.close()
    return {"status": response.status, "first_s": round(first, 2), "whole_s": round(time.perf_counter() - start, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--listeners", type=int, default=8)
    parser.add_argument("--rate", type=int, default=48_000)
    parser.add_argument("--sentences", type=int, default=12)
    parser.add_argument("--wait", type=float, default=1.0)
    arguments = parser.parse_args()
    url = urllib.parse.urlsplit(arguments.url)
    if url.hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("--url must be on this machine")
    probe(url.hostname, url.port)
    stop, ended = threading.Event(), threading.Semaphore(0)
    text = SENTENCE * arguments.sentences
    for _ in range(arguments.listeners):
        listener = (url.hostname, url.port, text, arguments.rate, stop, ended)
        threading.Thread(target=listen, args=listener, daemon=True).start()
    time.sleep(arguments.wait)
    outcome = probe(url.hostname, url.port)
    done = 0
    while ended.acquire(blocking=False):
        done += 1
    print(json.dumps({"listeners": arguments.listeners, "still_listening": arguments.listeners - done, **outcome}))
    stop.set()


if __name__ == "__main__":
    main()
