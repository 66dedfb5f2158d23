"""What the windows know of a model; read in the background, without a look at Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...models.card.quality import read_quality
from ...models.card.types import BandSpec, ClassSpec, InputSpec, ModelCard
from ...models.catalog.entries import SUFFIXES, CatalogEntry, find_model, is_id, list_models, resolve_model
from ...models.files import is_file
from ...models.inputs import image_input
from ...models.model import load_model

MODEL_SUFFIXES = (*SUFFIXES, ".json")
"""of the files that may be given as a model"""
_TAKEN = {"change": ("change", "segment")}
"""tasks whose algorithm also runs models of other tasks: two land cover maps make a change map"""


@dataclass(frozen=True)
class ModelFacts:
    """A model that was found, read and checked."""

    model: str
    """as it was given: what goes into MODEL"""
    id: str
    """in the catalogue; empty for a file elsewhere"""
    title: str
    source: str
    """``bundled``, ``downloaded``, ``user``, or empty for a file elsewhere"""
    task: str
    card: ModelCard
    sha256: str
    licence: str = ""
    accuracy: str = ""
    """what the card says about how right the model is"""
    size_bytes: int | None = None
    problems: tuple[str, ...] = ()
    """what the description leaves open, one sentence each"""

    @property
    def image(self) -> InputSpec:
        """The input that gets the main raster."""
        return image_input(self.card)

    @property
    def bands(self) -> tuple[BandSpec, ...]:
        """The bands of the main raster, in the model's order; empty when the card names none."""
        return self.image.bands

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes of the first output that has some."""
        return next((spec.classes for spec in self.card.outputs if spec.classes), ())


@dataclass(frozen=True)
class Choices:
    """What a list of models offers."""

    entries: tuple[CatalogEntry, ...]
    files: tuple[str, ...]
    """model files elsewhere that were used lately and are still there"""


def read_facts(model: str) -> ModelFacts:
    """Return what is known of the model that *model* names: a path or a catalogue id.

    Reads and hashes files: call it in the background. Raises ModelError when the model can't be found, read, understood
    or trusted.
    """
    given = model.strip()
    loaded = load_model(given)
    card = loaded.card
    entry = _entry(given)
    return ModelFacts(
        model=given,
        id=entry.id if entry else "",
        title=card.name,
        source=entry.source if entry else "",
        task=card.task,
        card=card,
        sha256=loaded.sha256,
        licence=card.licence,
        accuracy=read_quality(card.card_path).accuracy,
        size_bytes=_size(card.model_path),
        problems=card.problems,
    )


def list_library(task: str = "") -> tuple[CatalogEntry, ...]:
    """Return the models on this computer that can be used for a task (all of them for an empty one).

    Those whose description does not tell the task cheaply are among them. Reads folders: call it in the background.
    """
    wanted = _TAKEN.get(task, (task,))
    fitting = [entry for entry in list_models() if not task or not entry.task or entry.task in wanted]
    # those made for the task come before those that merely serve it; within each, the catalogue's own order
    return tuple(sorted(fitting, key=lambda entry: bool(task) and entry.task not in (task, "")))


def list_choices(task: str, recent: Sequence[str]) -> Choices:
    """Return the models for a task, and those of the *recent* files that are still there. Call it in the background."""
    entries = list_library(task)
    known = {str(entry.path) for entry in entries}
    return Choices(entries, tuple(path for path in recent if path not in known and is_file(Path(path))))


def model_text(entry: CatalogEntry) -> str:
    """Return what names a model of the catalogue in MODEL: its id where that is enough, else its path."""
    is_plain = is_id(entry.id) and Path(entry.id).suffix.lower() not in MODEL_SUFFIXES
    return entry.id if is_plain or entry.path is None else str(entry.path)


def takes(task: str, model_task: str) -> bool:
    """Return True when the algorithm for *task* runs models made for *model_task*; an empty task takes all."""
    return not task or model_task in _TAKEN.get(task, (task,))


def _entry(given: str) -> CatalogEntry | None:
    """Return the catalogue's entry when the text is an id."""
    if not is_id(given) or str(resolve_model(given)) == given:
        return None
    return find_model(given)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
