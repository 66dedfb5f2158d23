"""Tables and pages as text for the log."""

from __future__ import annotations

from geonnx.models.lines import page_lines, table_lines
from geonnx.models.page import chip, notes, page, pairs, table


def test_columns() -> None:
    rows = [("Id", "", "Task", "Bands"), ("land", "", "", "3"), ("x",)]
    assert table_lines(rows) == ["Id   | Bands", "land | 3", "x"]
    assert table_lines(rows[:1]) == ["Id | Task | Bands"]
    assert table_lines([]) == []


def test_a_page_as_text() -> None:
    cells = ("wet &amp; dry", "1", '<td rowspan="2">long &lt;b&gt;</td>'), ("rest", "12")
    sections = (
        "<p class='quiet'>All of it.</p>",
        notes(["said as a warning"]),
        "<h2>Classes &amp; more</h2>",
        table(("Name", "Count", "On"), cells, texts=3),
        pairs([("Size", "5 m")]),
        f"<ul><li>{chip('#ffffff')}one <b>two</b></li></ul>",
    )
    assert page_lines(page("Title", sections)) == [
        "All of it.",
        "",
        "Classes & more",
        "Name      | Count | On",
        "wet & dry | 1     | long <b>",
        "rest      | 12",
        "Size | 5 m",
        "- one two",
    ]
