"""Voices from a server, and what is told of their download."""

from __future__ import annotations

import hashlib
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pocket_tts_rs
import pytest

COMMIT = "0" * 40


@pytest.fixture
def hub(goldens, tmp_path, monkeypatch):
    """A Hugging Face hub with the voice of a golden model. Returns the paths that were asked for."""
    data = (goldens / "01_lsd_24k_bos" / "voice_state.safetensors").read_bytes()
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if not self.path.endswith("/voice.safetensors"):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


def load(goldens, **arguments):
    return pocket_tts_rs.TTSModel.load_model(config=goldens / "01_lsd_24k_bos" / "config.yaml", **arguments)


def test_a_voice_is_downloaded_once_and_its_events_are_told(goldens, hub):
    events = []
    model = load(goldens, on_download=events.append)
    voice = model.get_state_for_audio_prompt("hf://owner/voices/voice.safetensors")
    expected = model.get_state_for_audio_prompt(goldens / "01_lsd_24k_bos" / "voice_state.safetensors")
    layer = next(iter(expected))
    assert np.array_equal(voice[layer]["cache"], expected[layer]["cache"])
    kinds = [event.kind for event in events]
    assert kinds[0] == "started" and kinds[-1] == "finished" and "received" in kinds
    assert all(event.location == "hf://owner/voices/voice.safetensors" for event in events)
    assert events[-1].done_bytes == events[-1].total_bytes > 1_000
    count = len(events)
    load(goldens, offline=True, on_download=events.append).get_state_for_audio_prompt(
        "hf://owner/voices/voice.safetensors"
    )
    assert len(events) == count


def test_downloads_are_logged(goldens, hub, caplog):
    caplog.set_level(logging.INFO)
    load(goldens).get_state_for_audio_prompt("hf://owner/voices/voice.safetensors")
    assert "downloaded hf://owner/voices/voice.safetensors" in caplog.text


def test_what_the_server_lacks(goldens, hub):
    with pytest.raises(FileNotFoundError, match="404"):
        load(goldens).get_state_for_audio_prompt("hf://owner/voices/other.safetensors")


def test_a_server_that_is_not_there(goldens, hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ConnectionError, match="cannot be reached"):
        load(goldens).get_state_for_audio_prompt("hf://owner/voices/voice.safetensors")
