"""Work in the background: called back in the window's thread, or not at all."""

from __future__ import annotations

import threading

import pytest
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QWidget

from .conftest import settle, wait_for


@pytest.fixture
def window(qgis_app):
    window = QWidget()
    yield window
    if not sip.isdeleted(window):
        window.deleteLater()
    settle()


def make_reader(window):
    from geonnx.ui.background import Reader

    return Reader(window)


def test_the_answer_comes_in_the_windows_thread(window):
    reader = make_reader(window)
    seen = []
    reader.ask(threading.current_thread, lambda answer: seen.append((answer, threading.current_thread())), seen.append)
    assert reader.is_busy
    wait_for(lambda: seen)
    worker, caller = seen[0]
    assert worker is not caller
    assert caller is threading.main_thread()
    assert not reader.is_busy


def test_failures_are_sentences(window):
    from geonnx.models.errors import ModelError

    reader = make_reader(window)
    seen = []

    def refuse():
        raise ModelError("The model is broken.")

    reader.ask(refuse, lambda _: None, seen.append)
    wait_for(lambda: seen)
    reader.ask(lambda: 1 / 0, lambda _: None, seen.append)
    wait_for(lambda: len(seen) == 2)
    assert seen[0] == "The model is broken."
    assert "ZeroDivisionError" in seen[1]


def test_only_the_newest_request_is_answered(window):
    reader = make_reader(window)
    seen, first = [], threading.Event()
    reader.ask(lambda: first.wait(20), lambda _: seen.append("first"), seen.append)
    reader.ask(lambda: 2, seen.append, seen.append)
    wait_for(lambda: seen)
    first.set()
    settle()
    assert seen == [2]
    reader.ask(lambda: 3, seen.append, seen.append)
    reader.forget()
    assert not reader.is_busy
    reader.ask(lambda: 4, seen.append, seen.append)
    wait_for(lambda: not reader.is_busy)
    assert seen == [2, 4]


def test_windows_that_go_while_they_wait_are_no_harm(qgis_app):
    seen = []
    for _ in range(300):
        windows = [QWidget() for _ in range(4)]
        for window in windows:
            make_reader(window).ask(lambda: None, seen.append, seen.append)
        for window in windows:
            sip.delete(window)
    settle()
    assert seen == []
