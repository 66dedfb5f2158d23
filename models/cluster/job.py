"""What a worker is told of a run, and what it gives back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import DeviceError
from ..gaps import GapCounts
from ..model import file_sha256, model_files
from ..plan import Plan
from ..raster.source import open_dataset
from ..runtime.session import Elsewhere
from ..stages import ChosenTile, MapTask, Piece, ScoredTile
from ..version import VERSION

_LARGEST_CARRIED_BYTES = 256 << 20
"""of a network that is sent to the workers; they read a larger one from its file"""


@dataclass(frozen=True)
class Requirements:
    """What a machine needs for a job."""

    raster_files: dict[str, int]
    """path → size in bytes of the files that hold the rasters"""
    model_files: dict[str, str]
    """path → SHA-256 of the files that the network is read from; empty where it is sent"""
    version: str = VERSION


@dataclass(frozen=True)
class Job:
    """A run, ready to be sent: the plan is the client's own, so that tiles, bands and scaling are the same everywhere.

    Its session holds no network: a worker loads *network* on its own device.
    """

    key: str
    plan: Plan
    task: MapTask
    network: Elsewhere
    needs: Requirements
    device: str


@dataclass(frozen=True)
class Greeting:
    """What a worker is."""

    worker: str
    """its address"""
    provider: str
    """the execution provider that runs the network there"""
    runtime_version: str
    """of onnxruntime"""


@dataclass(frozen=True)
class TileResults:
    """What became of some tiles."""

    tiles: int
    seen: int
    """tiles that the network saw"""
    pieces: tuple[Piece, ...] = ()
    """finished pixels; empty where tiles are blended"""
    scored: tuple[ScoredTile, ...] = ()
    """tiles, in their order, that are still to be joined with their neighbours"""
    tally: int = 0
    """what the task counted, where it counts: see `CountingTask`"""
    gaps: dict[str, GapCounts] = field(default_factory=dict)
    """areas that may be undeclared gaps, by the name of the raster"""
    seconds: float = 0.0
    greeting: Greeting | None = None
    """of the worker; None where no worker was needed"""
    warnings: tuple[str, ...] = ()


def no_results(tiles: Sequence[ChosenTile]) -> TileResults:
    """Return the results of tiles of which no pixel is wanted."""
    scored = tuple(ScoredTile(chosen.tile, chosen.tile.read, None, None) for chosen in tiles)
    return TileResults(len(tiles), 0, scored=scored)


def make_job(plan: Plan, task: MapTask, device: str) -> Job:
    """Return the job for a plan whose network is to be loaded elsewhere.

    Raises RasterError or ModelError when a file can't be read, DeviceError when the network is loaded here already.
    """
    prepared = plan.prepared
    network = prepared.session.elsewhere
    if network is None:
        raise DeviceError(f"DEVICE is '{prepared.settings.device}', and the network is loaded here already.")
    files: dict[str, str] = {}
    if isinstance(network.model, Path):
        path = network.model.absolute()
        found = model_files(path, prepared.model)
        is_carried = len(found) == 1 and path.stat().st_size <= _LARGEST_CARRIED_BYTES
        network = replace(network, model=path.read_bytes() if is_carried else path)
        files = {} if is_carried else {str(file): digest for file, digest in found.items()}
    bare_session = replace(prepared.session, handle=None, networks=(), elsewhere=None)
    bare_plan = replace(plan, prepared=replace(prepared, session=bare_session, half=None))
    needs = Requirements(dict(_raster_files(plan)), files)
    return Job(uuid.uuid4().hex, bare_plan, task, network, needs, device)


def _raster_files(plan: Plan) -> Iterator[tuple[str, int]]:
    """Yield path and size of every plain file that the rasters of a plan are read from."""
    sources = [source for feed in plan.prepared.images for source in feed.sources]
    for path in {raster.path for source in sources for raster in source.rasters}:
        for name in open_dataset(path).GetFileList() or []:
            file = Path(name)
            if file.is_file():  # others: members of an archive, addresses
                yield str(file.absolute()), file.stat().st_size


def check_requirements(needs: Requirements, where: str) -> None:
    """Check that this machine, called *where* in messages, has what a job needs; raise DeviceError."""
    if needs.version != VERSION:
        raise DeviceError(
            f"{where} has GeONNX {VERSION}, and the run was started with {needs.version}: install the same everywhere."
        )
    for name, size in needs.raster_files.items():
        path = Path(name)
        found = path.stat().st_size if path.is_file() else None
        if found is None:
            raise DeviceError(
                f"{where} has no file {name}: put rasters where all machines see them under the same path, or into "
                "object storage (/vsis3/…)."
            )
        if found != size:
            raise DeviceError(
                f"{where} has another file {name}: expected {size} bytes, found {found}. Put rasters where all "
                "machines see the same files."
            )
    for name, digest in needs.model_files.items():
        if not Path(name).is_file():
            raise DeviceError(
                f"{where} has no file {name}, which the model is read from: put the model where all machines see it "
                "under the same path."
            )
        if file_sha256(Path(name)) != digest:
            raise DeviceError(
                f"{where} has another file {name}: its SHA-256 is not {digest[:12]}…. Put the model where all machines "
                "see the same files."
            )
