"""What the user sets once for all runs, and the page of QGIS's options that shows it."""
