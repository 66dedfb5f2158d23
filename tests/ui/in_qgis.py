"""Runs inside a real QGIS (``qgis --code``): segments a scene, shows the result, takes pictures, and says what it sees.

The job is a JSON file named by GEONNX_UI_JOB; what was found is written to the file that it names.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsLayerTreeModel, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QModelIndex, Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QLabel, QScrollArea, QWidget
from qgis.utils import active_plugins, iface

JOB = json.loads(Path(os.environ["GEONNX_UI_JOB"]).read_text(encoding="utf-8"))


def settle(rounds: int = 30) -> None:
    """Let the windows draw themselves."""
    for _ in range(rounds):
        QApplication.processEvents()
        QApplication.sendPostedEvents()


def save(widget: QWidget, name: str) -> str:
    settle()
    path = Path(JOB["pictures"]) / f"{name}.png"
    if not widget.grab().save(str(path)):
        raise OSError(f"{path} was not written")
    return str(path)


def segment() -> dict[str, Any]:
    """Run the algorithm as the toolbox does and let it load its results."""
    import processing

    scene = QgsRasterLayer(JOB["scene"], "Scene")
    QgsProject.instance().addMapLayer(scene)
    parameters = {"INPUT": scene, **JOB["parameters"]}
    results = processing.runAndLoadResults("geonnx:segment", parameters)
    return {name: value for name, value in results.items() if isinstance(value, (str, int, float))}


def tree_texts(model: QgsLayerTreeModel, parent: QModelIndex, depth: int = 0) -> Iterator[tuple[int, str]]:
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield depth, str(model.data(index, Qt.ItemDataRole.DisplayRole))
        yield from tree_texts(model, index, depth + 1)


def arrange() -> None:
    """Show the classes alone over the scene, with the legend open."""
    window = iface.mainWindow()
    window.showNormal()
    window.resize(1500, 950)
    window.move(0, 0)
    for dock in window.findChildren(QDockWidget):
        if dock.objectName() != "Layers":
            dock.hide()
    window.resizeDocks([window.findChild(QDockWidget, "Layers")], [330], Qt.Orientation.Horizontal)
    settle()
    root = QgsProject.instance().layerTreeRoot()
    for node in root.findLayers():
        node.setItemVisibilityChecked(node.layer().name() in ("Classes", "Scene"))
        node.setExpanded(True)
    iface.layerTreeView().expandAll()
    canvas = iface.mapCanvas()
    (classes,) = QgsProject.instance().mapLayersByName("Classes")
    canvas.setDestinationCrs(classes.crs())
    canvas.setExtent(classes.extent())
    canvas.refresh()
    while canvas.isDrawing():
        QApplication.processEvents()
    canvas.waitWhileRendering()


def labels(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.text()]


def open_dialog() -> dict[str, Any]:
    """Open the dialog of the algorithm as the toolbox does."""
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    (scene,) = QgsProject.instance().mapLayersByName("Scene")
    iface.setActiveLayer(scene)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geonnx:segment")
    dialog = AlgorithmDialog(algorithm, parent=iface.mainWindow())
    dialog.resize(1100, 900)
    dialog.show()
    settle()
    pictures = [save(dialog, "dialog")]
    advanced = dialog.findChild(QWidget, "grpAdvanced")
    advanced.setProperty("collapsed", False)  # Python knows it as a plain group box only
    dialog.resize(1100, 1180)
    settle()
    pictures.append(save(dialog, "dialog_advanced"))
    areas = dialog.findChildren(QScrollArea)
    for area in areas:
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    pictures.append(save(dialog, "dialog_advanced_end"))
    wide = [area.horizontalScrollBar().maximum() for area in areas]
    dialog.close()
    return {"dialog_pictures": pictures, "dialog_labels": labels(dialog), "dialog_too_wide_px": max(wide, default=0)}


def main() -> dict[str, Any]:
    found: dict[str, Any] = {"plugins": list(active_plugins)}
    found["results"] = segment()
    arrange()
    view = iface.layerTreeView()
    model = view.layerTreeModel() if hasattr(view, "layerTreeModel") else view.model()
    found["tree"] = list(tree_texts(model, QModelIndex()))
    found["canvas"] = save(iface.mapCanvas().viewport(), "canvas")
    found["window"] = save(iface.mainWindow(), "window")
    (classes,) = QgsProject.instance().mapLayersByName("Classes")
    found["renderer"] = classes.renderer().type()
    found.update(open_dialog())
    return found


def run() -> None:
    try:
        answer = main()
    except Exception:  # noqa: BLE001 (whatever it is, the test has to say it)
        answer = {"error": traceback.format_exc()}
    Path(JOB["answer"]).write_text(json.dumps(answer, indent=1), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # no questions about saving the project


faulthandler.dump_traceback_later(360, exit=True)  # where it hangs, before the test loses patience
# once the window stands and all plugins are loaded
QTimer.singleShot(1500, run)
