"""Seams: with the tiles laid half a tile further, the map of a trained network stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunSettings, load_model, segment
from numpy.typing import NDArray

from ..architectures import unet
from ..architectures.exporting import torch
from ..rasters import NORTH_UP, read_raster, write_raster
from ..tiny_models import write_mlm

SIZE, TILE, STEPS = 640, 256, 120
COVERS = (
    ("water", "shallows"), ("forest", "hedge"), ("wheat", "maize", "rape"), ("stubble", "soil"), ("meadow", "gardens"),
    ("road", "roofs", "halls"),
)  # fmt: skip
BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
SCALE = 3000


def draw_land(scenes: ModuleType, size: int, seed: int) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return a synthetic scene without clouds (band, row, column; reflectance × 10000) and its classes."""
    painter = scenes.Painter((size, size), seed)
    labels, paint = np.zeros((size, size), np.int64), painter.paint

    def paint_and_note(where: NDArray[Any], cover: str, brightness: Any = 1.0) -> None:
        paint(where, cover, brightness)
        labels[where.astype(np.float32) > 0.5] = next(place for place, names in enumerate(COVERS) if cover in names)

    painter.paint = paint_and_note
    seen = painter.land() + np.float32(scenes.PATH_REFLECTANCE)[:, None, None]
    seen = seen[[scenes.BANDS.index(name) for name in BANDS]]
    seen += np.random.default_rng(seed).normal(0, 0.003, seen.shape).astype(np.float32)
    return np.clip(np.rint(seen * 10000), 1, 65535).astype(np.uint16), labels


def train(scenes: ModuleType) -> Any:
    """Return a U-Net trained for some seconds: maps as confident as real ones, where noise would have ties all over."""
    values, labels = draw_land(scenes, 512, seed=5)
    image, truth = torch.from_numpy(values.astype(np.float32) / SCALE), torch.from_numpy(labels)
    torch.manual_seed(0)
    network = unet.UNet(len(BANDS), len(COVERS))
    optimiser = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=STEPS)
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        places = [np.s_[..., row : row + 96, column : column + 96] for row, column in rng.integers(0, 512 - 96, (8, 2))]
        scores = network(torch.stack([image[place] for place in places]))
        loss = torch.nn.functional.cross_entropy(scores, torch.stack([truth[place] for place in places]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


@dataclass(frozen=True)
class Trained:
    network: Any
    model: Path
    raster: Path
    values: NDArray[np.uint16]
    labels: NDArray[np.int64]


@pytest.fixture(scope="module")
def trained(scenes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("seams")
    network, model = train(scenes), folder / "unet.onnx"
    unet.export(model, network, len(BANDS))
    write_mlm(
        model,
        bands=list(BANDS),
        classes=[(place, names[0]) for place, names in enumerate(COVERS)],
        scaling=[{"type": "scale", "value": SCALE}],
        activation="softmax",
    )
    values, labels = draw_land(scenes, SIZE, seed=9)
    raster = write_raster(folder / "scene.tif", values, nodata=0, names=list(BANDS))
    return Trained(network, model, raster, values, labels)


def map_from(trained: Trained, folder: Path, start: int, **settings: Any) -> NDArray[np.uint8]:
    """Return the classes of the part that begins *start* px from the left and the top of the raster.

    Tiles begin where the part does, less the overlap that lies outside of it: *start* moves all tiles.
    """
    x0, dx, _, y0, _, dy = NORTH_UP
    corners = ((x0 + start * dx, y0 + start * dy), (x0 + SIZE * dx, y0 + SIZE * dy))
    run = RunSettings(tile_size=TILE, extent=corners, **settings)
    segment(load_model(trained.model), str(trained.raster), str(folder / f"{start}.tif"), run)
    found = read_raster(folder / f"{start}.tif")[0]
    assert found.shape == (SIZE - start, SIZE - start)
    return found


def differing(trained: Trained, folder: Path, shift: int, overlap: int, merge: Any) -> NDArray[np.bool_]:
    """Return which class pixels differ when all tiles begin *shift* px further right and down."""
    start = shift + overlap
    usual = map_from(trained, folder, 0, overlap=overlap, merge=merge)[start:, start:]
    return usual != map_from(trained, folder, start, overlap=overlap, merge=merge)


def test_the_network_has_learnt(trained: Trained) -> None:
    """Else the tests below would compare noise, or maps of one class."""
    with torch.no_grad():
        scores = trained.network(torch.from_numpy(trained.values[np.newaxis].astype(np.float32) / SCALE))[0]
    found = scores.argmax(dim=0).numpy()
    assert (found == trained.labels).mean() > 0.85
    assert (np.bincount(found.ravel()) > 0.02 * found.size).sum() >= 4
    # borders of classes all over, which is where seams would show
    assert (found[:, 1:] != found[:, :-1]).mean() > 0.01


@pytest.mark.parametrize("shift", [TILE // 2, (TILE - 2 * unet.REACH) // 2], ids=["half a tile", "half a core"])
@pytest.mark.parametrize("merge", ["crop", "blend"])
def test_no_seams_with_the_overlap_that_the_network_needs(
    trained: Trained, tmp_path: Path, merge: Any, shift: int
) -> None:
    """All that may differ lies at the raster's own edge, where one tile ends and another reaches beyond."""
    differs = differing(trained, tmp_path, shift, unet.REACH, merge)
    inside = differs[: -unet.REACH, : -unet.REACH]
    print(f"\nseams, {unet.REACH} px, {merge}, shift {shift} px: {differs.mean():.4%}, inside {inside.mean():.4%}")
    assert differs.mean() < 0.001
    assert inside.mean() < 1e-5


@pytest.mark.parametrize(("overlap", "most"), [(16, 0.001), (0, 0.02)])
def test_seams_with_less(trained: Trained, tmp_path: Path, overlap: int, most: float) -> None:
    """The default, a sixteenth of the tile, is half of what this network sees; without any, seams do show."""
    shares = {merge: differing(trained, tmp_path, TILE // 2, overlap, merge).mean() for merge in ("crop", "blend")}
    print(f"\nseams, {overlap} px:", ", ".join(f"{merge} {share:.4%}" for merge, share in shares.items()))
    assert max(shares.values()) < most
    assert overlap or min(shares.values()) > 0.001, "nothing differs: the test sees no seams at all"
