"""The button beside a field that takes what is not a layer of the project yet: a file, or a product as downloaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QMimeData, QUrl
from qgis.PyQt.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from ...processing.base import translate

_LAST_FOLDER = "geonnx/panel/last_raster_folder"


def add_browse_actions(menu: QMenu, parent: QWidget, take: Callable[[Sequence[str]], None], *, several: bool) -> None:
    """Add to a menu what opens a file dialog and hands the chosen paths to *take*."""

    def browse_files() -> None:
        start = str(QgsSettings().value(_LAST_FOLDER, "") or "")
        title, kinds = translate("Choose rasters"), _file_filter()
        if several:
            paths, _ = QFileDialog.getOpenFileNames(parent, title, start, kinds)
        else:
            path, _ = QFileDialog.getOpenFileName(parent, translate("Choose a raster"), start, kinds)
            paths = [path] if path else []
        _hand_on(paths, take)

    def browse_folder() -> None:
        start = str(QgsSettings().value(_LAST_FOLDER, "") or "")
        path = QFileDialog.getExistingDirectory(parent, translate("Choose the folder of a satellite product"), start)
        _hand_on([path] if path else [], take)

    files = menu.addAction(translate("File…"))
    files.setToolTip(translate("A raster file, or a satellite product as zip, tar or metadata file"))
    files.triggered.connect(browse_files)
    folder = menu.addAction(translate("Product folder…"))
    folder.setToolTip(translate("The folder of a satellite product, such as …MSIL2A….SAFE or of a Landsat scene"))
    folder.triggered.connect(browse_folder)
    menu.setToolTipsVisible(True)


def browse_button(parent: QWidget, take: Callable[[str], None]) -> QToolButton:
    """Return the button "…" that offers a file or the folder of a product and hands its path to *take*."""
    button = QToolButton(parent)
    button.setText("…")
    button.setToolTip(translate("Choose a raster file or a satellite product that is not in the project"))
    button.setAccessibleName(translate("Choose a file or product"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    add_browse_actions(menu, parent, lambda paths: take(paths[0]), several=False)
    button.setMenu(menu)
    return button


def dropped_files(data: QMimeData) -> list[str]:
    """Return the paths of the local files that are dropped."""
    return [url.toLocalFile() for url in data.urls() if isinstance(url, QUrl) and url.isLocalFile()]


def _hand_on(paths: Sequence[str], take: Callable[[Sequence[str]], None]) -> None:
    if paths:
        QgsSettings().setValue(_LAST_FOLDER, paths[0].rsplit("/", 1)[0])
        take(paths)


def _file_filter() -> str:
    return translate(
        "Rasters and products (*.tif *.tiff *.vrt *.jp2 *.img *.nc *.zip *.tar *.gz *.tgz *.xml *_MTL.txt *_MTL.json);;"
        "All files (*)"
    )
