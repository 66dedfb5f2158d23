"""A network with its scaling in front, loaded as one graph: made once, kept, and taken from there by later runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..feeds import FoldedInput, ImageFeed
from ..prepare import Prepared
from ..raster.source import BandReader
from ..runtime.graph import Graph
from ..runtime.session import open_session
from .cache import load_graph, store_graph
from .front import add_front, raw_dtype

AddBehind = Callable[[Graph], "dict[str, str]"]
"""adds operators behind the network; returns the outputs of the whole, each with its type"""


@dataclass(frozen=True)
class Wrapped:
    """A run whose network takes stored values."""

    prepared: Prepared
    recipe: str
    graph: bytes
    is_new: bool
    """True when the graph was made just now: it is to be compared with the plain way, and then kept"""

    def keep(self) -> None:
        """Keep the graph for later runs."""
        store_graph(self.prepared.model.sha256, self.recipe, self.graph)


def is_foldable(prepared: Prepared) -> bool:
    """Return True when pixels can be scaled in the graph of the network, and the user has nothing against it."""
    if not prepared.settings.options.fold:
        return False
    if prepared.settings.options.monte_carlo > 1:
        return False  # what is drawn by chance can't be compared
    if prepared.is_table and prepared.fixed_rows is not None:
        return False  # cut into pieces call by call
    has_lookup = any(item.lookup for feed in prepared.images for source in feed.sources for item in source.transforms)
    # matched histograms, and segmentation networks that are run on two dates
    return not has_lookup and prepared.runs_as_stored


def wrap(prepared: Prepared, key: object, behind: AddBehind | None = None) -> Wrapped:
    """Return the run with a network that scales by itself, and does what *behind* adds; *key* says what that is.

    Raises a GeonnxError, with the reason as half a sentence, when the model can't be wrapped.
    """
    folded = replace(
        prepared,
        feeds=tuple(
            replace(feed, folded=_folded_input(feed, number)) if isinstance(feed, ImageFeed) else feed
            for number, feed in enumerate(prepared.feeds)
        ),
    )
    recipe = _recipe(folded, key)
    graph = load_graph(prepared.model.sha256, recipe)
    is_new = graph is None
    if graph is None:
        graph = build_graph(folded, behind)
    session = open_session(
        graph,
        ("geonnx_result",) if behind else tuple(spec.name for spec in prepared.outputs),
        device=prepared.settings.device,
        threads=prepared.settings.options.threads,
        half=prepared.half is not None,
    )
    return Wrapped(replace(folded, session=session), recipe, graph, is_new)


def build_graph(prepared: Prepared, behind: AddBehind | None) -> bytes:
    """Return the ONNX file of the network with everything around it; the feeds of the run say what it gets.

    Raises ModelError, with the reason as half a sentence, when the model can't be wrapped.
    """
    graph = Graph(prepared.model.card.model_path, prepared.half)
    for number, feed in enumerate(prepared.feeds):
        if isinstance(feed, ImageFeed):
            add_front(graph, feed, number)
    graph.behind()
    graph.outputs(behind(graph) if behind else {spec.name: spec.dtype for spec in prepared.outputs})
    return graph.serialise()


def _recipe(prepared: Prepared, key: object) -> str:
    """Return a text that differs wherever the graph does."""
    feeds = [
        (
            feed.spec,
            feed.dtype.name,
            feed.fill,
            feed.folded,
            [(source.transforms, raw_dtype(feed)) for source in feed.sources],
        )
        for feed in prepared.images
    ]
    outputs = [spec.name for spec in prepared.outputs]
    return repr((feeds, key, outputs, "float16" if prepared.half else ""))


def _folded_input(feed: ImageFeed, number: int) -> FoldedInput:
    is_complete = all(
        source.hidden is None and BandReader(source.raster, source.bands.numbers).is_complete for source in feed.sources
    )
    return FoldedInput(f"geonnx_raw{number}", "" if is_complete else f"geonnx_valid{number}", raw_dtype(feed))
