"""Nothing half-written looks finished: results grow in a hidden folder beside their place and move there at the end."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from ..errors import OutputError

# files that belong to a raster or vector file of the same name; leftovers of an earlier run must not describe a new one
COMPANIONS = (".aux.xml", ".ovr", ".msk")
_SHAPEFILE_INDEXES = (".qix", ".sbn", ".sbx", ".idm", ".ind", ".atx", ".ain", ".aih")
_PREFIX = ".geonnx-"


class Staging:
    """Hidden folders in which results are made, one beside each final folder."""

    def __init__(self) -> None:
        """Start without any folder."""
        self._folders: dict[Path, Path] = {}
        self._staged: list[tuple[Path, Path]] = []
        self._afterwards: list[Callable[[], None]] = []

    def path_for(self, final: str) -> str:
        """Return where to write the file that shall become *final*.

        Raises OutputError when the folder of *final* does not exist or can't be written to.
        """
        target = Path(final).expanduser().absolute()
        if target.is_dir():
            raise OutputError(f"The output {target} is a folder; expected the name of a file in it.")
        if not target.parent.is_dir():
            raise OutputError(f"The output folder {target.parent} does not exist: create it or choose another.")
        folder = self._folders.get(target.parent)
        if folder is None:
            try:
                _sweep(target.parent)
                folder = Path(tempfile.mkdtemp(prefix=_own_prefix(), dir=target.parent))
            except OSError as error:
                raise OutputError(
                    f"The output folder {target.parent} can't be written to ({error.strerror}): choose another."
                ) from None
            self._folders[target.parent] = folder
        if target.exists() and not os.access(target, os.W_OK):
            raise OutputError(f"The output {target} exists and may not be overwritten: choose another name.")
        staged = folder / target.name
        if (staged, target) not in self._staged:
            self._staged.append((staged, target))
        return str(staged)

    def scratch_for(self, final: str) -> str:
        """Return where to write what is needed on the way to *final*; it is deleted at the end."""
        target = Path(final).expanduser().absolute()
        return str(self._folders[target.parent] / f"~{target.name}")

    def when_published(self, action: Callable[[], None]) -> None:
        """Do *action* once every file is in its final place."""
        self._afterwards.append(action)

    def publish(self) -> None:
        """Move every file to its final place, companions included; raise OutputError when one can't be moved."""
        # all old companions first: results of one name in different formats move together
        for _, target in self._staged:
            _clear_companions(target)
        for staged, target in self._staged:
            try:
                for file in sorted(staged.parent.glob(f"{escape(staged.stem)}.*"), key=lambda path: path == staged):
                    # the file itself goes last: where it is, everything that belongs to it is there too
                    file.replace(target.with_name(file.name))
            except OSError as error:
                raise OutputError(f"{target} can't be put in place: {error.strerror}.") from None
        for action in self._afterwards:
            action()

    def remove(self) -> None:
        """Delete the hidden folders with all that is left in them."""
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def _clear_companions(target: Path) -> None:
    """Delete what an earlier result of this name left beside it."""
    try:
        for suffix in COMPANIONS:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        for suffix in _SHAPEFILE_INDEXES if target.suffix.lower() == ".shp" else ():
            # an old spatial index would hide features of the new file
            target.with_suffix(suffix).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{target} can't be replaced: {error.strerror}.") from None


def _own_prefix() -> str:
    """Return how the hidden folders of this process begin: machine and process number tell whose they are."""
    return f"{_PREFIX}{_machine()}-{os.getpid()}-"


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", platform.node()) or "machine"


def _sweep(folder: Path) -> None:
    """Delete hidden folders of runs on this machine that were killed before they could do it themselves."""
    if os.name != "posix":
        return  # elsewhere asking for a process would end it
    for left in folder.glob(f"{_PREFIX}{_machine()}-*-*"):
        number = left.name.split("-")[-2]
        if number.isdigit() and not _is_running(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process
        return True
    return True


@contextmanager
def staging() -> Iterator[Staging]:
    """Yield a `Staging` that publishes when the block ends well, and in any case leaves no hidden folder behind."""
    stage = Staging()
    try:
        yield stage
        stage.publish()
    finally:
        stage.remove()
