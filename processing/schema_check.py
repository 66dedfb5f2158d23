"""Checks a description against a JSON schema that the user has: the package jsonschema does it, where it is installed.

The plugin brings no schema and fetches none. References to schemas elsewhere are left unchecked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..models.card.fields import read_json_object
from ..models.errors import ModelError


def check_schema(item: dict[str, Any], schema_path: Path) -> None:
    """Raise ModelError when *item* does not follow the schema, or it can't be checked."""
    try:
        import jsonschema  # noqa: PLC0415  (only needed here, and not everywhere installed)
    except ImportError:
        raise ModelError(
            "The Python package 'jsonschema' is needed to check against a schema and is not installed: leave SCHEMA "
            "empty, or run 'pip install jsonschema' for the Python of QGIS."
        ) from None
    schema = _without_references(read_json_object(schema_path))
    try:
        validator = jsonschema.validators.validator_for(schema)(schema)
        error = jsonschema.exceptions.best_match(validator.iter_errors(item))
    except (jsonschema.exceptions.SchemaError, RecursionError, TypeError, ValueError, LookupError) as failure:
        raise ModelError(f"{schema_path.name} can't be used as a JSON schema ({failure!s:.200}).") from None
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the whole"
        raise ModelError(f"The description does not follow {schema_path.name}: {error.message:.300} (at {place}).")


def _without_references(schema: Any) -> Any:
    """Return a schema in which references that lead to other files allow anything."""
    if isinstance(schema, list):
        return [_without_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str) and not target.startswith("#"):
        return {}
    return {key: _without_references(value) for key, value in schema.items()}
