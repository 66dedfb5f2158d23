"""Every text of the plugin is translated, with the same placeholders, and QGIS gets to see the translation."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("geonnx_i18n", ROOT / "tools" / "i18n.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


i18n = load_tool()


@pytest.fixture
def german(qgis_app):
    """Install the German translation, compiled from the list as it is."""
    from geonnx.ui.translation import install_translator, remove_translator

    assert i18n.release() == 0
    translator = install_translator("de_AT")
    assert translator is not None
    yield
    remove_translator(translator)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_text_is_translated(language):
    assert i18n.problems(language) == []


def test_all_kinds_of_texts_are_found():
    found = {text.source for text in i18n.find_texts()}
    assert "Segment raster" in found  # the name of an algorithm
    assert "Quality" in found  # a group
    assert "Class probabilities" in found  # marked, translated later
    assert "a whole number" in found  # translated where it is


def test_algorithms_speak_the_language(german, qgis_app):
    from geonnx.processing.alg_segment import SegmentAlgorithm

    algorithm = SegmentAlgorithm().create()
    assert algorithm.displayName() == "Raster segmentieren"
    assert algorithm.name() == "segment"
    assert "Kachel" in algorithm.parameterDefinition("TILE_SIZE").description()
    assert algorithm.parameterDefinition("TILE_SIZE").name() == "TILE_SIZE"


def test_what_qgis_shows_of_every_algorithm_is_translated(provider):
    """Ask the algorithms themselves, in English: each text has to be in the list."""
    known = {source for _, source in i18n.read_catalog(i18n.catalog_path("de"))}
    for algorithm in provider.algorithms():
        shown = [algorithm.displayName(), algorithm.shortDescription(), algorithm.group()]
        shown += algorithm.shortHelpString().split("\n\n")
        shown += [definition.description() for definition in algorithm.parameterDefinitions()]
        shown += [output.description() for output in algorithm.outputDefinitions() if not output.autoCreated()]
        assert [text for text in shown if text and text not in known] == [], algorithm.id()


def test_no_translation_for_a_language_that_has_none(qgis_app):
    from geonnx.ui.translation import install_translator, remove_translator

    assert install_translator("xx_YY") is None
    remove_translator(None)


def test_an_unfinished_or_missing_text_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    texts = [i18n.Text("GeONNX", source, "x.py") for source in ("one", "two {}", "three", " four")]
    monkeypatch.setattr(i18n, "find_texts", lambda: texts)
    done = i18n.Message("eins", True)
    catalog = {
        ("GeONNX", "one"): done,
        ("GeONNX", "two {}"): i18n.Message("zwei", True),
        ("GeONNX", " four"): i18n.Message("vier", True),
    }
    i18n.write_catalog(i18n.catalog_path("de"), "de", texts, catalog)
    told = "\n".join(i18n.problems("de"))
    assert "other placeholders: 'two {}'" in told
    assert "not translated: 'three'" in told
    assert "other space at its ends: ' four'" in told
    assert "'one'" not in told
    monkeypatch.setattr(i18n, "find_texts", lambda: [*texts[1:], i18n.Text("GeONNX", "five", "x.py")])
    told = "\n".join(i18n.problems("de"))
    assert "not in the file: 'five'" in told
    assert "no longer used: 'one'" in told


def test_update_keeps_what_is_translated(tmp_path):
    texts = [i18n.Text("GeONNX", 'a < b & "c"\n\nd', "x.py"), i18n.Text("Form", "one", "ui/forms/x.ui")]
    path = tmp_path / "x.ts"
    i18n.write_catalog(path, "de", texts, {("GeONNX", texts[0].source): i18n.Message("a < b & „c“\n\ne", True)})
    again = i18n.read_catalog(path)
    i18n.write_catalog(path, "de", texts, again)
    assert again == i18n.read_catalog(path)
    assert again["GeONNX", texts[0].source] == i18n.Message("a < b & „c“\n\ne", True)
    assert not again["Form", "one"].is_finished


def test_a_text_put_together_before_translation_is_refused(tmp_path):
    code = tmp_path / "code.py"
    code.write_text('translate(f"{1} tiles")\n')
    with pytest.raises(SystemExit, match="put together"):
        list(i18n.texts_in_code(code))
