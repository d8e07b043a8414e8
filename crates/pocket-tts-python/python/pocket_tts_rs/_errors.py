"""The exceptions of this package.

Each class derives from the exception that pocket-tts raises in the same case, so code that catches that one catches ours.
"""


class PocketTtsError(Exception):
    """The base of all exceptions of this package."""


class RequestError(PocketTtsError, ValueError):
    """The text, an option or a voice can't be used as it is; ask for something else."""


class NotFoundError(PocketTtsError, FileNotFoundError):
    """There is no such model, voice or file; name one that exists."""


class NoRecordingError(NotFoundError, ValueError):
    """There is no such recording or manifest; name one that exists."""


class ModelError(PocketTtsError, ValueError, RuntimeError):
    """A model's files can't be used; install other ones."""


class DownloadError(PocketTtsError, ConnectionError):
    """A file can't be fetched from its server."""


class MachineError(PocketTtsError, OSError):
    """The machine refuses a file, memory or a thread."""


class SpeechError(PocketTtsError, RuntimeError):
    """Speech could not be completed."""
