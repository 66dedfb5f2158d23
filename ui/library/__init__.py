"""Choosing a model: what there is, what its card says in plain words, which band of a layer it gets."""
