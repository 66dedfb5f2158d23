"""The pages of the panel, one for each task."""
