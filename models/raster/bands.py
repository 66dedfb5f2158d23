"""Which bands of a raster a model gets: those that BANDS names, else matched, else by the order of the file."""

from __future__ import annotations

from dataclasses import dataclass

from ..card.types import BandSpec, InputSpec
from ..errors import RasterError, SettingsError
from .band_match import BandMatch, match_bands
from .source import BandInfo, RasterInfo


@dataclass(frozen=True)
class BandChoice:
    """The bands to read, in the model's order, and one sentence on how they were found."""

    numbers: tuple[int, ...]
    how: str
    is_assumed: bool = False
    """True when nothing but the order supports the choice"""
    matches: tuple[BandMatch, ...] = ()
    """the same, band by band"""


def choose_bands(spec: InputSpec, raster: RasterInfo, requested: str) -> BandChoice:
    """Return the bands of *raster* that fill the model input *spec*; *requested* is the user's BANDS, may be empty.

    Raises SettingsError when *requested* is wrong, RasterError when a band is missing or nothing tells which to take.
    """
    if requested.strip():
        numbers = _requested_bands(requested, raster)
        if spec.channels is not None and len(numbers) != spec.channels:
            raise SettingsError(
                f"BANDS names {len(numbers)} bands; the model takes {spec.channels}"
                + (f" ({', '.join(spec.band_names)})" if spec.bands else "")
                + f". {raster.name} has the bands {raster.list_bands()}."
            )
        how = f"bands {', '.join(map(str, numbers))} as BANDS says"
        return BandChoice(numbers, how, matches=_matches(spec, numbers, "BANDS"))
    if spec.bands and all(band.number is not None for band in spec.bands):
        return _counted_bands(spec, raster)
    if spec.bands:
        matching = match_bands(spec.bands, raster)
        places = range(len(spec.bands))
        if all(place in matching.found for place in places):
            matches = tuple(matching.found[place] for place in places)
            return BandChoice(tuple(match.number for match in matches), _tell(matches), matches=matches)
        if matching.found or any(band.has_own_name for band in raster.data_bands):
            missing = [spec.bands[place].name for place in places if place not in matching.found]
            why = f" ({'; '.join(matching.reasons)})" if matching.reasons else ""
            raise RasterError(
                f"The model needs the band{'s' if len(missing) > 1 else ''} {', '.join(missing)}; {raster.name} has "
                f"{raster.list_bands()}{why}. Name the bands to use, in the model's order, with BANDS."
            )
    return _bands_by_order(spec, raster)


def explain_repeated(choice: BandChoice, raster_name: str) -> str:
    """Return a sentence where BANDS gives one band of a raster for several of the model's; else nothing."""
    given = [match for match in choice.matches if match.how == "BANDS"]
    numbers = [match.number for match in given]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is None:
        return ""
    names = " and ".join(match.name for match in given if match.number == twice and match.name)
    return (
        f"BANDS gives the model band {twice} of {raster_name}{f' as {names}' if names else ' several times'}: it sees "
        "the same in each, so the result will be wrong if this is not meant."
    )


def _counted_bands(spec: InputSpec, raster: RasterInfo) -> BandChoice:
    """Return the bands of a model that counts them instead of naming them, as Esri model definitions do."""
    numbers = tuple(band.number or 0 for band in spec.bands)
    if max(numbers) > len(raster.bands):
        raise RasterError(
            f"The model takes the bands number {', '.join(map(str, numbers))}; {raster.name} has only "
            f"{raster.list_bands()}. Name the bands to use, in the model's order, with BANDS."
        )
    how = f"bands {', '.join(map(str, numbers))} as the model counts them"
    return BandChoice(numbers, how, matches=_matches(spec, numbers, "number"))


def _bands_by_order(spec: InputSpec, raster: RasterInfo) -> BandChoice:
    available = raster.data_bands
    wanted = spec.channels
    if wanted is not None and wanted != len(available):
        # a product has masks and auxiliary bands among its own
        available = tuple(band for band in available if band.wavelength_um is not None)
    if wanted is not None and wanted != len(available):
        raise RasterError(
            f"The model takes {wanted} band{'s' if wanted != 1 else ''}"
            + (f" ({', '.join(spec.band_names)})" if spec.bands else "")
            + f"; {raster.name} has {len(raster.data_bands)}: {raster.list_bands()}{_mention_alpha(raster)}. Say with "
            "BANDS which to use, in the model's order."
        )
    numbers = tuple(band.number for band in available)
    return BandChoice(
        numbers,
        "all bands in the order of the file",
        is_assumed=bool(spec.bands) or len(numbers) > 1,
        matches=_matches(spec, numbers, "order"),
    )


def _mention_alpha(raster: RasterInfo) -> str:
    alpha = [str(band.number) for band in raster.bands if band.is_alpha]
    return f", and band {', '.join(alpha)} marked as transparency" if alpha else ""


def _matches(spec: InputSpec, numbers: tuple[int, ...], how: str) -> tuple[BandMatch, ...]:
    names = spec.band_names or ("",) * len(numbers)
    return tuple(BandMatch(name, number, how) for name, number in zip(names, numbers))


def _tell(matches: tuple[BandMatch, ...]) -> str:
    return ", ".join(
        f"{match.name} = band {match.number}" + ("" if match.how == "name" else f" by {match.how}") for match in matches
    )


def _requested_bands(requested: str, raster: RasterInfo) -> tuple[int, ...]:
    numbers = []
    for token in (part.strip() for part in requested.split(",")):
        number = _requested_number(token, raster)
        if number is None:
            raise SettingsError(
                f"BANDS asks for '{token}'; {raster.name} has the bands {raster.list_bands()}. Give their numbers or "
                "names, separated by commas."
            )
        numbers.append(number)
    return tuple(numbers)


def _requested_number(token: str, raster: RasterInfo) -> int | None:
    if token.isdigit():
        return int(token) if 1 <= int(token) <= len(raster.bands) else None
    found = match_bands([BandSpec(token)], raster).found if token else {}
    return found[0].number if found else None


def describe_band(band: BandInfo) -> str:
    """Return a band as messages name it: ``band 3 (red)``."""
    return f"band {band.number}" + (f" ({band.name})" if band.name else "")
