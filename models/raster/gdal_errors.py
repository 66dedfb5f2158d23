"""GDAL's errors as our own, without touching the settings that QGIS shares with us.

``gdal.UseExceptions()`` is global to the process, so it is left as it is; this works with it on or off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osgeo import gdal

from ..errors import GeonnxError

_NO_SPACE = ("no space left", "disk is full", "file too large", "disk quota", "enospc")


@contextmanager
def gdal_errors(failure: type[GeonnxError], doing: str) -> Iterator[list[str]]:
    """Collect GDAL's failures of this thread and raise them as *failure* when the block ends.

    *doing* begins the sentence, such as "can't read scene.tif". The list that is yielded holds the messages so far.
    """
    messages: list[str] = []

    def collect(severity: int, _number: int, message: str) -> None:
        if severity >= gdal.CE_Failure:
            messages.append(" ".join(message.split()))

    gdal.PushErrorHandler(collect)
    try:
        yield messages
    except RuntimeError as error:
        messages.append(" ".join(str(error).split()))
    finally:
        gdal.PopErrorHandler()
    if messages:
        if any(is_full(message) for message in messages):
            raise failure(f"{doing}: the disk is full. Free some space or choose another folder.")
        told = messages[0][:300].rstrip(".")
        if any("write error" in message.lower() for message in messages):  # newer libtiff keeps the reason to itself
            raise failure(
                f"{doing}: the disk is full, or takes no more for another reason ({told}). Free some space or choose "
                "another folder."
            )
        raise failure(f"{doing}: {told}.")


def is_full(message: str) -> bool:
    """Return True when GDAL's message says that there is no room on the disk."""
    return any(sign in message.lower() for sign in _NO_SPACE)


def close_dataset(dataset: gdal.Dataset | None) -> None:
    """Close a dataset now where GDAL can do that; older ones do it as the last reference goes.

    Left to itself, newer GDAL prints what fails then, in place of raising it.
    """
    if dataset is not None and hasattr(dataset, "Close"):
        dataset.Close()


def short_name(path: str) -> str:
    """Return a name for messages: the file's own for paths, the whole text for anything else."""
    if path.lstrip().startswith("<"):
        return "the stack of band files"
    return Path(path).name if "://" not in path else path
