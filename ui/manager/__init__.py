"""The model manager: which models there are, and adding, describing, trying, downloading and removing them."""
