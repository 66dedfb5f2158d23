"""The preview: a run over what the map shows, laid over the map until it is cleared."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsProject,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDir, QObject, pyqtSignal

from ...processing.base import translate
from ..background import Reader
from .area import Area, choose_area
from .picture import Picture
from .plan import CHANGE, CLOUDS, preview_parameters, same_settings
from .read import Results, read_picture, to_crs
from .running import BackgroundRun, discard
from .show import Shown
from .subject import Source, Subject, describe_source, find_layer, first_raster, footprint_of, layers_of, look
from .where import extent_of, sentence_of, target_wkt, visible_extent

if TYPE_CHECKING:
    from ..runs.request import RunRequest


@dataclass
class _Attempt:
    """One preview on its way."""

    request: RunRequest
    source: Source
    layer_ids: frozenset[str]
    folder: Path
    begun_s: float
    given_up: threading.Event
    subject: Subject | None = None
    area: Area | None = None
    run: BackgroundRun | None = None


class Preview(QObject):
    """Runs a request on what a map canvas shows, in the background, and lays the result over the map.

    The result is not a layer of the project, and the run does not stand in the history. Opacity, threshold and swipe
    line act on what was computed, at once.
    """

    started = pyqtSignal()
    progressed = pyqtSignal(float)
    """0 to 1"""
    finished = pyqtSignal(str)
    """a sentence that says what is shown"""
    failed = pyqtSignal(str)
    """a sentence that says why nothing is"""
    stopped = pyqtSignal()
    """the user, or a change of the project, ended the run"""
    shownChanged = pyqtSignal()  # noqa: N815 (a signal of Qt)
    """a picture was laid over the map, or taken away"""

    def __init__(self, canvas: QgsMapCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._reader, self._warper = Reader(self), Reader(self)
        self._attempt: _Attempt | None = None
        self._shown = Shown(canvas, self)
        self._picture: Picture | None = None
        self._crs: QgsCoordinateReferenceSystem | None = None
        self._picture_layers: frozenset[str] = frozenset()
        self._answered: RunRequest | None = None
        self._is_closed = False
        canvas.destinationCrsChanged.connect(self._follow_crs)
        project = QgsProject.instance()
        project.layersWillBeRemoved.connect(self._forget_layers)
        project.cleared.connect(self.clear)

    # ------------------------------------------------------------ what a window asks for
    @property
    def is_running(self) -> bool:
        """True between `started` and `finished`, `failed` or `stopped`."""
        return self._attempt is not None

    @property
    def shown(self) -> Shown:
        """What lies on the map: opacity, threshold, swipe line."""
        return self._shown

    def start(self, request: RunRequest) -> None:
        """Compute a preview of what the map shows now; one that is on its way is given up."""
        self._give_up()
        parameters = request.parameters
        value = first_raster(request.algorithm, parameters)
        if value is None:
            self._fail(translate("There is no raster to preview: choose one first."))
            return
        layer = find_layer(value)
        if layer is not None and layer.providerType() != "gdal":
            self._fail(
                translate(
                    "'{}' is a layer of the kind {}; a preview needs a raster file: save it as GeoTIFF first "
                    "(Export ▸ Save As)."
                ).format(layer.name(), layer.providerType())
            )
            return
        attempt = _Attempt(
            request,
            describe_source(value),
            frozenset(layer.id() for layer in layers_of(request.algorithm, parameters)),
            Path(QDir.tempPath()) / f"geonnx_preview_{uuid.uuid4().hex}",
            time.monotonic(),
            threading.Event(),
        )
        self._attempt = attempt
        self.started.emit()
        model = str(parameters.get("MODEL") or "")
        self._reader.ask(lambda: _look(attempt, model), self._looked, self._fail)

    def is_answer_to(self, request: RunRequest) -> bool:
        """Return True when what is shown was computed with the settings of *request*, if for another part."""
        answered = self._answered
        return (
            answered is not None
            and answered.algorithm == request.algorithm
            and same_settings(answered.parameters, request.parameters)
        )

    def stop(self) -> None:
        """Give up the preview that is on its way; what is shown stays."""
        if self._attempt is not None:
            self._give_up()
            self.stopped.emit()

    def clear(self) -> None:
        """Give up what is on its way, and take what is shown off the map."""
        self.stop()
        self._warper.forget()
        self._picture = None
        self._picture_layers = frozenset()
        if self._shown.is_visible:
            self._shown.clear()
            self.shownChanged.emit()

    def close(self) -> None:
        """End for good: nothing is left on the map, in the background or connected."""
        self.clear()
        if self._is_closed:
            return
        self._is_closed = True
        project = QgsProject.instance()
        project.layersWillBeRemoved.disconnect(self._forget_layers)
        project.cleared.disconnect(self.clear)
        if not sip.isdeleted(self._canvas):
            self._canvas.destinationCrsChanged.disconnect(self._follow_crs)

    # ------------------------------------------------------------ the steps of an attempt
    def _looked(self, subject: Subject) -> None:
        attempt = self._attempt
        if attempt is None or sip.isdeleted(self._canvas):
            return
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(attempt.request.algorithm)
        if algorithm is None:
            self._fail(translate("The algorithm {} is not there: is GeONNX enabled?").format(attempt.request.algorithm))
            return
        footprint = footprint_of(subject.grid, attempt.source.crs)
        try:
            visible = visible_extent(self._canvas, footprint.crs)
        except QgsCsException:
            self._fail(translate("The map's extent can't be brought to the raster's coordinate reference system."))
            return
        within = extent_of(algorithm, attempt.request.parameters, footprint.crs)
        area = choose_area(visible, footprint, pixels_each=subject.pixels_each, within=within)
        if area is None:
            self._fail(translate("The map does not show the part that would be computed: zoom to the raster first."))
            return
        attempt.subject, attempt.area = subject, area
        destinations = [item.name() for item in algorithm.destinationParameterDefinitions()]
        parameters = preview_parameters(
            attempt.request.algorithm,
            attempt.request.parameters,
            destinations,
            area,
            attempt.folder,
            gives_scores=subject.gives_scores,
        )
        attempt.run = BackgroundRun(algorithm, parameters, attempt.folder)
        attempt.run.progressed.connect(self.progressed)
        attempt.run.ended.connect(self._ran)
        attempt.run.start()

    def _ran(self, succeeded: bool, results: dict[str, Any], reason: str) -> None:
        attempt = self._attempt
        if attempt is None or attempt.subject is None or attempt.area is None:
            return
        if not succeeded:
            self._fail(reason)
            return
        files = {name: value for name, value in results.items() if isinstance(value, str)}
        given = attempt.request.parameters.get("THRESHOLD")
        threshold = attempt.subject.change_threshold if given in (None, "") else float(given)
        kept = Results(
            attempt.request.algorithm,
            files,
            attempt.subject.classes,
            threshold if attempt.request.algorithm == CHANGE else None,
            attempt.source.stretch,
        )
        crs_wkt = target_wkt(self._canvas, attempt.area.crs)
        self._reader.ask(lambda: _read(kept, crs_wkt, attempt.folder), self._read, self._fail)

    def _read(self, pictures: tuple[Picture, Picture]) -> None:
        attempt = self._attempt
        if attempt is None or attempt.area is None or sip.isdeleted(self._canvas):
            return
        self._attempt = None
        self._picture, here = pictures
        self._crs = attempt.area.crs
        self._picture_layers = attempt.layer_ids
        self._answered = attempt.request
        parameters = attempt.request.parameters
        algorithm = attempt.request.algorithm
        names = ("BEFORE", "AFTER") if algorithm == CHANGE else ()
        dates = tuple(find_layer(parameters.get(name)) for name in names)
        self._shown.show(here, is_image=algorithm == CLOUDS, dates=dates)
        self.shownChanged.emit()
        self.finished.emit(sentence_of(attempt.area.share, time.monotonic() - attempt.begun_s))
        self._follow_crs()  # it may have changed meanwhile

    def _fail(self, reason: str) -> None:
        self._give_up()
        self.clear()  # what is shown would be taken for the answer
        self.failed.emit(reason)

    def _give_up(self) -> None:
        attempt, self._attempt = self._attempt, None
        self._reader.forget()
        if attempt is None:
            return
        attempt.given_up.set()
        if attempt.run is None:
            discard(attempt.folder)
        else:
            attempt.run.give_up()

    # ------------------------------------------------------------ what happens to map and project
    def _follow_crs(self) -> None:
        """Bring the picture to the CRS that the map has now."""
        if self._picture is None or self._crs is None or sip.isdeleted(self._canvas):
            return
        crs_wkt = target_wkt(self._canvas, self._crs)
        if self._shown.crs_wkt in (crs_wkt, self._picture.placement.crs_wkt if not crs_wkt else None):
            return
        picture = self._picture
        self._warper.ask(lambda: to_crs(picture, crs_wkt) if crs_wkt else picture, self._shown.replace, self._fail)

    def _forget_layers(self, ids: list[str]) -> None:
        gone = set(ids)
        if self._attempt is not None and gone & self._attempt.layer_ids:
            self.stop()
        if gone & self._picture_layers:
            self.clear()


def _look(attempt: _Attempt, model: str) -> Subject:
    """Describe raster and model, and make the folder for the results (in another thread)."""
    subject = look(attempt.request.algorithm, attempt.source, model)
    if not attempt.given_up.is_set():
        attempt.folder.mkdir(parents=True)
        if attempt.given_up.is_set():
            discard(attempt.folder)
    return subject


def _read(results: Results, crs_wkt: str, folder: Path) -> tuple[Picture, Picture]:
    """Return the picture as it was computed and in the map's CRS, and remove the files (in another thread)."""
    try:
        picture = read_picture(results)
        return picture, to_crs(picture, crs_wkt) if crs_wkt else picture
    finally:
        discard(folder)
