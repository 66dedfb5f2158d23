"""Values in an ONNX file's own metadata: JSON or Python literals, as the tools that wrote them have it."""

from __future__ import annotations

import ast
import json
from typing import Any

from ..errors import ModelError

_LONGEST_TEXT = 1_000_000


def read_value(metadata: dict[str, str], key: str) -> Any:
    """Return the value of *key*, read as JSON, else as a Python literal, else as text; None where it is absent."""
    text = metadata.get(key)
    if text is None:
        return None
    if len(text) > _LONGEST_TEXT:
        raise ModelError(f"The ONNX file's metadata '{key}' has {len(text):,} characters; expected a short value.")
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return text


def read_numbers(value: object) -> list[float]:
    """Return *value* as a list when it holds numbers only, else an empty one."""
    listed: list[Any] | tuple[Any, ...] = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(item, bool) or not isinstance(item, (int, float)) for item in listed):
        return []
    return [float(item) if abs(item) < 1e300 else float("nan") for item in listed]
