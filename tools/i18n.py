#!/usr/bin/env python3
"""The translations: collects the texts of the plugin into ``ui/i18n/geonnx_<language>.ts``, and compiles those.

Usage: ``tools/i18n.py update`` | ``tools/i18n.py release`` | ``tools/i18n.py check``

``update`` adds new texts as unfinished, keeps the translations of those that stayed and drops the others. ``release``
writes the ``.qm`` files that QGIS reads; it needs Qt's ``lrelease``. ``check`` says what is not translated.

A text is found in ``translate("…")``, in ``translatable("…")`` (translated later, where it is shown), in the names and
helps of algorithms (``NAME``, ``SHORT``, ``GROUP``; ``HELP`` and ``…_HELP``, each paragraph for itself) and in ``.ui``
files. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "ui" / "i18n"
LANGUAGES = ("de",)
CONTEXT = "GeONNX"
CALLS = {"translate", "translatable"}
CLASS_TEXTS = {"NAME", "SHORT"}
SOURCES = ("plugin.py", "__init__.py", "processing/**/*.py", "ui/**/*.py")
FORMS = "ui/**/*.ui"
COMPILERS = ("lrelease", "lrelease-qt6", "lrelease-qt5")
COMPILER_FOLDERS = ("/usr/lib/qt6/bin", "/usr/lib/qt5/bin")


class Text(NamedTuple):
    """A text of the plugin."""

    context: str
    source: str
    place: str
    """file that shows it first"""


@dataclass
class Message:
    """A text in a ``.ts`` file."""

    translation: str = ""
    is_finished: bool = False


Catalog = dict[tuple[str, str], Message]
"""by context and source"""


def texts_in_code(path: Path) -> Iterator[str]:
    """Yield the texts of a Python file, in their order; stop with a message where one can't be known."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called_name(node) in CALLS and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value
            elif isinstance(argument, (ast.JoinedStr, ast.BinOp)):
                raise SystemExit(
                    f"i18n: {path}:{node.lineno}: {ast.unparse(argument)} is put together before translation"
                )
        elif isinstance(node, ast.Assign):
            yield from _named_texts(node)


def _called_name(call: ast.Call) -> str:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def _named_texts(statement: ast.Assign) -> Iterator[str]:
    """Yield the texts of a constant that is translated by the name that it has."""
    name, value = getattr(statement.targets[0], "id", ""), statement.value
    if name == "GROUP" and isinstance(value, ast.Tuple):
        yield from _literals(value.elts[1])
    elif name in CLASS_TEXTS:
        yield from _literals(value)
    elif name == "HELP" or name.endswith("_HELP"):
        for text in _literals(value):
            yield from filter(None, text.split("\n\n"))


def _literals(value: ast.expr) -> Iterator[str]:
    """Yield the literals of an expression, with those that are added to it."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def texts_in_form(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the context and the text of each translatable string of a ``.ui`` file."""
    root = ET.parse(path).getroot()
    context = root.findtext("class") or path.stem
    for node in root.iter("string"):
        if node.text and node.get("notr") != "true":
            yield context, node.text


def find_texts() -> list[Text]:
    """Return all texts of the plugin, each once, sorted by context and file."""
    found: dict[tuple[str, str], Text] = {}
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            place = path.relative_to(ROOT).as_posix()
            for source in texts_in_code(path):
                found.setdefault((CONTEXT, source), Text(CONTEXT, source, place))
    for path in sorted(ROOT.glob(FORMS)):
        for context, source in texts_in_form(path):
            found.setdefault((context, source), Text(context, source, path.relative_to(ROOT).as_posix()))
    return sorted(found.values(), key=lambda text: (text.context, text.place))


def read_catalog(path: Path) -> Catalog:
    """Return the translations of a ``.ts`` file; none where it is not there."""
    catalog: Catalog = {}
    if not path.exists():
        return catalog
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            node = message.find("translation")
            text = (node.text or "") if node is not None else ""
            is_finished = bool(text) and node is not None and node.get("type") != "unfinished"
            catalog[name, message.findtext("source") or ""] = Message(text, is_finished)
    return catalog


def write_catalog(path: Path, language: str, texts: list[Text], catalog: Catalog) -> None:
    """Write a ``.ts`` file, with a message for each text."""
    root = ET.Element("TS", version="2.1", sourcelanguage="en", language=language)
    contexts: dict[str, ET.Element] = {}
    for text in texts:
        if text.context not in contexts:
            contexts[text.context] = ET.SubElement(root, "context")
            ET.SubElement(contexts[text.context], "name").text = text.context
        known = catalog.get((text.context, text.source), Message())
        message = ET.SubElement(contexts[text.context], "message")
        ET.SubElement(message, "location", filename=f"../../{text.place}")
        ET.SubElement(message, "source").text = text.source
        node = ET.SubElement(message, "translation", {} if known.is_finished else {"type": "unfinished"})
        node.text = known.translation
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")


def placeholders(text: str) -> list[str]:
    """Return the ``{…}`` of a text, sorted: its translation must have the same. None where it is no format."""
    try:
        return sorted(f"{name}:{form}!{kind}" for _, name, form, kind in Formatter().parse(text) if name is not None)
    except ValueError:
        return []


def problems(language: str) -> list[str]:
    """Return what is wrong with a language's file: texts missing, not translated, or with other placeholders."""
    catalog, texts = read_catalog(catalog_path(language)), find_texts()
    found = []
    for text in texts:
        known = catalog.get((text.context, text.source))
        short = text.source[:70].replace("\n", " ")
        if known is None:
            found.append(f"{text.place}: not in the file: {short!r}")
        elif not known.is_finished:
            found.append(f"{text.place}: not translated: {short!r}")
        elif placeholders(text.source) != placeholders(known.translation):
            found.append(f"{text.place}: other placeholders: {short!r}")
        elif re.findall(r"^\s*|\s*$", text.source) != re.findall(r"^\s*|\s*$", known.translation):
            found.append(f"{text.place}: other space at its ends: {short!r}")
    wanted = {(text.context, text.source) for text in texts}
    found += [f"no longer used: {source[:70]!r}" for context, source in catalog if (context, source) not in wanted]
    return found


def catalog_path(language: str) -> Path:
    """Return the ``.ts`` file of a language."""
    return FOLDER / f"geonnx_{language}.ts"


def update() -> int:
    """Bring all ``.ts`` files up to date with the texts."""
    texts = find_texts()
    for language in LANGUAGES:
        path = catalog_path(language)
        catalog = read_catalog(path)
        write_catalog(path, language, texts, catalog)
        done = sum(catalog.get((text.context, text.source), Message()).is_finished for text in texts)
        print(f"i18n: {path.relative_to(ROOT)}: {len(texts)} texts, {len(texts) - done} to be translated")
    return 0


def compiler() -> str:
    """Return Qt's program that compiles translations."""
    for name in COMPILERS:
        for folder in (*COMPILER_FOLDERS, None):
            found = shutil.which(name, path=folder)
            if found:
                return found
    raise SystemExit("i18n: Qt's lrelease is not installed (Debian: qttools5-dev-tools)")


def release() -> int:
    """Compile all ``.ts`` files whose ``.qm`` is older."""
    for language in LANGUAGES:
        source = catalog_path(language)
        target = source.with_suffix(".qm")
        if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
            continue
        temporary = target.with_name(f".{target.name}.part")
        command = [compiler(), "-silent", "-nounfinished", "-removeidentical", str(source), "-qm", str(temporary)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not temporary.exists():
            print(f"i18n: {source}: {done.stdout}{done.stderr}", file=sys.stderr)
            return 1
        temporary.replace(target)
        print(f"i18n: {target.relative_to(ROOT)}")
    return 0


def check() -> int:
    """Say what is not translated."""
    found = [f"{language}: {problem}" for language in LANGUAGES for problem in problems(language)]
    for line in found:
        print(f"i18n: {line}", file=sys.stderr)
    return 1 if found else 0


def main() -> int:
    """Run from the command line."""
    commands = {"update": update, "release": release, "check": check}
    parser = argparse.ArgumentParser(description="Collect, check and compile translations.")
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
