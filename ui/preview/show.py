"""What lies on the map: the picture with its opacity and threshold, and the line to compare it by."""

from __future__ import annotations

from qgis.core import QgsMapLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .overlay import Clip, MapOverlay, corners_of, to_image
from .picture import ClassPicture, Picture
from .sides import SideMaps
from .swipe import SwipeLine

_ABOVE_THE_MAP = -5.0
"""below rubber bands and other marks"""
OFF, MAP, DATES = "off", "map", "dates"
"""what the swipe line compares: nothing, the picture with the map, or the two dates of a change"""


class Shown(QObject):
    """The picture on the map; everything here acts at once."""

    thresholdChanged = pyqtSignal(object)  # noqa: N815 (a signal of Qt)
    """smallest score that is drawn, 0 to 1; None: as the model decides"""

    def __init__(self, canvas: QgsMapCanvas, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._overlay: MapOverlay | None = None
        self._picture: Picture | None = None
        self._opacities = {False: 0.75, True: 1.0}  # clouds must not be seen through an image without them
        self._threshold: float | None = None
        self._swipe = OFF
        self._line: SwipeLine | None = None
        self._sides: SideMaps | None = None
        self._dates: tuple[QgsMapLayer | None, ...] = ()
        self._is_image = False

    # ------------------------------------------------------------ what is there
    @property
    def is_visible(self) -> bool:
        """True while a picture lies on the map."""
        return self._picture is not None

    @property
    def has_scores(self) -> bool:
        """True when a threshold makes a difference."""
        return self._picture is not None and self._picture.has_scores

    @property
    def is_image(self) -> bool:
        """True when it is a restored image, no map of classes."""
        return self._is_image

    @property
    def is_change(self) -> bool:
        """True when the scores are probabilities of change."""
        return len(self._dates) == 2

    @property
    def decides_itself(self) -> bool:
        """True when no threshold means something else than that all is drawn."""
        return isinstance(self._picture, ClassPicture) and self._picture.decided is not None

    @property
    def crs_wkt(self) -> str:
        """The CRS that the picture is drawn in."""
        return "" if self._picture is None else self._picture.placement.crs_wkt

    @property
    def classes(self) -> tuple[tuple[str, int], ...]:
        """Name and colour (0xAARRGGBB) of each class that was found."""
        if not isinstance(self._picture, ClassPicture):
            return ()
        return tuple(zip(self._picture.names[1:], (int(color) for color in self._picture.colors[1:])))

    @property
    def opacity(self) -> float:
        """How far the picture covers the map, 0 to 1; images and maps of classes have one each."""
        return self._opacities[self._is_image]

    @property
    def threshold(self) -> float | None:
        """Smallest score that is drawn, 0 to 1; None: as the model decides."""
        return self._threshold

    @property
    def swipe(self) -> str:
        """What the line compares: `OFF`, `MAP` or `DATES`."""
        return self._swipe

    @property
    def can_compare_dates(self) -> bool:
        """True when both dates are layers of the project."""
        return len(self._dates) == 2 and all(layer is not None for layer in self._dates)

    @property
    def line(self) -> SwipeLine | None:
        """The swipe line while there is one."""
        return self._line

    @property
    def sides(self) -> SideMaps | None:
        """The two dates beside the line while they are compared."""
        return self._sides

    # ------------------------------------------------------------ changing it
    def show(self, picture: Picture, *, is_image: bool, dates: tuple[QgsMapLayer | None, ...] = ()) -> None:
        """Lay a new picture over the map; line and opacity stay as they were, the threshold is the picture's.

        *dates* are the layers before and after of a change (None: no layer of the project); empty for other tasks.
        """
        self._picture, self._is_image = picture, is_image
        self._dates = tuple(dates)
        self._threshold = picture.usual_threshold
        if not self._has_overlay():
            self._overlay = MapOverlay(self._canvas, _ABOVE_THE_MAP)
            self._overlay.set_frame(True)
        self._overlay.set_strength(self.opacity)
        self._paint()
        self._apply_swipe()
        self.thresholdChanged.emit(self._threshold)

    def replace(self, picture: Picture) -> None:
        """Show the same picture in another CRS."""
        if self._picture is not None:
            self._picture = picture
            self._paint()

    def clear(self) -> None:
        """Take everything off the map."""
        has_canvas = not sip.isdeleted(self._canvas)
        self._picture, self._dates = None, ()
        self._remove_line(has_canvas)
        overlay, self._overlay = self._overlay, None
        if overlay is not None and has_canvas and not sip.isdeleted(overlay):
            self._canvas.scene().removeItem(overlay)
            self._canvas.viewport().update()

    def set_opacity(self, opacity: float) -> None:
        """Choose how far the picture covers the map, 0 to 1."""
        self._opacities[self._is_image] = min(1.0, max(0.0, opacity))
        if self._has_overlay():
            self._overlay.set_strength(self.opacity)

    def set_threshold(self, threshold: float | None) -> None:
        """Draw only what has at least this score; None: as the model decides."""
        if threshold != self._threshold:
            self._threshold = threshold
            self._paint()
            self.thresholdChanged.emit(threshold)

    def set_swipe(self, swipe: str) -> None:
        """Choose what the line compares: `OFF`, `MAP` or `DATES`."""
        self._swipe = swipe
        if self.is_visible:
            self._apply_swipe()

    # ------------------------------------------------------------ parts
    def _has_overlay(self) -> bool:
        """Return True while there is something to draw on: it goes with the canvas."""
        return self._overlay is not None and not sip.isdeleted(self._overlay)

    def _paint(self) -> None:
        if self._picture is None or not self._has_overlay():
            return
        argb = self._picture.pixels(self._threshold)
        rows, columns = argb.shape
        self._overlay.set_image(to_image(argb), corners_of(self._picture.placement, columns, rows))
        least = 0 if self._threshold is None else self._threshold * 250
        self._overlay.set_labels([label for label in self._picture.labels if label.score >= least])

    def _apply_swipe(self) -> None:
        self._remove_line(not sip.isdeleted(self._canvas))
        if self._swipe == OFF or sip.isdeleted(self._canvas):
            return
        self._line = SwipeLine(self._canvas)
        self._line.moved.connect(self._move)
        if self._swipe == DATES and self.can_compare_dates:
            before, after = self._dates
            self._sides = SideMaps(self._canvas, before, after, self)
        self._line.show()
        self._move(self._line.x_px)

    def _move(self, x_px: int) -> None:
        if self._sides is not None:
            self._sides.set_line(x_px)
        elif self._has_overlay():
            self._overlay.set_clip(Clip(x_px, is_left=True))

    def _remove_line(self, has_canvas: bool) -> None:
        if self._has_overlay():
            self._overlay.set_clip(None)
        line, self._line = self._line, None
        if line is not None and not sip.isdeleted(line):
            line.remove()
        sides, self._sides = self._sides, None
        if sides is not None:
            sides.remove(has_canvas=has_canvas)
