"""Ctrl-C, and processes that are forked."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading, pocket_tts_rs
model = pocket_tts_rs.TTSModel.load_model(language="tiny")
voice = model.get_state_for_audio_prompt("heart")
text = "This is a long text, which takes a while. " * 10_000
try:
    threading.Timer(0.3, print, ("speaking",), {"flush": True}).start()
    if sys.argv[1] == "whole":
        model.generate_audio(voice, text)
    else:
        for _ in model.generate_audio_stream(voice, text):
            pass
except KeyboardInterrupt:
    print(len(model.generate_audio(voice, "Hello.")), flush=True)
    sys.exit(3)
"""


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_ctrl_c_ends_the_speech_and_the_model_goes_on(how):
    command = [sys.executable, "-c", SCRIPT, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "speaking\n"
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 3
    assert int(output) > 1_920


FORKED = """
import os, pocket_tts_rs
model = pocket_tts_rs.TTSModel.load_model(language="tiny")
voice = model.get_state_for_audio_prompt("heart")

def speak_in_child():
    child = os.fork()
    if child == 0:
        try:
            os._exit(3 if len(model.generate_audio(voice, "Hello.")) > 1_920 else 4)
        except RuntimeError as error:
            os._exit(5 if "forked" in str(error) else 6)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

print(speak_in_child(), len(model.generate_audio(voice, "Hello.")) > 1_920, speak_in_child())
"""


READ_IN_CHILD = """
import os, numpy, pocket_tts_rs
from pocket_tts_rs import data
data.write_wav("a.wav", numpy.zeros(48000, dtype="f4"), 24000)
windows = iter(data.DatasetReader([("a.wav", 2.0)], duration_sec=0.1))
next(windows)
child = os.fork()
if child == 0:
    try:
        next(windows)
    except RuntimeError as error:
        os._exit(5 if "forked" in str(error) else 6)
    os._exit(4)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(list(windows)))
"""


def test_a_forked_process_is_told_that_it_cannot_read_on(tmp_path):
    command = [sys.executable, "-c", READ_IN_CHILD]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True, cwd=tmp_path).stdout
    assert output == "5 19\n"


def test_a_forked_process_speaks_or_is_told_why_not():
    command = [sys.executable, "-c", FORKED]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    assert output == "3 True 5\n"
