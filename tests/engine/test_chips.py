"""Arithmetic of chips: cells cover the target exactly once, chips are whole and lie around their cells."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from geonnx.models import ChipSettings
from geonnx.models.chips.fields import FieldNames, cut_names
from geonnx.models.chips.grid import ChipGrid, describe_edges
from geonnx.models.chips.results import cell_wkb
from geonnx.models.errors import SettingsError
from geonnx.models.raster.grid import Grid, Window
from osgeo import ogr

from ..rasters import DEGREES, NORTH_UP, ROTATED, SOUTH_UP, UTM, crs_wkt

SIZES = [(1, 1), (5, 3), (64, 64), (101, 203), (200, 64), (65, 129)]
CHIPS = [(64, 64), (64, 32), (7, 3), (10, 25), (1, 1)]


def make(size: tuple[int, int], chip: int, stride: int, target: Window | None = None) -> ChipGrid:
    raster = Window(0, 0, *size)
    return ChipGrid(target or raster, raster, chip, chip, stride, stride)


@pytest.mark.parametrize(("size", "chip"), list(itertools.product(SIZES, CHIPS)))
def test_cells_cover_the_target_once(size: tuple[int, int], chip: tuple[int, int]) -> None:
    edge, stride = chip
    grid = make(size, edge, stride)
    seen = np.zeros(size[::-1], int)
    chips = list(grid.chips())
    assert len(chips) == len(grid) == grid.columns * grid.rows
    assert [one.number for one in chips] == list(range(len(grid)))
    for one in chips:
        read, core = one.tile.read, one.tile.core
        assert (read.width, read.height) == (edge, edge)
        assert core == grid.cell(one.tile.column, one.tile.row).intersection(read)
        assert read.x >= 0 and read.y >= 0
        for start, end, available in ((read.x, read.right, size[0]), (read.y, read.bottom, size[1])):
            assert end <= available or (start == 0 and edge > available)  # whole where the raster has room for it
        seen[core.slices(grid.raster)] += 1
    assert seen.max() == 1
    if stride <= edge:
        assert seen.min() == 1


def test_chips_side_by_side_are_the_cells_but_for_the_edge() -> None:
    grid = make((150, 64), 64, 64)
    assert [one.tile.read.x for one in grid.chips()] == [0, 64, 86]
    assert [(one.tile.core.x, one.tile.core.width) for one in grid.chips()] == [(0, 64), (64, 64), (128, 22)]


def test_overlapping_chips_lie_around_their_cells() -> None:
    grid = make((200, 64), 64, 32)
    assert [one.tile.read.x for one in grid.chips()][:7] == [0, 16, 48, 80, 112, 136, 136]


def test_sparse_chips_speak_for_themselves_only() -> None:
    grid = make((100, 100), 10, 50)
    assert [one.tile.core for one in grid.chips()] == [
        Window(x, y, 10, 10) for y in (20, 70) for x in (20, 70)
    ]  # in the middle of their cells


def test_an_extent_starts_the_grid_and_does_not_cut_chips() -> None:
    grid = make((500, 500), 64, 64, Window(100, 50, 100, 64))
    assert [(one.tile.core.x, one.tile.core.width) for one in grid.chips()] == [(100, 64), (164, 36)]
    assert [one.tile.read for one in grid.chips()] == [Window(100, 50, 64, 64), Window(150, 50, 64, 64)]


@pytest.mark.parametrize("transform", [NORTH_UP, SOUTH_UP, ROTATED, DEGREES])
def test_the_coarse_raster_lies_on_the_cells(transform: tuple[float, ...]) -> None:
    raster = Grid(150, 90, transform, crs_wkt(UTM))  # type: ignore[arg-type]
    chips = make((150, 90), 64, 20, Window(30, 10, 100, 50))
    coarse = chips.coarse(raster)
    assert (coarse.width, coarse.height) == (5, 3)
    for column, row in itertools.product(range(5), range(2)):
        cell = chips.cell(column, row)
        np.testing.assert_allclose(
            coarse.crop(Window(column, row, 1, 1)).outline(), raster.crop(cell).outline(), rtol=1e-12
        )


@pytest.mark.parametrize("transform", [NORTH_UP, SOUTH_UP, ROTATED])
def test_polygons_of_cells(transform: tuple[float, ...]) -> None:
    raster = Grid(150, 90, transform, crs_wkt(UTM))  # type: ignore[arg-type]
    window = Window(20, 30, 40, 10)
    shape = ogr.CreateGeometryFromWkb(cell_wkb(raster, window))
    assert shape.IsValid()
    pixel = abs(transform[1] * transform[5] - transform[2] * transform[4])
    assert shape.Area() == pytest.approx(400 * pixel)
    ring = shape.GetGeometryRef(0)
    twice = sum(
        x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in itertools.pairwise(np.array(ring.GetPoints())[:, :2] - [5e5, 5.2e6])
    )
    assert twice > 0  # counter-clockwise
    points = {(round(x, 6), round(y, 6)) for x, y in ring.GetPoints()}
    assert points == {(round(x, 6), round(y, 6)) for x, y in raster.crop(window).outline()}


def test_what_is_said_of_edges() -> None:
    assert describe_edges(make((128, 64), 64, 64)) == ""
    assert "less than a chip of 64 × 64 px" in describe_edges(make((64, 10), 64, 64))
    assert "last column are 2 px wide, those of the last row 64 px high" in describe_edges(make((130, 128), 64, 64))


def test_field_names_are_free_and_plain() -> None:
    names = FieldNames()
    assert [names.add(name) for name in ("p_forest & hedge", "p_Forest hedge", "FID", "p_…", "p_Wald/Grün", "é")] == [
        "p_forest_hedge", "p_Forest_hedge_2", "FID_2", "p", "p_Wald_Grün", "é",
    ]  # fmt: skip
    assert len(names.add("x" * 500)) == 60
    assert names.add("sp ace", exactly=True) == "sp ace"


def test_field_names_are_cut_between_letters() -> None:
    names = FieldNames(("confidence",), longest=10)
    given = [
        names.add(name, exactly=True, ending="_z") for name in ("confidence", "confidence_2", "Größenäärt", "class")
    ]
    assert given == ["confiden_z", "confid_z_2", "Größenä", "class"]
    assert cut_names(("class", "p_Sea_or_lake", "p_Sea_or_land"), 10) == ["class", "p_Sea_or_l", "p_Sea_or_2"]
    assert cut_names(("class", "p_Sea_or_lake"), None) == ["class", "p_Sea_or_lake"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"chip_size": -1}, "CHIP_SIZE is -1 px"),
        ({"stride": 20000}, "STRIDE is 20000 px"),
        ({"zone_mode": "mean"}, "ZONE_MODE is 'mean'; expected centre or average"),
        ({"top_k": 0}, "TOP_K is 0 classes"),
        ({"threshold": 1.5}, "THRESHOLD is 1.5"),
        ({"probabilities": "some"}, "PROBABILITY_FIELDS is 'some'"),
        ({"min_data": 2.0}, "MIN_DATA is 2"),
    ],
)
def test_settings_out_of_range(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        ChipSettings(**wrong)  # type: ignore[arg-type]
