"""Tiles of a run on other machines: the workers of a Dask scheduler, which need this package and no QGIS."""
