"""s2-cloudmask, s2-cloudmask-4b: clear, cloud, cloud shadow, from six or four bands of Sentinel-2 or Landsat."""
