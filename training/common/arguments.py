"""What every training is called with."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def make_parser() -> argparse.ArgumentParser:
    """Return a parser of OUT and ``--threads``; a training adds its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    return parser


def read_arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return what the parser finds, and let PyTorch take as many threads as it says."""
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    return arguments
