"""One root error and one small subclass for each thing that can be at fault.

Every message is a sentence for the person who runs the tool: what was expected, what was found, what to do.
"""

from __future__ import annotations

import unicodedata

_LONGEST_MESSAGE = 1200


class GeonnxError(Exception):
    """Root of all errors that this package raises on purpose; its text is one line of bearable length.

    Messages quote what files of strangers hold: line breaks, broken characters and endless words among it.
    """

    def __init__(self, message: str) -> None:
        """Keep the message, tidied."""
        super().__init__(_tidy(message))


def _tidy(message: str) -> str:
    signs = {"Cc": " ", "Cs": "?"}
    if any(unicodedata.category(letter) in signs for letter in message):
        message = "".join(signs.get(unicodedata.category(letter), letter) for letter in message)
    if len(message) > _LONGEST_MESSAGE:
        # the end says what to do
        message = f"{message[: _LONGEST_MESSAGE - 300]} … {message[-297:]}"
    return message


class ModelError(GeonnxError):
    """The model file or its card can't be used."""


class DeviceMemoryError(ModelError):
    """The device has too little memory for a batch; a smaller one may fit."""


class RasterError(GeonnxError):
    """An input raster or mask can't be used."""


class DeviceError(GeonnxError):
    """The requested device, or onnxruntime itself, is not available."""


class DownloadError(GeonnxError):
    """A model or a catalogue can't be fetched."""


class OutputError(GeonnxError):
    """A result can't be written."""


class SettingsError(GeonnxError):
    """A setting of the run is out of range or does not fit the model."""


class Cancelled(GeonnxError):
    """The user stopped the run; nothing was kept, unless in a journal."""

    def __init__(self, *, has_journal: bool = False) -> None:
        super().__init__(
            "The run was cancelled; what is finished is kept in its journal, and the same call goes on from there."
            if has_journal
            else "The run was cancelled; nothing was written."
        )
