"""A model and its rasters brought together: what fills each input, checked, and the network loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card.types import ModelCard, OutputSpec
from .errors import ModelError, SettingsError
from .feedback import Feedback
from .feeds import ImageFeed
from .forms import pick_form
from .half_loss import HalfLoss
from .inputs import Feed, OpenRasters, RasterInputs, explain_pixels, make_feeds, open_inputs
from .model import Model
from .pipeline import run_aside
from .radar import radar_places
from .raster.bands import BandChoice, explain_repeated
from .raster.grid import Grid, Window
from .raster.sink import check_compression
from .raster.source import RasterInfo
from .runtime.session import Session, open_session
from .said import once_for_all
from .settings import RunOptions, RunSettings
from .values import report_values


@dataclass(frozen=True)
class Prepared:
    """Rasters, inputs and network of a run; which windows it goes over is not said yet."""

    model: Model
    settings: RunSettings
    rasters: OpenRasters
    feeds: tuple[Feed, ...]
    session: Session
    outputs: tuple[OutputSpec, ...]
    """in the order in which `run_network` gives them"""
    wanted: Window
    """the part to process, in pixels of the first raster as it is stored"""
    target: Window
    """the same on ``raster.grid``"""
    runs_as_stored: bool = True
    """False when the network that runs is put together from the model's file, so that its inputs have other names"""
    open_network: Callable[..., Session] = open_session
    """what loads the network, called as `open_session` is"""
    half: bytes | None = None
    """the model in float16, where that is what runs"""
    half_loss: HalfLoss | None = None
    """what float16 changes"""

    @property
    def images(self) -> tuple[ImageFeed, ...]:
        """The inputs that hold pixels."""
        return tuple(feed for feed in self.feeds if isinstance(feed, ImageFeed))

    @property
    def raster(self) -> RasterInfo:
        """The first raster, on the grid on which the network runs."""
        return self.images[0].sources[0].raster

    @property
    def bands(self) -> BandChoice:
        """Bands of the first raster."""
        return self.images[0].sources[0].bands

    @property
    def is_table(self) -> bool:
        """True for networks that take pixels without their neighbours."""
        return "N" in self.images[0].spec.dims

    @property
    def fixed_rows(self) -> int | None:
        """Number of tiles (or pixels of a table) that the network takes at a time, where that is fixed."""
        spec = self.images[0].spec
        if self.is_table:
            return spec.size("N")
        return spec.size("B") if "B" in spec.dims else 1

    @property
    def result_grid(self) -> Grid:
        """Where results lie: the raster's own grid, cut to the extent, unless OPTIONS.grid is ``model``."""
        if self.settings.options.grid == "raster":
            return self.rasters.native.grid.crop(self.wanted)
        return self.raster.grid.crop(self.target)


def prepare(
    model: Model,
    inputs: RasterInputs,
    settings: RunSettings,
    *,
    outputs: Sequence[OutputSpec],
    crs_wkt: str | None = None,
    feedback: Feedback | None = None,
    open_network: Callable[..., Session] = open_session,
) -> Prepared:
    """Check the model, the rasters and the settings against each other, and load the model.

    *outputs* are those that the run wants. *crs_wkt* is used instead of the first raster's own CRS. *open_network*
    loads the network, called as `open_session` is. Raises a GeonnxError that names the first thing that does not fit.
    """
    feedback = feedback or Feedback()
    model = pick_form(model, settings, feedback)
    card = model.card
    check_compression(settings.options.compress)
    for problem in card.problems:
        feedback.warn(problem)
    rasters = open_inputs(inputs, card, settings, crs_wkt)
    feeds = make_feeds(rasters, card, settings)
    if rasters.note:
        feedback.warn(rasters.note)
    images = [feed for feed in feeds if isinstance(feed, ImageFeed)]
    if not images:
        raise ModelError(f"{card.name} takes no image; expected a model that maps pixels.")
    _refuse_unused_options(card, images, settings.options)
    names = [source.raster.name for feed in images for source in feed.sources]
    with once_for_all(feedback, names) as told:
        _report_bands(images, told)
    grid, native = rasters.image[0].grid, rasters.native.grid
    wanted = native.window if settings.extent is None else native.window_of(list(settings.extent))
    is_resampled = (grid.width, grid.height) != (native.width, native.height)
    target = grid.window_of(native.crop(wanted).outline()) if is_resampled else wanted
    if pixels := explain_pixels(card, rasters.native):
        feedback.warn(pixels)
    if is_resampled:
        feedback.log(
            f"Resampled from {native.width} × {native.height} px to {grid.width} × {grid.height} px, the "
            f"{card.gsd_m:g} m that the model was trained on."
        )
    with once_for_all(feedback, names) as told:
        report_values(images, settings.options, target, told)
    session = open_network(
        card.model_path,
        tuple(output.name for output in outputs),
        device=settings.device,
        threads=settings.options.threads,
    )
    if session.warning:
        feedback.warn(session.warning)
    is_stored = open_network is open_session
    return Prepared(model, settings, rasters, feeds, session, tuple(outputs), wanted, target, is_stored, open_network)


def _refuse_unused_options(card: ModelCard, images: list[ImageFeed], options: RunOptions) -> None:
    """Raise SettingsError for options about clouds or radar that this model has no use for."""
    if card.task != "clouds" and (options.cloud_bands.strip() or options.hide_clouds is not None):
        name = "cloud_bands" if options.cloud_bands.strip() else "hide_clouds"
        raise SettingsError(f"OPTIONS has {name}, which is for the removal of clouds: leave it out.")
    radar = [feed.spec for feed in images if radar_places(feed.spec, len(feed.sources[0].bands.numbers))]
    if options.sar and not any(spec.radar_unit for spec in radar):
        why = "its card does not say what it wants" if radar else "it takes none"
        raise SettingsError(
            f"OPTIONS has sar, which says what radar holds so that {card.name} gets what it wants, and {why}: leave it "
            "out."
        )


def _report_bands(images: list[ImageFeed], feedback: Feedback) -> None:
    for feed in images:
        for source in feed.sources:
            raster, bands = source.raster, source.bands
            feedback.log(f"Raster: {raster.name}, {raster.grid.width} × {raster.grid.height} px; bands: {bands.how}.")
            if repeated := explain_repeated(bands, raster.name):
                feedback.warn(repeated)
            if not bands.is_assumed:
                continue
            names = ", ".join(feed.spec.band_names)
            feedback.warn(
                f"The bands of {raster.name} have no names; they are taken to be {names}."
                if names
                else f"Nothing says which bands of {raster.name} the model wants, so they are taken in the order of "
                "the file; set BANDS if the model was trained on another order."
            )


def empty_tensors(feeds: tuple[Feed, ...], count: int, width: int, height: int) -> dict[str, NDArray[Any]]:
    """Return the tensors of *count* empty tiles of *width* × *height* px, to see what a network makes of them."""
    window = Window(0, 0, width, height)
    return {
        feed.spec.name: np.zeros(feed.shape(count, height, width), feed.dtype)
        if isinstance(feed, ImageFeed)
        else feed.fill(count, [window], width * height)
        for feed in feeds
    }


def try_network(prepared: Prepared, tensors: Mapping[str, NDArray[Any]], feedback: Feedback) -> list[NDArray[Any]]:
    """Return what `run_network` gives for a batch outside of a run; raise Cancelled soon after the user stops it."""
    session = prepared.session
    rows = prepared.fixed_rows if prepared.is_table else None
    return run_aside(
        lambda: run_network(session, tensors, rows), cancelled=feedback.cancelled, interrupt=session.interrupt
    )


def run_network(
    session: Session, tensors: Mapping[str, NDArray[Any]], fixed_rows: int | None = None
) -> list[NDArray[Any]]:
    """Return the outputs for a batch, in the order in which they were asked for.

    A pixel table is cut into pieces of *fixed_rows* where their number is fixed. Raises ModelError when the network
    refuses the batch, DeviceMemoryError when the device has not the memory for it.
    """
    if fixed_rows is None:
        return session.run(tensors)
    rows = len(next(iter(tensors.values())))
    pieces = []
    for start in range(0, rows, fixed_rows):
        part = {name: tensor[start : start + fixed_rows] for name, tensor in tensors.items()}
        lacking = start + fixed_rows - rows
        if lacking > 0:
            part = {name: np.concatenate([rows_, rows_[-1:].repeat(lacking, axis=0)]) for name, rows_ in part.items()}
        pieces.append(session.run(part))
    return [np.concatenate(parts)[:rows] for parts in zip(*pieces)]
