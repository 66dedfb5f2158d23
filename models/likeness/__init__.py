"""How far an image lies from what a model was trained on: statistics of windows, their distance, and why."""
