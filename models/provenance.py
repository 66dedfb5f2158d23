"""What made a result, as it is written into the file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from osgeo import gdal

from .prepare import Prepared
from .settings import changed_options
from .version import VERSION


def describe_run(prepared: Prepared) -> dict[str, str]:
    """Return what made the result of a run, for the metadata domain GEONNX; what is not known is left out."""
    card, settings = prepared.model.card, prepared.settings
    # where a map of the run lies is nothing that made its results
    options = {key: value for key, value in changed_options(settings.options).items() if key != "shift_map"}
    described = {
        "MODEL": card.name,
        "MODEL_VERSION": card.version,
        "MODEL_FILE": card.model_path.name,
        "MODEL_SHA256": prepared.model.sha256,
        "MODEL_LICENCE": card.licence,
        "MODEL_DIALECT": card.dialect,
        "INPUT": ",".join(source.raster.name for feed in prepared.images for source in feed.sources),
        "BANDS": ",".join(map(str, prepared.bands.numbers)),
        "OPTIONS": json.dumps(options),
        "MASK": Path(settings.mask_path).name if settings.mask_path else "",
        "PROVIDER": prepared.session.provider,
        "HALF": json.dumps(asdict(prepared.half_loss)) if prepared.half_loss else "",
        "ONNXRUNTIME_VERSION": prepared.session.runtime_version,
        **describe_software(),
    }
    return {key: value for key, value in described.items() if value}


def describe_software() -> dict[str, str]:
    """Return the versions of what wrote a result."""
    return {"GEONNX_VERSION": VERSION, "GDAL_VERSION": gdal.VersionInfo("RELEASE_NAME")}
