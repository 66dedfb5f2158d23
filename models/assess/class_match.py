"""Which class of the reference is which class of the map: as the user says, by name, by number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import RasterError, SettingsError

UNMATCHED = ("leave_out", "count_as_errors", "refuse")
"""what becomes of reference classes that the map does not have"""
_MOST_LISTED = 20


@dataclass(frozen=True)
class Rule:
    """One entry of CLASS_MAP: a class of the reference, and the map's class that it means; empty: left out."""

    reference: str
    target: str


@dataclass(frozen=True)
class ReferenceClass:
    """How the reference marks a class: by a name, a number or both."""

    name: str = ""
    number: int | None = None

    @property
    def label(self) -> str:
        """The name, else the number as text."""
        return self.name or str(self.number)


@dataclass(frozen=True)
class MapClass:
    """One class of the assessment, with all values of the map that have its name."""

    name: str
    values: tuple[int, ...]
    """empty for a class that only the reference has"""


@dataclass(frozen=True)
class ClassMatch:
    """The classes of the assessment and the place among them of every value of map and reference."""

    classes: tuple[MapClass, ...]
    map_places: Mapping[int, int]
    reference_places: Mapping[int, int]
    """reference classes that are left out are missing here"""
    unmatched: tuple[int, ...]
    """reference classes that the map does not have, whatever becomes of them"""
    dropped: tuple[int, ...]
    """reference classes that CLASS_MAP leaves out"""
    unused: tuple[str, ...]
    """left sides of CLASS_MAP that do not occur"""


def read_class_map(text: str) -> tuple[Rule, ...]:
    """Return the rules of ``forest=Trees;1=3;clouds=``; raise SettingsError when the text is something else."""
    rules = []
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        reference, sign, target = part.partition("=")
        if not sign or not reference.strip():
            raise SettingsError(
                f"CLASS_MAP holds '{part.strip()}'; expected pairs such as forest=Trees;1=3, the reference's class "
                "first, by name or number. An empty right side leaves the class out."
            )
        rules.append(Rule(reference.strip(), target.strip()))
    return tuple(rules)


def plain(name: str) -> str:
    """Return a name as it is compared: without case, and with one space for spaces, hyphens and underscores."""
    if re.fullmatch(r"-?\d+", name.strip()):
        return name.strip()
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def match_classes(
    map_names: Mapping[int, str], reference: Mapping[int, ReferenceClass], rules: Sequence[Rule], unmatched: str
) -> ClassMatch:
    """Match the classes that occur: names by value of the map (empty: none), and the reference's classes by code.

    A reference class is what a rule says; else the map's class of the same name (ignoring case, and spaces, hyphens and
    underscores alike); else, where names can't tell since the map or the class has none, that of the same number.
    Raises SettingsError for a rule whose target the map does not have, RasterError when no class matches, or when one
    does not and *unmatched* is ``refuse``.
    """
    classes, map_places = _group(map_names)
    has_names = any(map_names.values())
    by_rule = {plain(rule.reference): rule for rule in rules}
    targets = {rule: _target(rule, classes) for rule in rules if rule.target}
    used = set()
    places: dict[int, int] = {}
    dropped, missing = [], []
    for code, item in sorted(reference.items()):
        # a name comes before a number that happens to be another class's name
        rule = by_rule.get(plain(item.name)) if item.name else None
        rule = rule or by_rule.get(plain(str(item.number)))
        if rule is not None:
            used.add(rule)
            if not rule.target:
                dropped.append(code)
                continue
        place = targets[rule] if rule else _same(item, classes, has_names)
        if place is None:
            missing.append(code)
        else:
            places[code] = place
    _check(classes, reference, places, missing, unmatched)
    if unmatched == "count_as_errors":
        added: dict[str, int] = {}
        for code in missing:
            label = reference[code].label
            if plain(label) not in added:
                added[plain(label)] = len(classes)
                classes.append(MapClass(label, ()))
            places[code] = added[plain(label)]
    return ClassMatch(
        tuple(classes),
        map_places,
        places,
        tuple(missing),
        tuple(dropped),
        tuple(r.reference for r in rules if r not in used),
    )


def _group(names: Mapping[int, str]) -> tuple[list[MapClass], dict[int, int]]:
    """Return the map's classes, one for all values that share a name, in the order of their first values."""
    classes: list[MapClass] = []
    places: dict[int, int] = {}
    known: dict[str, int] = {}
    for value, name in sorted(names.items()):
        key = plain(name) or f"\0{value}"
        if key not in known:
            known[key] = len(classes)
            classes.append(MapClass(name or str(value), ()))
        place = places[value] = known[key]
        classes[place] = MapClass(classes[place].name, (*classes[place].values, value))
    return classes, places


def _target(rule: Rule, classes: Sequence[MapClass]) -> int:
    for place, item in enumerate(classes):
        if plain(item.name) == plain(rule.target):
            return place
    for place, item in enumerate(classes):
        if re.fullmatch(r"-?\d+", rule.target) and int(rule.target) in item.values:
            return place
    raise SettingsError(
        f"CLASS_MAP turns '{rule.reference}' into '{rule.target}'; the map has the classes {_list(classes)}."
    )


def _same(item: ReferenceClass, classes: Sequence[MapClass], has_names: bool) -> int | None:
    for place, candidate in enumerate(classes):
        if plain(candidate.name) == plain(item.label):
            return place
    if item.name and has_names:
        return None
    return next((place for place, candidate in enumerate(classes) if item.number in candidate.values), None)


def _check(
    classes: Sequence[MapClass],
    reference: Mapping[int, ReferenceClass],
    places: Mapping[int, int],
    missing: Sequence[int],
    unmatched: str,
) -> None:
    advice = "say which is which with CLASS_MAP, such as forest=Trees;1=3"
    if not places:
        found = ", ".join([item.label for item in reference.values()][:_MOST_LISTED])
        raise RasterError(f"No class of the reference ({found}) is one of the map ({_list(classes)}): {advice}.")
    if missing and unmatched == "refuse":
        names = ", ".join([reference[code].label for code in missing][:_MOST_LISTED])
        raise RasterError(
            f"The map has no class for {names} of the reference; it has {_list(classes)}: {advice}, or leave classes "
            "out (clouds=), or choose another UNMATCHED."
        )


def _list(classes: Sequence[MapClass]) -> str:
    texts = []
    for item in classes[:_MOST_LISTED]:
        numbers = ", ".join(str(value) for value in item.values)
        texts.append(item.name if item.name == numbers else f"{item.name} ({numbers})")
    return ", ".join(texts) + (", …" if len(classes) > _MOST_LISTED else "")
