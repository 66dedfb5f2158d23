"""The GeONNX panel: a page for each task, from a layer and a model to a run."""
