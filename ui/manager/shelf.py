"""What the manager lists: models on this computer and those that catalogues offer; read in the background."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...models.catalog.entries import CatalogEntry, list_models
from ...models.catalog.index import read_index
from ...models.errors import GeonnxError
from ...processing.base import translate


@dataclass(frozen=True)
class Network:
    """How catalogues on the web are reached; taken from QGIS's settings beforehand."""

    proxies: Mapping[str, str] | None = None
    timeout: tuple[float, float] = (15.0, 60.0)


@dataclass(frozen=True)
class ShelfItem:
    """One line of the list."""

    entry: CatalogEntry
    index: str = ""
    """address of the catalogue that offers it; empty for models on this computer"""
    newer: bool = False
    """True for a model that is here in another version"""

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the list is read anew."""
        return self.entry.id, self.index


@dataclass(frozen=True)
class Offers:
    """What catalogues offer, and what is wrong with them."""

    items: tuple[ShelfItem, ...] = ()
    problems: tuple[str, ...] = ()


def read_offers(addresses: Iterable[str], network: Network) -> Offers:
    """Return what catalogues offer; one that can't be had does not keep the others away. Call it in the background."""
    items: list[ShelfItem] = []
    problems: list[str] = []
    seen: set[str] = set()
    for address in addresses:
        try:
            found = read_index(address, proxies=network.proxies, timeout=network.timeout, warn=problems.append)
        except GeonnxError as error:
            problems.append(str(error))
            continue
        items += [ShelfItem(entry, address) for entry in found if entry.id not in seen]
        seen |= {entry.id for entry in found}
    return Offers(tuple(items), tuple(problems))


def read_local(folder: Path | None) -> tuple[CatalogEntry, ...]:
    """Return the models on this computer. Call it in the background."""
    return list_models(folder)


def merge(local: Iterable[CatalogEntry], offers: Offers) -> tuple[ShelfItem, ...]:
    """Return the models here, then those offered that are not here, or are in another version."""
    here = tuple(local)
    known = {entry.id: entry for entry in here}
    offered = []
    for item in offers.items:
        mine = known.get(item.entry.id)
        if mine is None:
            offered.append(item)
        elif mine.source == "downloaded" and item.entry.sha256 and mine.sha256 not in ("", item.entry.sha256):
            offered.append(ShelfItem(item.entry, item.index, newer=True))
    return (*(ShelfItem(entry) for entry in here), *offered)


def matches(item: ShelfItem, words: str, task: str) -> bool:
    """Return True when a model has all of the *words* in what is said of it, and is for *task* (empty: any)."""
    entry = item.entry
    if task and entry.task and entry.task != task:
        return False
    said = " ".join((entry.id, entry.name, entry.description, entry.licence, entry.task)).lower()
    return all(word in said for word in re.findall(r"\S+", words.lower()))


def group_name(source: str) -> str:
    """Return the heading of a part of the list."""
    return {
        "bundled": translate("Included"),
        "downloaded": translate("Downloaded"),
        "user": translate("Your own"),
    }.get(source, translate("Can be downloaded"))


GROUPS: Sequence[str] = ("bundled", "downloaded", "user", "index")
