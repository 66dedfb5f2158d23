"""What half precision changes in the results, and how much of that is let pass."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CLASSES = 0.005
"""share of the pixels whose class may change"""
MOST_PROBABILITY = 0.05
"""by which a probability may change"""
MOST_VALUE = 0.02
"""by which a value of an image may change, as a share of the range of its values"""


@dataclass(frozen=True)
class HalfLoss:
    """What float16 changes, measured on some tiles; plain numbers, 0 where there is nothing of the kind."""

    tiles: int
    classes: float = 0.0
    """share of the pixels whose class differs"""
    probability: float = 0.0
    """largest difference of a probability"""
    value: float = 0.0
    """largest difference of a value that is no probability, as a share of the range of values"""
    overflows: bool = False
    """True when there are numbers in float32 that are none in float16"""

    @property
    def is_small(self) -> bool:
        """True when float16 may be used."""
        return (
            not self.overflows
            and self.classes <= MOST_CLASSES
            and self.probability <= MOST_PROBABILITY
            and self.value <= MOST_VALUE
        )

    def __str__(self) -> str:
        """Return the loss for people."""
        if self.overflows:
            return "numbers grow too large for float16"
        return (
            f"{self.classes:.3%} of the pixels change their class, probabilities by {self.probability:.4f} and other "
            f"values by {self.value:.3%} at most (measured on {self.tiles} tiles)"
        )
