"""Holds a running server against the package `wyoming` itself.

    tests/clients/install.sh
    pocket-tts serve --wyoming 10200 &
    target/clients/venv/bin/python wyoming_client.py tcp://127.0.0.1:10200
"""

import asyncio
import sys

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

TEXT = "Good morning. I hope you will like me. I am small. Bye"
TIMEOUT_S = 60


async def read(client, event_type):
    event = await asyncio.wait_for(client.read_event(), TIMEOUT_S)
    assert event is not None, "the server closed the connection"
    assert event_type.is_type(event.type), f"{event.type}: {event.data}"
    return event_type.from_event(event)


async def hear(client):
    """The sound from its start to its stop."""
    start = await read(client, AudioStart)
    assert (start.rate, start.width, start.channels) == (24_000, 2, 1)
    sound = bytearray()
    while True:
        event = await asyncio.wait_for(client.read_event(), TIMEOUT_S)
        assert event is not None, "the server closed the connection"
        if AudioStop.is_type(event.type):
            assert AudioStop.from_event(event).timestamp == len(sound) // 48
            return bytes(sound)
        chunk = AudioChunk.from_event(event)
        assert chunk.timestamp == len(sound) // 48
        sound += chunk.audio


async def main(uri):
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        program = (await read(client, Info)).tts[0]
        assert program.supports_synthesize_streaming and program.voices
        print(f"{program.name} {program.version}:", ", ".join(voice.name for voice in program.voices))

        await client.write_event(Ping("hello").event())
        assert (await read(client, Pong)).text == "hello"

        voice = SynthesizeVoice(name=program.voices[0].name)
        seed = {"seed": 1}
        await client.write_event(Synthesize(TEXT, voice=voice, context=seed).event())
        whole = await hear(client)

        await client.write_event(SynthesizeStart(voice=voice, context=seed).event())
        for start in range(0, len(TEXT), 4):
            await client.write_event(SynthesizeChunk(TEXT[start : start + 4]).event())
        await client.write_event(Synthesize(TEXT, voice=voice).event())
        await client.write_event(SynthesizeStop().event())
        stream = await hear(client)
        await read(client, SynthesizeStopped)
        print(f"{len(whole) / 48_000:.2f} s at once, {len(stream) / 48_000:.2f} s as a stream")

    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Synthesize("Hello.", voice=SynthesizeVoice(name="nobody")).event())
        error = await read(client, Error)
        print(f"{error.code}: {error.text}")
        assert await client.read_event() is None
    print("all is as the package expects it")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
