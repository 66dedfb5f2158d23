"""Two dates of one place: do they lie on each other, do their values compare, and what changed into what."""
