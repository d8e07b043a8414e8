"""Uses running servers as the package `openai` does. The test that starts it looks into what it has heard.

    openai_client.py FOLDER ORIGIN LOCKED_ORIGIN BUSY_ORIGIN RECORDING

The first server keeps voices, the second wants the key `sesame`, the third has no stream free and no line.
"""

import base64
import json
import pathlib
import sys

import openai
from openai import OpenAI

TEXT = "Good morning."
FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]
SEED = {"seed": 7}


def client(origin, key="any", **options):
    return OpenAI(base_url=f"{origin}/v1", api_key=key, timeout=60, **options)


def speak(api, **options):
    arguments = {"input": TEXT, "model": "gpt-4o-mini-tts", "voice": "alloy", "extra_body": SEED}
    return api.audio.speech.create(**(arguments | options))


def all_formats(api, folder):
    for name in FORMATS:
        speak(api, response_format=name).write_to_file(folder / f"speech.{name}")
    assert speak(api).content == (folder / "speech.mp3").read_bytes(), "MP3 is what is sent unless asked"
    fast = speak(api, response_format="pcm", speed=2.0, instructions="Be kind.").content
    assert len(fast) < 0.6 * (folder / "speech.pcm").stat().st_size


def streams(api, folder):
    plain = (folder / "speech.pcm").read_bytes()
    arguments = {"input": TEXT, "model": "tts-1", "voice": "alloy", "extra_body": SEED}
    create = api.audio.speech.with_streaming_response.create
    with create(response_format="pcm", **arguments) as response:
        assert response.headers["content-type"] == "audio/pcm", response.headers
        pieces = list(response.iter_bytes())
    assert b"".join(pieces) == plain and len(pieces) > 1, f"{len(pieces)} pieces"

    sound, kinds = b"", []
    with create(response_format="pcm", stream_format="sse", **arguments) as response:
        assert response.headers["content-type"].startswith("text/event-stream"), response.headers
        for line in response.iter_lines():
            if not line:
                continue
            event = json.loads(line.removeprefix("data: "))
            kinds.append(event["type"])
            sound += base64.b64decode(event.get("audio", ""))
    assert sound == plain
    assert kinds == ["speech.audio.delta"] * (len(kinds) - 1) + ["speech.audio.done"], kinds
    usage = event["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def voices(api, folder, recording):
    with open(recording, "rb") as sample:
        voice = api.audio.voices.create(
            name="Ann", audio_sample=sample, consent="true", type="audio_sample"
        )
    assert voice.name == "Ann" and voice.object == "audio.voice"
    # The voice as an object, as the package's users write it.
    speak(api, voice={"id": voice.id}, response_format="pcm").write_to_file(folder / "own_voice.pcm")
    speak(api, voice=voice.id, response_format="pcm").write_to_file(folder / "own_voice_by_id.pcm")
    assert api.audio.voices.delete(voice.id).deleted
    gone = {"param": "voice", "code": "voice_not_found"}
    refused(openai.BadRequestError, voice={"id": voice.id})(api, 400, **gone)


def refused(kind, **options):
    def check(api, status, **fields):
        try:
            speak(api, **options)
        except kind as error:
            found = {name: getattr(error, name) for name in fields}
            assert error.status_code == status and found == fields, (error.status_code, found)
            assert str(error), "it says what is wrong"
            return error
        raise AssertionError(f"{options} were taken")

    return check


def errors(origin, locked, busy):
    api = client(origin, max_retries=0)
    bad, missing = openai.BadRequestError, openai.NotFoundError
    refused(bad, input="")(api, 400, param="input", code="empty_text", type="invalid_request_error")
    refused(bad, voice="nobody")(api, 400, param="voice", code="voice_not_found")
    refused(bad, speed=9.0)(api, 400, param="speed")
    refused(bad, response_format="midi")(api, 400, param="response_format")
    refused(bad, extra_body={"seed": -1})(api, 400, param="seed", code="invalid_value")
    refused(missing, model="gpt-9")(api, 404, param="model", code="model_not_found")
    stranger = client(locked, key="mellon", max_retries=0)
    refused(openai.AuthenticationError)(stranger, 401, code="invalid_api_key")
    assert speak(client(locked, key="sesame")).content
    late = refused(openai.RateLimitError)(client(busy, max_retries=0), 429, code="queue_full")
    assert int(late.response.headers["retry-after"]) >= 1


def models(api):
    names = [model.id for model in api.models.list()]
    assert names == ["tiny"], names
    assert api.models.retrieve("tiny").object == "model"


def main(folder, origin, locked, busy, recording):
    folder = pathlib.Path(folder)
    api = client(origin)
    all_formats(api, folder)
    streams(api, folder)
    voices(api, folder, recording)
    errors(origin, locked, busy)
    models(api)
    print("all is as the package expects it")


if __name__ == "__main__":
    main(*sys.argv[1:])
