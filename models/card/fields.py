"""Typed access to JSON from strangers: every wrong type is one clear sentence instead of a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import ModelError

_LARGEST_CARD_BYTES = 16 * 1024 * 1024
_LARGEST_NUMBER = 1e300


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in *path*; raise ModelError when it is missing, huge, or not a JSON object."""
    try:
        if path.stat().st_size > _LARGEST_CARD_BYTES:
            raise ModelError(f"{path.name} is larger than 16 MB; expected a small JSON description of a model.")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ModelError(f"The model description {path} can't be read: {error.strerror}.") from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ModelError(f"{path.name} is not valid JSON ({error}): mend or remove the file.") from None
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise ModelError(f"{path.name} holds characters that are no Unicode text: mend or remove the file.") from None
    if not isinstance(data, dict):
        raise ModelError(f"{path.name} holds a JSON {type(data).__name__}; expected an object that describes a model.")
    return data


def number(value: object, what: str) -> float:
    """Return *value* as a finite float; *what* names it in the error."""
    # compared first: isfinite and float raise for whole numbers of more than 308 digits
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:  # type: ignore[operator]
        raise ModelError(f"The model card's {what} should be a number; found {value!r:.80}. Correct the card.")
    return float(value)  # type: ignore[arg-type]


def whole(value: object, what: str) -> int:
    """Return *value* as an int; *what* names it in the error."""
    result = number(value, what)
    if result != int(result):
        raise ModelError(f"The model card's {what} should be a whole number; found {value!r:.80}. Correct the card.")
    return int(result)


def flag(value: object, what: str) -> bool:
    """Return *value* when it is true or false; *what* names it in the error."""
    if not isinstance(value, bool):
        raise ModelError(f"The model card's {what} should be true or false; found {value!r:.80}. Correct the card.")
    return value


def text(value: object) -> str:
    """Return *value* when it is a string, else an empty one: for fields that only inform."""
    return value if isinstance(value, str) else ""


def objects(value: object, what: str) -> list[dict[str, Any]]:
    """Return *value* as a list of JSON objects; *what* names it in the error."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ModelError(f"The model card's {what} should be a list of objects; found {value!r:.80}. Correct the card.")
    return value
