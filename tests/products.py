"""Miniature satellite products with the layout, the names and the metadata of the real ones."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal

from .rasters import crs_wkt, noise

WIDTH, HEIGHT = 120, 96
LEFT, TOP = 600000.0, 5300040.0
S2_NAME = "S2B_MSIL{level}_20240830T100559_{baseline}_R022_T32TPS_20240830T134009"
TILE_DATE = "T32TPS_20240830T100559"
# as in a real L2A product: some bands are there at several resolutions
L2A_BANDS = {
    10: ["B02", "B03", "B04", "B08"],
    20: ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12", "SCL", "AOT", "WVP"],
    60: ["B01", "B02", "B09", "SCL"],
}
L1C_BANDS = {
    10: ["B02", "B03", "B04", "B08"],
    20: ["B05", "B06", "B07", "B8A", "B11", "B12"],
    60: ["B01", "B09", "B10"],
}
PHYSICAL = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"]
LANDSAT_NAMES = {
    "OLI": "LC09_L2SP_010065_20220129_20220131_02_T1",
    "TM": "LT05_L2SP_010067_19860424_20200918_02_T2",
    "ETM": "LE07_L2SP_021030_20100109_20200911_02_T1",
}


def band_values(name: str, pixel_m: int) -> NDArray[Any]:
    """Return what a band holds at a resolution: numbers of its own, so that a mix-up shows."""
    seed = sum(map(ord, name)) + pixel_m
    shape = (HEIGHT * 10 // pixel_m, WIDTH * 10 // pixel_m)
    if name == "SCL":
        return np.random.default_rng(seed).integers(1, 12, shape).astype(np.uint8)
    return (noise(1, *shape, "uint16", seed)[0] // 2 + 1100).astype(np.uint16)


def write_band(path: Path, values: NDArray[Any], pixel_m: float, nodata: float | None = None) -> Path:
    """Write one band, as lossless JPEG 2000 or GeoTIFF as the name says."""
    kind = gdal.GDT_Byte if values.dtype == np.uint8 else gdal.GDT_UInt16
    path.parent.mkdir(parents=True, exist_ok=True)
    is_jp2 = path.suffix == ".jp2"
    driver = gdal.GetDriverByName("MEM" if is_jp2 else "GTiff")
    dataset = driver.Create("" if is_jp2 else str(path), values.shape[1], values.shape[0], 1, kind)
    dataset.SetGeoTransform((LEFT, pixel_m, 0, TOP, 0, -pixel_m))
    dataset.SetProjection(crs_wkt(32632))
    band = dataset.GetRasterBand(1)
    band.WriteArray(values)
    if nodata is not None:
        band.SetNoDataValue(nodata)
    if is_jp2:
        options = ["QUALITY=100", "REVERSIBLE=YES"]
        gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(str(path), dataset, options=options)
    dataset.FlushCache()
    return path


def sentinel2(
    folder: Path, level: str = "2A", baseline: str = "05.11", offset: int | None = -1000, hole: int = 0
) -> Path:
    """Write a .SAFE folder; the first *hole* columns (10 m) of every band hold no data."""
    number = f"N{baseline.replace('.', '')}"
    name = S2_NAME.format(level=level, baseline=number)
    root = folder / f"{name}.SAFE"
    images = root / "GRANULE" / f"L{level}_T32TPS_A038765_20240830T100558" / "IMG_DATA"
    suffix = "jp2" if gdal.GetDriverByName("JP2OpenJPEG") else "tif"
    for pixel_m, bands in (L2A_BANDS if level == "2A" else L1C_BANDS).items():
        for band in bands:
            values = band_values(band, pixel_m)
            values[:, : hole * 10 // pixel_m] = 0
            file = (
                f"R{pixel_m}m/{TILE_DATE}_{band}_{pixel_m}m.{suffix}"
                if level == "2A"
                else f"{TILE_DATE}_{band}.{suffix}"
            )
            write_band(images / file, values, pixel_m)
    write_band(root / "GRANULE" / "L2A" / "QI_DATA" / "MSK_CLDPRB_20m.tif", band_values("SCL", 20), 20)
    (root / f"MTD_MSIL{level}.xml").write_text(_mtd(name, level, baseline, offset))
    return root


def _mtd(name: str, level: str, baseline: str, offset: int | None) -> str:
    prefix, kind = ("BOA_", "BOA") if level == "2A" else ("", "RADIO")
    listed = "".join(f'<{kind}_ADD_OFFSET band_id="{i}">{offset}</{kind}_ADD_OFFSET>' for i in range(13))
    offsets = (
        ""
        if offset is None
        else f"<{'BOA_ADD_OFFSET_VALUES_LIST' if level == '2A' else 'Radiometric_Offset_List'}>{listed}</x>"
    )
    spectral = "".join(f'<Spectral_Information bandId="{i}" physicalBand="{b}"/>' for i, b in enumerate(PHYSICAL))
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-{level}_User_Product xmlns:n1="https://psd-15.sentinel2.eo.esa.int/PSD/User_Product_Level-{level}.xsd">
<n1:General_Info><Product_Info><PRODUCT_START_TIME>2024-08-30T10:05:59.024Z</PRODUCT_START_TIME>
<PRODUCT_URI>{name}.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-{level}</PROCESSING_LEVEL>
<PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
<Datatake><SPACECRAFT_NAME>Sentinel-2B</SPACECRAFT_NAME></Datatake></Product_Info>
<Product_Image_Characteristics><Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT>
<SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
<QUANTIFICATION_VALUES_LIST><{prefix}QUANTIFICATION_VALUE unit="none">10000</{prefix}QUANTIFICATION_VALUE>
<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>
<WVP_QUANTIFICATION_VALUE unit="cm">1000.0</WVP_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
{offsets}<Spectral_Information_List>{spectral}</Spectral_Information_List>
</Product_Image_Characteristics></n1:General_Info></n1:Level-{level}_User_Product>"""


def zip_folder(folder: Path) -> Path:
    """Pack a .SAFE folder as the Copernicus browser does."""
    archive = folder.parent / f"{folder.name.replace('.SAFE', '')}.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for path in sorted(folder.rglob("*")):
            bundle.write(path, path.relative_to(folder.parent))
    return archive


def landsat(folder: Path, sensor: str = "OLI", metadata: tuple[str, ...] = ("txt",)) -> Path:
    """Write a Collection 2 Level 2 scene into a folder of its own."""
    name = LANDSAT_NAMES[sensor]
    root = folder / name
    numbers = (1, 2, 3, 4, 5, 6, 7) if sensor == "OLI" else (1, 2, 3, 4, 5, 7)
    thermal = "ST_B10" if sensor == "OLI" else "ST_B6"
    for band in (*(f"SR_B{number}" for number in numbers), thermal):
        write_band(root / f"{name}_{band}.TIF", band_values(band, 30) + 6000, 30, nodata=0)
    write_band(root / f"{name}_QA_PIXEL.TIF", np.full((32, 40), 21824, np.uint16), 30, nodata=1)
    groups = _mtl(name, sensor, numbers, thermal)
    if "txt" in metadata:
        body = "".join(
            f"  GROUP = {group}\n"
            + "".join(f"    {key} = {value}\n" for key, value in values.items())
            + f"  END_GROUP = {group}\n"
            for group, values in groups.items()
        )
        text = f"GROUP = LANDSAT_METADATA_FILE\n{body}END_GROUP = LANDSAT_METADATA_FILE\nEND\n"
        (root / f"{name}_MTL.txt").write_text(text)
    plain = {group: {key: value.strip('"') for key, value in values.items()} for group, values in groups.items()}
    if "json" in metadata:
        (root / f"{name}_MTL.json").write_text(json.dumps({"LANDSAT_METADATA_FILE": plain}))
    if "xml" in metadata:
        body = "".join(
            f"<{group}>\n" + "".join(f"<{key}>{value}</{key}>\n" for key, value in values.items()) + f"</{group}>\n"
            for group, values in plain.items()
        )
        header = '<?xml version="1.0" encoding="UTF-8"?>\n'
        (root / f"{name}_MTL.xml").write_text(f"{header}<LANDSAT_METADATA_FILE>\n{body}</LANDSAT_METADATA_FILE>")
    return root


def _mtl(name: str, sensor: str, numbers: tuple[int, ...], thermal: str) -> dict[str, dict[str, str]]:
    spacecraft = {"OLI": "LANDSAT_9", "TM": "LANDSAT_5", "ETM": "LANDSAT_7"}[sensor]
    reflectance = {f"REFLECTANCE_MULT_BAND_{n}": "2.75e-05" for n in numbers}
    reflectance |= {f"REFLECTANCE_ADD_BAND_{n}": "-0.2" for n in numbers}
    # Level 1 uses the same keys for other numbers
    level1 = {f"REFLECTANCE_MULT_BAND_{n}": "2.0000E-05" for n in numbers}
    level1 |= {f"REFLECTANCE_ADD_BAND_{n}": "-0.100000" for n in numbers}
    return {
        "PRODUCT_CONTENTS": {
            "LANDSAT_PRODUCT_ID": f'"{name}"',
            "PROCESSING_LEVEL": '"L2SP"',
            "COLLECTION_NUMBER": "02",
        },
        "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": f'"{spacecraft}"', "SENSOR_ID": f'"{sensor}"', "SUN_ELEVATION": "57.8"},
        "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": reflectance,
        "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS": {
            f"TEMPERATURE_MULT_BAND_{thermal}": "0.00341802",
            f"TEMPERATURE_ADD_BAND_{thermal}": "149.0",
        },
        "LEVEL1_PROCESSING_RECORD": {"PROCESSING_LEVEL": '"L1TP"'},
        "LEVEL1_RADIOMETRIC_RESCALING": level1,
    }


def tar_folder(folder: Path) -> Path:
    """Pack a Landsat folder as USGS does: the files without a folder."""
    archive = folder.parent / f"{folder.name}.tar"
    with tarfile.open(archive, "w") as bundle:
        for path in sorted(folder.iterdir()):
            bundle.add(path, path.name)
    return archive
