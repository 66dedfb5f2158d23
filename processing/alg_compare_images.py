"""geonnx:compareimages: how close an image is to the true one."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterExtent,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..models.assess.image_pair import ValueScale
from ..models.assess.image_quality import compare_images
from ..models.assess.quality_report import describe_quality, quality_csv, quality_page
from ..models.destinations import check_report_destinations
from ..models.page import write_files
from ..models.raster.products import open_raster
from . import parameters as shared
from .base import GeonnxAlgorithm, engine_errors, engine_feedback, translatable, translate
from .layers import raster_input
from .raster_parameters import RasterParameter
from .reports import add_report_parameters, log_page

INPUT = "INPUT"
REFERENCE = "REFERENCE"
MASK = "MASK"
SCALE = "SCALE"
OFFSET = "OFFSET"
REFERENCE_SCALE = "REFERENCE_SCALE"
REFERENCE_OFFSET = "REFERENCE_OFFSET"
OUTPUT = "OUTPUT"
OUTPUT_CSV = "OUTPUT_CSV"

_NUMBERS = (
    ("PSNR", "psnr_db", translatable("Peak signal-to-noise ratio (dB)")),
    ("SSIM", "ssim", translatable("Structural similarity")),
    ("SAM", "sam_deg", translatable("Spectral angle (degrees)")),
    ("RMSE", "rmse", translatable("Root of the mean square error")),
    ("MAE", "mae", translatable("Mean absolute error")),
    ("PIXELS", "pixels", translatable("Pixels that were compared")),
)
_TEXTS = (
    ("PARTS", translatable("All figures of the whole image, its cloudy and its clear part, with those of each band")),
    ("BANDS_COMPARED", translatable("Bands that were compared")),
    ("NOTES", translatable("What to know of the figures")),
)


class CompareImagesAlgorithm(GeonnxAlgorithm):
    """Compares an image with the true one."""

    ID = "compareimages"
    NAME = "Compare images"
    ICON = "compare"
    GROUP = ("quality", "Quality")
    TAGS = (
        "PSNR", "SSIM", "SAM", "RMSE", "MAE", "image quality", "structural similarity", "spectral angle",
        "cloud removal", "validation",
    )  # fmt: skip
    SHORT = "Compares an image with the true one: PSNR, SSIM, SAM, RMSE and MAE, also of the cloudy part alone."
    HELP = (
        "Compares an image, such as one with its clouds removed, with the true image and writes a report: PSNR, SSIM, "
        "SAM, RMSE and MAE, over all bands and band by band.\n\n"
        "With MASK also for the cloudy and the clear part. In a class raster with names, such as segment makes with a "
        "cloud model, the classes named cloud, shadow, cirrus or haze are cloudy; an SCL or QA_PIXEL file is read as "
        "what it is; in any other raster every value of band 1 but 0 is cloudy: 0 for clear and 1 for cloud, say, or 0 "
        "and 255. The log says which it was.\n\n"
        "Figures are of reflectance from 0 to 1: stored numbers are multiplied by SCALE and OFFSET is added; without "
        "them the files' own scale and offset count, and floats are taken as they are. Integers of unknown scale are "
        "refused. The reference gets the same unless it has values of its own.\n\n"
        "RMSE and MAE are over all bands and pixels together; PSNR = 20 log10(1 / RMSE). SSIM has a Gaussian window of "
        "11 x 11 px (sigma 1.5) and is the mean over all pixels whose whole window lies in the image and holds data, "
        "then over the bands, as scikit-image computes it. SAM is the mean angle between the two spectra of a pixel in "
        "degrees. A pixel without data in any band of either image is left out. In the JSON result, figures that do "
        "not exist (PSNR of equal images, SAM of a single band) are null.\n\n"
        "Bands are matched by name where both images have names, else by order; BANDS chooses some. A reference on "
        "another grid is resampled bilinearly, with a warning; a mask by nearest neighbour."
    )

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(RasterParameter(INPUT, translate("Image")))
        self.addParameter(RasterParameter(REFERENCE, translate("True image")))
        mask = translate("Cloud mask (0: clear, all else: cloudy; or named classes, SCL, QA_PIXEL)")
        self.addParameter(RasterParameter(MASK, mask, optional=True))
        self.addParameter(
            QgsProcessingParameterString(
                shared.BANDS,
                translate("Bands to compare: numbers or names, separated by commas (empty: all)"),
                optional=True,
            )
        )
        for name, label, low in (
            (SCALE, translatable("Scale of stored values (number; empty: as the file says)"), 0.0),
            (OFFSET, translatable("Offset added to scaled values (number; empty: as the file says)"), -1e6),
            (REFERENCE_SCALE, translatable("Scale of the true image, if another (number)"), 0.0),
            (REFERENCE_OFFSET, translatable("Offset of the true image, if another (number)"), -1e6),
        ):
            self.addParameter(
                QgsProcessingParameterNumber(
                    name, translate(label), QgsProcessingParameterNumber.Double, optional=True, minValue=low
                )
            )
        self.addParameter(
            QgsProcessingParameterExtent(shared.EXTENT, translate("Extent (empty: whole image)"), optional=True)
        )
        add_report_parameters(self, OUTPUT, OUTPUT_CSV)
        for name, _, text in _NUMBERS:
            self.addOutput(QgsProcessingOutputNumber(name, translate(text)))
        for name, text in _TEXTS:
            self.addOutput(QgsProcessingOutputString(name, translate(text)))

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take from the project what must not be touched from the background thread."""
        with engine_errors():
            self._image = raster_input(self, parameters, INPUT, context)
            self._extent = shared.extent_corners(self, parameters, context, self._image.crs)
            self._reference = raster_input(self, parameters, REFERENCE, context)
            self._mask = raster_input(self, parameters, MASK, context) if parameters.get(MASK) else None
        return True

    def _scale(self, parameters: dict[str, Any], names: tuple[str, str], context: QgsProcessingContext) -> ValueScale:
        values = [
            None if parameters.get(name) in (None, "") else self.parameterAsDouble(parameters, name, context)
            for name in names
        ]
        return ValueScale(*values)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Compare; write report and table; return the figures."""
        writers = {OUTPUT: quality_page, OUTPUT_CSV: quality_csv}
        files = {name: self.parameterAsFileOutput(parameters, name, context) for name in writers}
        files = {name: path for name, path in files.items() if path}
        inputs = (self._image.path, self._reference.path, *([self._mask.path] if self._mask else []))
        scale = self._scale(parameters, (SCALE, OFFSET), context)
        reference_scale = self._scale(parameters, (REFERENCE_SCALE, REFERENCE_OFFSET), context).else_from(scale)
        with engine_errors():
            check_report_destinations(files.get(OUTPUT, ""), files.get(OUTPUT_CSV, ""), inputs)
            found = compare_images(
                self._image.path,
                open_raster(self._reference.path, self._reference.crs_wkt),
                None if self._mask is None else open_raster(self._mask.path, self._mask.crs_wkt),
                bands=self.parameterAsString(parameters, shared.BANDS, context),
                scale=scale,
                reference_scale=reference_scale,
                extent=self._extent,
                crs_wkt=self._image.crs_wkt,
                feedback=engine_feedback(feedback),
            )
            write_files({path: writers[name](found) for name, path in files.items()})
            log_page(feedback, quality_page(found))
        facts = describe_quality(found)
        figures = {name: getattr(found.whole, key) for name, key, _ in _NUMBERS}
        return {**files, **figures, "PARTS": facts["parts"], "BANDS_COMPARED": facts["bands"], "NOTES": facts["notes"]}
