"""How good a result is: class maps against a reference, images against the true ones."""
