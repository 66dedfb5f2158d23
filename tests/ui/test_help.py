"""The help window shows the pages of docs/, without a browser and without network."""

from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox

from .conftest import settle, wait_for


@pytest.fixture
def help_page(qgis_app, qgis_iface):
    from geonnx.ui import help as pages

    yield pages
    pages.close_help()
    settle()


def test_a_topic_is_shown_and_links_are_followed_and_gone_back(help_page):
    window = help_page.open_help("cards")
    wait_for(lambda: "STAC" in window.text(), what="the page on model cards")
    window._follow(QUrl("models.md"))
    wait_for(lambda: "PyTorch" in window.text(), what="the page on models")
    assert window.page() == "models"
    window.go_back()
    wait_for(lambda: window.page() == "cards" and "STAC" in window.text())
    assert not window._back.isEnabled()


def test_one_window_shows_all_topics(help_page):
    window = help_page.open_help("cards")
    assert help_page.open_help("models") is window
    assert window.isVisible()


@pytest.mark.parametrize("topic", ["", "no_such_page", "../../etc/passwd"])
def test_a_page_that_is_not_there_leads_to_the_first_one(help_page, topic):
    window = help_page.open_help(topic)
    wait_for(lambda: "GeONNX is a QGIS plugin" in window.text(), what="the first page")


def test_pictures_that_are_not_shipped_leave_no_gap(help_page, tmp_path, monkeypatch):
    monkeypatch.setattr(help_page, "_ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.png").touch()
    (tmp_path / "docs" / "page.md").write_text("A ![one](images/one.png)\nB ![two](there.png)\n")
    assert help_page.read_page("page") == "A B ![two](there.png)\n"


def test_addresses_open_in_the_browser(help_page, monkeypatch):
    opened = []
    monkeypatch.setattr(help_page.QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    window = help_page.open_help("cards")
    window._follow(QUrl("https://example.org/x.md"))
    assert opened == ["https://example.org/x.md"]
    assert window.page() == "cards"


def test_a_dialogs_help_button_opens_its_page(help_page, show):
    dialog = QDialog()
    buttons = QDialogButtonBox(dialog)
    help_page.add_help_button(buttons, "models")
    show(dialog)
    buttons.button(QDialogButtonBox.StandardButton.Help).click()
    window = help_page._Windows.shown
    assert window is not None
    assert window.page() == "models"
    dialog.close()
