"""What every algorithm of the provider has to keep: names that must not change, texts, units, defaults."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingDestinationParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

ROOT = Path(__file__).resolve().parents[2]
MARKUP = re.compile(r"</?[a-zA-Z]+[^>]*>|&[a-z]+;|&#\d+;")
UNIT = re.compile(r"\((?:[^)]*[\s(])?(px|m|m²|ha|tiles|map units|days|classes|0 to 1|0-1|0–1|date|number)\b")

# interface.md: users' models, scripts and batch jobs depend on these
COMMON = {"MODEL", "BANDS", "EXTENT", "MASK", "TILE_SIZE", "OVERLAP", "MERGE", "BATCH_SIZE", "DEVICE", "OPTIONS"}
ADVANCED = {
    "TILE_SIZE", "OVERLAP", "MERGE", "BATCH_SIZE", "DEVICE", "OPTIONS", "SERIES", "SAR", "COREGISTER", "FEATHER",
    "GROW", "LOST_PIXELS", "MATCH_HISTOGRAMS", "MIN_DATA", "PROBABILITY_FIELDS",
}  # fmt: skip
RUN_RESULTS = {"TILES", "SECONDS", "MPIX_PER_SECOND", "PROVIDER", "MODEL_SHA256"}
PARAMETERS = {
    "segment": COMMON | {"INPUT", "MIN_AREA", "SIMPLIFY"},
    "classify": COMMON | {"INPUT", "ZONES", "ZONE_MODE", "CHIP_SIZE", "STRIDE", "TOP_K", "THRESHOLD"},
    "detectchange": COMMON | {"BEFORE", "AFTER", "THRESHOLD", "COREGISTER", "MATCH_HISTOGRAMS", "MIN_AREA", "SIMPLIFY"},
    "removeclouds": COMMON | {"INPUTS", "SAR", "CLOUD_MASKS", "CLOUD_MODEL", "TARGET", "KEEP_CLEAR", "METHOD"},
    "inspectmodel": {"MODEL"},
    "describemodel": {"MODEL", "TASK", "BANDS", "SCALING", "CLASSES", "ACTIVATION", "GSD", "HALO", "OVERWRITE"},
    "listmodels": {"INDEX"},
    "downloadmodel": {"MODEL", "INDEX"},
    "addmodel": {"MODEL", "MODEL_ID", "ACCEPT_CHANGED"},
    "assessaccuracy": {"INPUT", "REFERENCE", "FIELD", "CLASS_MAP", "UNMATCHED", "AREA_ESTIMATES", "EXTENT"},
    "compareimages": {"INPUT", "REFERENCE", "MASK", "BANDS", "SCALE", "OFFSET", "EXTENT"},
}
DESTINATIONS = {
    "segment": {"OUTPUT", "PROBABILITIES", "CONFIDENCE", "ENTROPY", "POLYGONS"},
    "classify": {"OUTPUT", "OUTPUT_RASTER"},
    "detectchange": {"OUTPUT", "PROBABILITIES", "POLYGONS", "STATISTICS"},
    "removeclouds": {"OUTPUT", "UNCERTAINTY"},
    "inspectmodel": {"OUTPUT"},
    "describemodel": {"OUTPUT"},
    "listmodels": {"OUTPUT"},
    "downloadmodel": set(),
    "addmodel": set(),
    "assessaccuracy": {"OUTPUT", "OUTPUT_CSV"},
    "compareimages": {"OUTPUT", "OUTPUT_CSV"},
}
RESULTS = {
    "describemodel": {"TASK", "BANDS", "CLASSES", "SCALING", "SHA256", "VALIDATED", "PROBLEMS"},
    "listmodels": {"MODELS", "COUNT", "FOLDER"},
    "downloadmodel": {"ID", "MODEL_FILE", "MODEL_SHA256", "LICENCE"},
    "addmodel": {"ID", "MODEL_FILE", "MODEL_SHA256"},
    "inspectmodel": {"TASK", "INPUTS", "OUTPUTS", "BANDS", "CLASSES", "SCALING", "DIALECT", "SHA256", "PROBLEMS"}
    | {"ACCURACY", "FIGURES", "CLASS_ACCURACY", "FAILURES", "TRAINING_SETS", "FORMS"},
    "assessaccuracy": {"OVERALL_ACCURACY", "KAPPA", "MACRO_F1", "MIOU", "PER_CLASS", "MATRIX", "AREAS"},
    "compareimages": {"PSNR", "SSIM", "SAM", "RMSE", "MAE", "PARTS"},
}
# the first block of the interface: without these there is nothing to do
REQUIRED = {"INPUT", "INPUTS", "BEFORE", "AFTER", "MODEL", "REFERENCE", "OUTPUT"}


def loaded_ids() -> list[str]:
    """Return the ids as the source has them: a test for each, known before QGIS runs."""
    folder = ROOT / "processing"
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("alg_*.py")))
    return [match.group(1) for text in texts for match in re.finditer(r'^    ID = "(.*)"$', text, re.MULTILINE)]


@pytest.fixture(params=loaded_ids())
def algorithm(request, provider) -> QgsProcessingAlgorithm:
    found = provider.algorithm(request.param)
    assert found is not None, f"{request.param} is not listed by the provider"
    return found


def numbers(algorithm: QgsProcessingAlgorithm) -> list[QgsProcessingParameterNumber]:
    return [item for item in algorithm.parameterDefinitions() if isinstance(item, QgsProcessingParameterNumber)]


def is_optional(definition: QgsProcessingParameterDefinition) -> bool:
    return bool(definition.flags() & QgsProcessingParameterDefinition.FlagOptional)


def test_provider_lists_what_the_source_has(provider):
    ids = [algorithm.name() for algorithm in provider.algorithms()]
    assert sorted(ids) == sorted(loaded_ids())
    assert {"segment", "inspectmodel"} <= set(ids) <= set(PARAMETERS)
    assert provider.id() == "geonnx"
    assert not provider.icon().isNull()


def test_id_is_of_lower_case_letters(algorithm):
    assert re.fullmatch(r"[a-z]+", algorithm.name())
    assert algorithm.id() == f"geonnx:{algorithm.name()}"


def test_display_name_is_a_phrase(algorithm):
    assert re.fullmatch(r"[A-Z][a-z]+( [a-z]+)+", algorithm.displayName())
    assert algorithm.group()
    assert re.fullmatch(r"[a-z]+", algorithm.groupId())


def test_tags(algorithm):
    tags = algorithm.tags()
    assert len(tags) >= 3
    assert all(tag.strip() == tag and tag for tag in tags)
    assert len({tag.lower() for tag in tags}) == len(tags)


def test_help(algorithm):
    text = algorithm.shortHelpString()
    assert len(text) > 100
    assert not MARKUP.search(text), MARKUP.findall(text)
    assert text.rstrip().endswith(".")


def test_short_description_is_a_sentence_with_a_verb(algorithm):
    text = algorithm.shortDescription()
    assert re.match(r"[A-Z][a-z]+s ", text), text
    assert text.endswith("."), text
    assert "\n" not in text
    assert len(text) < 150
    assert not MARKUP.search(text)


def test_parameters_have_labels(algorithm):
    for definition in algorithm.parameterDefinitions():
        label = definition.description()
        assert label.strip() == label, definition.name()
        assert re.match(r"[A-Z]", label), (definition.name(), label)
        assert label != definition.name()
        assert not label.endswith("."), label
        assert not MARKUP.search(label)


def test_parameter_names_are_upper_case(algorithm):
    for definition in algorithm.parameterDefinitions():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", definition.name())


def test_numbers_have_units_and_limits(algorithm):
    for definition in numbers(algorithm):
        label = definition.description()
        assert UNIT.search(label), f"no unit in the label of {definition.name()}: {label}"
        assert abs(definition.minimum()) < 1e300, f"no minimum: {definition.name()}"
        if isinstance(definition, QgsProcessingParameterDistance):
            assert algorithm.parameterDefinition(definition.parentParameterName()) is not None
        assert definition.defaultValue() is not None or is_optional(definition)
        if definition.defaultValue() is not None:
            assert definition.minimum() <= float(definition.defaultValue()) <= definition.maximum()


def test_advanced_parameters_are_flagged(algorithm):
    for definition in algorithm.parameterDefinitions():
        is_advanced = bool(definition.flags() & QgsProcessingParameterDefinition.FlagAdvanced)
        assert is_advanced == (definition.name() in ADVANCED), definition.name()


def test_only_the_first_block_is_required(algorithm):
    for definition in algorithm.parameterDefinitions():
        if definition.name() not in REQUIRED:
            has_default = definition.defaultValue() not in (None, "")
            assert is_optional(definition) or has_default, definition.name()


def test_enums_read_well_in_commands(algorithm):
    for definition in algorithm.parameterDefinitions():
        if isinstance(definition, QgsProcessingParameterEnum):
            assert definition.usesStaticStrings(), definition.name()
            assert definition.defaultValue() in definition.options()


def test_optional_layers_are_not_made_by_default(algorithm):
    kinds = (QgsProcessingParameterRasterDestination, QgsProcessingParameterVectorDestination)
    for definition in algorithm.parameterDefinitions():
        if isinstance(definition, kinds):
            assert definition.createByDefault() != is_optional(definition), definition.name()


def test_names_of_the_interface(algorithm):
    name = algorithm.name()
    definitions = algorithm.parameterDefinitions()
    destinations = {item.name() for item in definitions if isinstance(item, QgsProcessingDestinationParameter)}
    others = {item.name() for item in definitions} - destinations
    assert others >= PARAMETERS[name], PARAMETERS[name] - others
    assert destinations >= DESTINATIONS[name], DESTINATIONS[name] - destinations
    outputs = {output.name(): output for output in algorithm.outputDefinitions()}
    assert set(outputs) >= RESULTS.get(name, RUN_RESULTS) | DESTINATIONS[name]
    assert all(output.description() for output in outputs.values())


def test_instances_are_fresh_and_can_run(algorithm):
    instance = algorithm.create()
    assert type(instance) is type(algorithm)
    assert instance is not algorithm
    assert type(algorithm.createInstance()) is type(algorithm)
    can_run, reason = instance.canExecute()
    assert can_run, reason
    assert [item.name() for item in instance.parameterDefinitions()] == [
        item.name() for item in algorithm.parameterDefinitions()
    ]


def test_runs_in_the_background(algorithm):
    assert not algorithm.flags() & QgsProcessingAlgorithm.FlagNoThreading
    assert algorithm.flags() & QgsProcessingAlgorithm.FlagCanCancel


def imported_names(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


def test_qt_comes_from_qgis_only():
    found: dict[str, Any] = {}
    folders = ("processing", "ui", "models")
    files = [
        ROOT / "plugin.py",
        ROOT / "__init__.py",
        *(p for folder in folders for p in (ROOT / folder).rglob("*.py")),
    ]
    assert len(files) > 20
    for path in files:
        direct = {name for name in imported_names(path) if re.match(r"PyQt\d|PySide\d|sip$", name)}
        if direct:
            found[str(path)] = direct
    assert not found
