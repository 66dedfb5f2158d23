"""Whether a network draws numbers by chance, so that running it again gives another answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .functions import subgraphs
from .signature import read_proto
from .sizes import named_constants, small_values

_DRAWS = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}


def draws_numbers(path: Path) -> bool:
    """Return True when some operator of the model draws random numbers: noise, or dropout that was left active.

    Raises ModelError when the file can't be read.
    """
    proto = read_proto(path)
    nodes = [*_nodes(proto.graph.node), *(node for function in proto.functions for node in _nodes(function.node))]
    constants = named_constants(nodes, proto.graph.initializer)

    def is_active(node: Any) -> bool:
        name = node.input[2] if len(node.input) > 2 else ""
        # computed while the network runs: nobody would do that to switch it off
        return bool(name) and any(small_values(constants[name])) if name in constants else bool(name)

    return any(node.op_type in _DRAWS or (node.op_type == "Dropout" and is_active(node)) for node in nodes)


def _nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for graph in subgraphs(attribute):
                yield from _nodes(graph.node)
