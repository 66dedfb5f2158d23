"""eurosat-rgb: ten kinds of scenes, from three bands of 64 × 64 px at 10 m."""
