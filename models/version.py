"""The version of the plugin; the same as in metadata.txt."""

VERSION = "0.1.0"
