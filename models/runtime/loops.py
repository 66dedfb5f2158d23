"""Loops in a graph that can't end: a run could not be stopped any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .sizes import named_constants, small_values

_MOST_TURNS = 100_000


def check_loops(nodes: Sequence[Any], tensors: Iterable[Any], path: Path) -> None:
    """Refuse Loop operators that run more than a hundred thousand turns and whose body never changes the condition.

    A loop whose condition is computed may have any limit, since exporters write the largest number for "while".
    Raises ModelError.
    """
    loops = [node for node in nodes if node.op_type == "Loop"]
    if not loops:
        return
    constants = named_constants(nodes, tensors)
    for node in loops:
        name = node.input[0] if node.input else ""
        turns = small_values(constants[name]) if name in constants else []
        is_short = name and (not turns or turns[0] <= _MOST_TURNS)
        bodies = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
        if not is_short and any(_never_ends(body) for body in bodies):
            raise ModelError(
                f"{path.name} holds a loop that does not end in {_MOST_TURNS:,} turns: it is damaged or made to do "
                "harm. Export the model again."
            )


def _never_ends(body: Any) -> bool:
    """Return True when the condition that the body gives back is the one it got, or a constant."""
    if not body.output or len(body.input) < 2:
        return True
    makers = {name: node for node in body.node for name in node.output}
    name = body.output[0].name
    for _ in range(len(makers) + 1):
        node = makers.get(name)
        if node is None or node.op_type == "Constant":
            return True
        if node.op_type not in ("Identity", "Cast") or not node.input:
            return False
        name = node.input[0]
    return True
