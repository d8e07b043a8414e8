"""Speaking in tasks."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

TEXT = "Hello there. This is a test of the small model."


def test_a_task_hears_what_a_thread_hears(model, voice):
    async def speak():
        chunks = [chunk async for chunk in model.generate_audio_stream_async(voice, TEXT, seed=3, temp=0.5)]
        whole = await model.generate_audio_async(voice, TEXT, seed=3, temp=0.5)
        return np.concatenate(chunks), whole

    streamed, whole = asyncio.run(speak())
    expected = model.generate_audio(voice, TEXT, seed=3, temp=0.5)
    assert np.array_equal(streamed, expected) and np.array_equal(whole, expected)


def test_tasks_speak_at_once_and_others_run(model, voice):
    async def tick(ticks):
        while True:
            ticks.append(None)
            await asyncio.sleep(0)

    async def run():
        ticks = []
        ticking = asyncio.create_task(tick(ticks))
        audios = await asyncio.gather(
            *(model.generate_audio_async(voice, TEXT, seed=seed, temp=0.5) for seed in range(8))
        )
        ticking.cancel()
        return audios, len(ticks)

    audios, ticks = asyncio.run(run())
    assert ticks > 100
    for seed, audio in enumerate(audios):
        assert np.array_equal(audio, model.generate_audio(voice, TEXT, seed=seed, temp=0.5))


def test_a_cancelled_task_ends_its_stream(model, voice):
    async def run():
        speech = model.speak(TEXT * 50, voice)

        async def read():
            async with speech:
                async for _ in speech:
                    pass

        task = asyncio.create_task(read())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return speech

    speech = asyncio.run(run())
    assert len(list(speech)) < 100


def test_an_error_reaches_the_task(model, voice):
    async def run():
        await model.generate_audio_async(voice, "")

    with pytest.raises(ValueError, match="text"):
        asyncio.run(run())
