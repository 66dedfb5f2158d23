"""A run that goes on where it was killed: what decides its pixels, and the journal of what is finished."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import Cancelled
from .feeds import PixelMask
from .prepare import Prepared
from .provenance import describe_run
from .raster.journal import Journal
from .raster.source import open_dataset
from .raster.staging import Staging
from .settings import changed_options

_CHANGES_NO_PIXEL = ("threads", "compress", "overviews", "shift_map")


@contextmanager
def open_journal(
    prepared: Prepared, cut: Mapping[str, Any], products: Iterable[str], beside: str, stage: Staging
) -> Iterator[Journal | None]:
    """Yield the journal of a run whose main result is *beside*; None unless OPTIONS asks for it.

    *cut* says, under the names of parameters, how the raster is cut for the network. The journal is kept when the run
    fails, and removed once the results of *stage* are in their place. Raises SettingsError when there is one of another
    run, OutputError when another process writes it.
    """
    if not prepared.settings.options.resume:
        yield None
        return
    names = sorted(products)
    journal = Journal(beside, {**_identity(prepared), **cut, "results": names}, names)
    try:
        yield journal
    except Cancelled as error:
        journal.close()
        raise Cancelled(has_journal=True) from error
    except BaseException:
        journal.close()
        raise
    stage.when_published(journal.remove)


def state_of_file(path: Path) -> list[Any]:
    """Return what tells whether a file is still the same: its name, size and time."""
    try:
        state = path.stat()
    except OSError:  # not a file of this machine: an archive's member, an address
        return [str(path)]
    return [str(path), state.st_size, state.st_mtime_ns]


def _identity(prepared: Prepared) -> dict[str, Any]:
    """Return what decides the pixels of a run, under names that people understand."""
    settings = prepared.settings
    described = describe_run(prepared)
    options = {
        name: value for name, value in changed_options(settings.options).items() if name not in _CHANGES_NO_PIXEL
    }
    sources = [source for feed in prepared.images for source in feed.sources]
    paths = [Path(settings.mask_path)] if settings.mask_path else []
    return {
        "MODEL": described["MODEL_SHA256"],
        "model description": hashlib.sha256(repr(prepared.model.card).encode()).hexdigest(),
        "input rasters": [_state_of(source.raster.path) for source in sources],
        "BANDS": [list(source.bands.numbers) for source in sources],
        "scaling of values": hashlib.sha256(repr([source.transforms for source in sources]).encode()).hexdigest(),
        "cloud masks": [_state_of_mask(source.hidden) for source in sources],
        "MASK": [state_of_file(path) for path in paths],
        "EXTENT": [prepared.target.x, prepared.target.y, prepared.target.width, prepared.target.height],
        "OPTIONS": options,
        "DEVICE": prepared.session.provider,
        "version of the software": [described["GEONNX_VERSION"], described["ONNXRUNTIME_VERSION"]],
    }


def _state_of_mask(mask: PixelMask | None) -> list[Any]:
    """Return what tells whether a mask still marks the same pixels."""
    return [] if mask is None else [mask.key, mask.made_by or _state_of(mask.raster.path)]


def _state_of(path: str) -> list[Any]:
    """Return what tells whether a raster is still the same: its name, and size and time of its files."""
    files = open_dataset(path).GetFileList() or []
    name = path if not path.lstrip().startswith("<") else hashlib.sha256(path.encode()).hexdigest()
    return [name, *(state_of_file(Path(file)) for file in sorted(files))]
