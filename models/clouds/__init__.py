"""Clouds: where they are, what to put in their place, and how the seam disappears."""
