"""A scene: the band files that belong together, and what their product says of them."""

from __future__ import annotations

from dataclasses import dataclass

from .sensors import Sensor
from .stack import BandFile


@dataclass(frozen=True)
class Candidate:
    """One file of a scene: a band may be there at several resolutions."""

    band: BandFile
    pixel_m: float | None
    """as the file's name or folder says; None: unknown"""


@dataclass(frozen=True)
class Scene:
    """A satellite product, as far as its files and its metadata tell."""

    name: str
    sensor: Sensor
    level: str
    baseline: str
    candidates: tuple[Candidate, ...]

    def choose(self, pixel_m: float | None, picked: str | None) -> list[BandFile]:
        """Return one file a band, in the product's order of bands.

        *picked* wins for its band; then the resolution *pixel_m*, then the finest.
        """
        best: dict[str, Candidate] = {}
        for candidate in self.candidates:
            name = candidate.band.name
            if name not in best or _rank(candidate, pixel_m, picked) < _rank(best[name], pixel_m, picked):
                best[name] = candidate
        return [best[name].band for name in sorted(best, key=band_order)]


def _rank(candidate: Candidate, pixel_m: float | None, picked: str | None) -> tuple[bool, bool, float]:
    return (
        candidate.band.path != picked,
        pixel_m is None or candidate.pixel_m != pixel_m,
        candidate.pixel_m or 0.0,
    )


def band_order(name: str) -> tuple[int, int, str]:
    """Return the key that sorts B1 … B8, B8A, B9 … before everything that is no spectral band."""
    last = name.rsplit("_", maxsplit=1)[-1].upper()
    digits = "".join(letter for letter in last if letter.isdigit())
    is_band = last.startswith("B") and bool(digits)
    return (0 if is_band else 1, int(digits) if is_band else 0, name)
