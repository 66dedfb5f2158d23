"""s2-landcover and s2-landcover-4b: nine classes of land cover at 10 m, from ten or four bands of Sentinel-2."""
