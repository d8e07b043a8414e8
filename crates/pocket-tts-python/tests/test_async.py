"""Speaking in tasks."""

from __future__ import annotations

import asyncio
import threading

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


# A waiter that is not woken hangs; a test must not.
PATIENCE_S = 60


def run_within_patience(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE_S))


def test_tasks_share_one_speech(model, voice):
    """Each waits for a chunk while the others do, and all hear of the end."""
    whole = model.generate_audio(voice, TEXT, seed=3)

    async def take(speech):
        return [chunk async for chunk in speech]

    async def run():
        speech = model.speak(TEXT, voice, seed=3)
        read = await asyncio.gather(speech.read_async(), speech.read_async())
        speech = model.speak(TEXT, voice, seed=3)
        taken = await asyncio.gather(*(take(speech) for _ in range(5)))
        return read, [chunk for chunks in taken for chunk in chunks]

    read, chunks = run_within_patience(run())
    assert sum(map(len, read)) == len(whole)
    pieces = sorted(whole.reshape(len(chunks), -1).tolist())
    assert sorted(chunk.tolist() for chunk in chunks) == pieces


def test_a_task_reads_on_beside_others_that_are_cancelled(model, voice):
    whole = model.generate_audio(voice, TEXT, seed=3)

    async def run():
        speech = model.speak(TEXT, voice, seed=3)
        # They ask in this order.
        before, other, after = (
            asyncio.create_task(read) for read in (anext(speech), speech.read_async(), anext(speech))
        )
        await asyncio.sleep(0)
        before.cancel()
        after.cancel()
        heard = [*await asyncio.gather(before, after, return_exceptions=True), await other]
        return [part for part in heard if isinstance(part, np.ndarray)]

    assert sum(map(len, run_within_patience(run()))) == len(whole)


def test_threads_and_tasks_share_one_speech(model, voice):
    whole = model.generate_audio(voice, TEXT * 3, seed=3)
    heard = []

    async def run():
        speech = model.speak(TEXT * 3, voice, seed=3)
        threads = [
            threading.Thread(target=lambda: heard.extend(speech), daemon=True),
            threading.Thread(target=lambda: heard.append(speech.read()), daemon=True),
        ]
        for thread in threads:
            thread.start()
        heard.extend(await asyncio.gather(speech.read_async(), speech.read_async()))
        for thread in threads:
            await asyncio.to_thread(thread.join, PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads)

    run_within_patience(run())
    assert sum(map(len, heard)) == len(whole)
