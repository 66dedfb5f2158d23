"""Models by id, downloads from a server that misbehaves, and models that changed behind the user's back."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import load_model
from geonnx.models.catalog import entries as catalog
from geonnx.models.catalog import fetch
from geonnx.models.catalog.adding import add_model
from geonnx.models.catalog.download import download
from geonnx.models.catalog.entries import CatalogEntry, RemoteFile, find_model, list_models, models_folder
from geonnx.models.catalog.index import choose_entry, default_index, read_index
from geonnx.models.catalog.report import catalog_lines, describe_entries, merge_entries, render_catalog
from geonnx.models.catalog.trust import TRUST_FILE, read_trust
from geonnx.models.errors import Cancelled, DownloadError, ModelError

from .. import hostile
from ..bad_server import BadServer, Page
from ..tiny_models import box, identity, write_mlm

BODY = np.random.default_rng(3).integers(0, 256, 300_000, np.uint8).tobytes()
# newer urllib3 gives nothing of a read that broke off, older ones what there was of it: break off between two reads
WHOLE_READS = 4 << 14


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses between tries, no proxy of this machine, no folder of the user."""
    monkeypatch.setattr(fetch, "_BACKOFF_S", 0.001)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("GEONNX_MODELS", raising=False)
    monkeypatch.delenv("GEONNX_CATALOG", raising=False)
    monkeypatch.setattr(catalog, "_default", catalog._Default())


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return box(tmp_path_factory.mktemp("model") / "m.onnx").read_bytes()


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as running:
        yield running


def sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def entry_of(*urls: str, body: bytes = BODY, name: str = "m.onnx", **changes: Any) -> CatalogEntry:
    facts = {"sha256": sha(body), "size": len(body), **changes}
    return CatalogEntry("m", "M", "index", files=(RemoteFile(name, urls, facts["sha256"], facts["size"]),))


def get(entry: CatalogEntry, folder: Path, **options: Any) -> Path:
    return download(entry, folder, **{"timeout": (2.0, 1.0), **options})


def leftovers(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# What a network does


def test_download(server: BadServer, tmp_path: Path) -> None:
    server.pages["/m.onnx"] = Page(BODY)
    shares: list[float] = []
    path = get(entry_of(f"{server.url}/m.onnx"), tmp_path, progress=shares.append)
    assert path == tmp_path / "downloaded" / "m" / "m.onnx"
    assert path.read_bytes() == BODY
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 10
    assert read_trust(tmp_path) == {"downloaded/m/m.onnx": sha(BODY)}
    assert leftovers(tmp_path) == ["downloaded/m/m.onnx", TRUST_FILE]
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path) == path
    assert server.requests["/m.onnx"] == 1  # what is there is not fetched again


def test_dropped_connections_are_resumed(server: BadServer, tmp_path: Path) -> None:
    page = server.pages["/m.onnx"] = Page(BODY, drop_after=WHOLE_READS)
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path).read_bytes() == BODY
    assert page.asked == ["", *(f"bytes={n * WHOLE_READS}-" for n in range(1, 5))]


def test_short_bodies_are_resumed(server: BadServer, tmp_path: Path) -> None:
    def heal(number: int, page: Page) -> None:
        page.short_by = 0 if number > 2 else 100_000

    server.pages["/m.onnx"] = Page(BODY, change=heal)
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path).read_bytes() == BODY


def test_server_without_ranges_starts_again(server: BadServer, tmp_path: Path) -> None:
    def heal(number: int, page: Page) -> None:
        page.drop_after = None if number > 2 else WHOLE_READS

    page = server.pages["/m.onnx"] = Page(BODY, ranges=False, change=heal)
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path).read_bytes() == BODY
    assert page.asked[1] == f"bytes={WHOLE_READS}-"


def test_unknown_length(server: BadServer, tmp_path: Path) -> None:
    server.pages["/m.onnx"] = Page(BODY, hide_length=True)
    assert get(entry_of(f"{server.url}/m.onnx", size=None), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("etags", [('"one"', '"two"'), ("", ""), ('W/"a"', 'W/"b"')])
def test_a_file_that_changes_meanwhile_is_fetched_again(
    server: BadServer, tmp_path: Path, etags: tuple[str, str]
) -> None:
    older = bytes(255 - byte for byte in BODY)

    def change(number: int, page: Page) -> None:
        page.body, page.etag, page.drop_after = (older, etags[0], 90_000) if number == 1 else (BODY, etags[1], None)

    server.pages["/m.onnx"] = Page(change=change)
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path).read_bytes() == BODY


def test_an_interrupted_download_goes_on_in_the_next_call(server: BadServer, tmp_path: Path) -> None:
    page = server.pages["/m.onnx"] = Page(BODY, pause_s=0.002)
    entry = entry_of(f"{server.url}/m.onnx")
    stop: list[float] = []
    with pytest.raises(Cancelled):
        get(entry, tmp_path, progress=stop.append, cancelled=lambda: bool(stop) and stop[-1] > 0.4)
    assert not (tmp_path / "downloaded" / "m").exists()
    assert get(entry, tmp_path).read_bytes() == BODY
    assert int(page.asked[1].strip("bytes=-")) > 100_000


def test_500_then_200(server: BadServer, tmp_path: Path) -> None:
    server.pages["/m.onnx"] = Page(BODY, failures=3)
    said: list[str] = []
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path, log=said.append).read_bytes() == BODY
    assert sum("answers 500" in text for text in said) == 3


def test_redirects(server: BadServer, tmp_path: Path) -> None:
    server.pages["/a"] = Page(status=302, location="/b")
    server.pages["/b"] = Page(status=307, location=f"{server.url}/c")
    server.pages["/c"] = Page(BODY, drop_after=200_000)
    assert get(entry_of(f"{server.url}/a"), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("pause", [False, True])
def test_cancel(server: BadServer, tmp_path: Path, pause: bool) -> None:
    """Also while it waits for the next try."""
    server.pages["/m.onnx"] = Page(BODY, failures=9 if pause else 0, stall_after=100_000)
    stop = threading.Event()
    if pause:
        fetch_wait = pytest.MonkeyPatch()
        fetch_wait.setattr(fetch, "_BACKOFF_S", 30.0)
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            get(entry_of(f"{server.url}/m.onnx"), tmp_path, cancelled=stop.is_set, timeout=(9.0, 9.0))
    finally:
        timer.cancel()
        if pause:
            fetch_wait.undo()
    assert time.monotonic() - started < 5
    assert not (tmp_path / "downloaded" / "m").exists()


BAD_PAGES: list[tuple[str, Page, str]] = [
    ("404", Page(status=404), r"there is no such file \(HTTP 404\)\. Check the address"),
    ("403", Page(status=403), r"access is refused \(HTTP 403\)"),
    ("always-500", Page(BODY, failures=99), r"answers 500.*again and again.*goes on where this one stopped"),
    ("file", Page(status=302, location="file:///etc/passwd"), r"not http or https, which is never followed"),
    ("ftp", Page(status=301, location="ftp://127.0.0.1/m.onnx"), r"not http or https, which is never followed"),
    ("circle", Page(status=302, location="/m.onnx"), r"redirected again and again"),
    ("no-host", Page(status=302, location="http://"), r"redirected again and again|not http or https"),
    ("stalled", Page(BODY, stall_after=0), r"the server stopped sending, again and again"),
    ("nothing", Page(BODY, drop_after=0), r"can't be downloaded: the (connection broke off|server sent 0 of)"),
    ("other-hash", Page(BODY[::-1]), r"expected SHA-256 \w{12}…, found \w{12}…\. It was not kept"),
    ("longer", Page(BODY + b"x"), r"has 300001 bytes; the catalogue says 300000"),
    ("shorter", Page(BODY[:-1]), r"has 299999 bytes; the catalogue says 300000"),
    ("endless", Page(BODY * 9, hide_length=True), r"longer than the 300000 bytes that were announced"),
]


@pytest.mark.parametrize(("page", "says"), [case[1:] for case in BAD_PAGES], ids=[case[0] for case in BAD_PAGES])
def test_failures_are_one_sentence_and_leave_no_model(server: BadServer, tmp_path: Path, page: Page, says: str) -> None:
    server.pages["/m.onnx"] = Page(**{**page.__dict__, "asked": []})
    with pytest.raises(DownloadError, match=says) as caught:
        get(entry_of(f"{server.url}/m.onnx"), tmp_path, timeout=(1.0, 0.1))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert not (tmp_path / "downloaded" / "m").exists()
    assert list_models(tmp_path) == list_models()


def test_nobody_listens(tmp_path: Path) -> None:
    with BadServer() as gone:
        url = gone.url
    with pytest.raises(DownloadError, match=r"the server 127\.0\.0\.1 can't be reached, again and again"):
        get(entry_of(f"{url}/m.onnx"), tmp_path)
    with pytest.raises(DownloadError, match=r"the proxy does not answer"):
        get(entry_of("http://example.invalid/m.onnx"), tmp_path, proxies={"http": url, "https": url})


def test_proxy(server: BadServer, tmp_path: Path) -> None:
    """The proxy is asked for the whole address; excluded addresses are asked directly."""
    server.pages["http://models.invalid/m.onnx"] = Page(BODY)
    server.pages["/m.onnx"] = Page(BODY)
    proxies = {"http": server.url, "https": server.url, "no_proxy": "127.0.0.1, example.org"}
    assert get(entry_of("http://models.invalid/m.onnx"), tmp_path / "a", proxies=proxies).exists()
    assert get(entry_of(f"{server.url}/m.onnx"), tmp_path / "b", proxies=proxies).exists()
    assert set(server.requests) == {"http://models.invalid/m.onnx", "/m.onnx"}


# Several files


def test_several_files_appear_together(server: BadServer, tmp_path: Path) -> None:
    far = hostile.external(tmp_path)
    weights = (tmp_path / "weights.bin").read_bytes()
    server.pages["/far.onnx"] = Page(far.read_bytes())
    server.pages["/w.bin"] = Page(weights, status=404)
    entry = CatalogEntry(
        "far", "Far", "index",
        files=(
            RemoteFile("far.onnx", (f"{server.url}/far.onnx",), sha(far.read_bytes())),
            RemoteFile("weights.bin", (f"{server.url}/w.bin",), sha(weights)),
        ),
    )  # fmt: skip
    home = tmp_path / "home"
    with pytest.raises(DownloadError, match="404"):
        get(entry, home)
    assert not (home / "downloaded" / "far").exists()
    assert list_models(home) == list_models()
    server.pages["/w.bin"] = Page(weights)
    get(entry, home)
    assert server.requests["/far.onnx"] == 1  # the first file was kept
    assert leftovers(home / "downloaded") == ["far/far.onnx", "far/weights.bin"]
    assert load_model("far", home).card.model_path == home / "downloaded" / "far" / "far.onnx"


def test_pieces_of_one_file(server: BadServer, tmp_path: Path) -> None:
    cuts = [0, 100_000, 100_001, 250_000, len(BODY)]
    urls = []
    for number, (start, stop) in enumerate(zip(cuts, cuts[1:])):
        server.pages[f"/m.{number}"] = Page(BODY[start:stop], drop_after=40_000)
        urls.append(f"{server.url}/m.{number}")
    server.pages["/m.2"].status = 404
    with pytest.raises(DownloadError, match="404"):
        get(entry_of(*urls), tmp_path)
    server.pages["/m.2"].status = 200
    assert get(entry_of(*urls), tmp_path).read_bytes() == BODY
    assert server.requests["/m.1"] == 1
    assert leftovers(tmp_path) == ["downloaded/m/m.onnx", TRUST_FILE]


def test_a_new_version_takes_the_place_of_the_old_one(server: BadServer, tmp_path: Path) -> None:
    server.pages["/m.onnx"] = Page(BODY)
    path = get(entry_of(f"{server.url}/m.onnx"), tmp_path)
    (path.parent / "older.txt").write_text("of the older version")
    newer = BODY[::-1]
    with pytest.raises(DownloadError):
        get(entry_of(f"{server.url}/m.onnx", body=newer), tmp_path)
    assert path.read_bytes() == BODY  # a failed update leaves the old model
    server.pages["/m.onnx"] = Page(newer)
    get(entry_of(f"{server.url}/m.onnx", body=newer), tmp_path)
    assert path.read_bytes() == newer
    assert leftovers(tmp_path) == ["downloaded/m/m.onnx", TRUST_FILE]
    assert read_trust(tmp_path) == {"downloaded/m/m.onnx": sha(newer)}


@pytest.mark.parametrize(
    "name",
    ["../m.onnx", "/etc/m.onnx", "a/../../m.onnx", "..", "C:m.onnx", "a\\..\\m.onnx", "nul.onnx", "m.onnx.", " m.onnx",
     "m\n.onnx", "x/" * 9 + "m.onnx", "m.part", ".hidden.onnx", "", "é" * 300],
)  # fmt: skip
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DownloadError, match="nothing was downloaded"):
        get(entry_of("http://127.0.0.1:9/m.onnx", name=name), tmp_path)
    assert leftovers(tmp_path) == []


def test_entries_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"gives no SHA-256 for m\.onnx of m, so it could not be verified"):
        get(entry_of("http://127.0.0.1:9/m.onnx", sha256=""), tmp_path)
    with pytest.raises(DownloadError, match="gives no address"):
        get(CatalogEntry("m", "M", "index"), tmp_path)
    with pytest.raises(DownloadError, match="can't be the name of a folder"):
        get(CatalogEntry("../m", "M", "index", files=entry_of("x").files), tmp_path)
    twice = RemoteFile("m.onnx", ("http://x/m",), sha(BODY)), RemoteFile("M.onnx", ("http://x/n",), sha(BODY))
    with pytest.raises(DownloadError, match="two files of m the same name"):
        get(CatalogEntry("m", "M", "index", files=twice), tmp_path)
    huge = entry_of("http://127.0.0.1:9/m.onnx")
    with pytest.raises(DownloadError, match=r"needs [\d,]+ MB in .* are free"):
        get(CatalogEntry("m", "M", "index", files=huge.files, size=1 << 60), tmp_path)


# Indexes


def test_own_index(server: BadServer, tmp_path: Path, model_bytes: bytes) -> None:
    card = write_mlm(tmp_path / "box.onnx", bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")]).read_bytes()
    index = {
        "models": [
            {
                "id": "s2-box", "name": "Box", "task": "segment", "licence": "CC-BY-4.0", "description": "A box.",
                "files": [
                    {"url": "files/box.onnx", "sha256": sha(model_bytes), "size": len(model_bytes)},
                    {"url": f"{server.url}/files/card", "name": "box.json", "sha256": "1220" + sha(card)},
                ],
            }
        ]
    }  # fmt: skip
    server.pages["/catalog.json"] = Page(json.dumps(index).encode())
    server.pages["/files/box.onnx"] = Page(model_bytes)
    server.pages["/files/card"] = Page(card)
    (entry,) = read_index(f"{server.url}/catalog.json")
    assert (entry.id, entry.source, entry.licence, entry.is_downloaded) == ("s2-box", "index", "CC-BY-4.0", False)
    assert entry.urls == (f"{server.url}/files/box.onnx", f"{server.url}/files/card")
    get(entry, tmp_path / "home")
    model = load_model("s2-box", tmp_path / "home")
    assert model.card.dialect.startswith("STAC MLM")
    found = find_model("s2-box", tmp_path / "home")
    assert (found.source, found.sha256, found.is_downloaded) == ("downloaded", sha(model_bytes), True)
    assert describe_entries(merge_entries([found], [entry]))[0]["path"] == str(found.path)
    assert len(merge_entries([found], [entry])) == 1


@pytest.mark.parametrize("shape", ["list", "collection", "item"])
def test_stac_index(server: BadServer, tmp_path: Path, model_bytes: bytes, shape: str) -> None:
    source = tmp_path / "made" / "b.onnx"
    source.parent.mkdir()
    source.write_bytes(model_bytes)
    item = json.loads(write_mlm(source, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")]).read_text())
    item["assets"]["model"].update({"href": "deep/box.onnx", "file:checksum": "1220" + sha(model_bytes)})
    item["assets"]["torch"] = {"href": "box.pt", "roles": ["mlm:model"]}
    item["assets"]["notes"] = {"href": "notes.txt", "roles": ["geonnx:file"], "file:checksum": sha(b"notes")}
    data = {"list": [item], "collection": {"type": "FeatureCollection", "features": [item]}, "item": item}[shape]
    server.pages["/x/items.json"] = Page(json.dumps(data).encode())
    server.pages["/x/deep/box.onnx"] = Page(model_bytes)
    server.pages["/x/notes.txt"] = Page(b"notes")
    entry = choose_entry(read_index(f"{server.url}/x/items.json"), "")
    path = get(entry, tmp_path / "home")
    assert leftovers(tmp_path / "home" / "downloaded") == ["b/box.json", "b/box.onnx", "b/notes.txt"]
    model = load_model("b", tmp_path / "home")
    assert model.card.inputs[0].band_names == ("r", "g", "b")
    assert model.card.checksum == sha(model_bytes)
    assert model.card.model_path == path


def test_local_index_copies(tmp_path: Path, model_bytes: bytes) -> None:
    shelf = tmp_path / "shelf"
    (shelf / "sub").mkdir(parents=True)
    (shelf / "sub" / "box.onnx").write_bytes(model_bytes)
    index = shelf / "catalog.json"
    index.write_text(json.dumps([{"id": "b", "files": [{"url": "sub/box.onnx", "sha256": sha(model_bytes)}]}]))
    get(read_index(index)[0], tmp_path / "home")
    assert load_model("b", tmp_path / "home").sha256 == sha(model_bytes)
    (shelf / "sub" / "box.onnx").unlink()
    with pytest.raises(DownloadError, match=r"box\.onnx of the catalogue can't be read"):
        get(read_index(index)[0], tmp_path / "elsewhere")


BAD_INDEXES: list[tuple[Any, str]] = [
    (b"<html>", "is no catalogue: expected JSON"),
    (b"\xff\xfe", "is no catalogue: expected JSON"),
    (b"[" * 100_000, "is no catalogue: expected JSON"),
    (b'["\\ud800"]', "is no catalogue: expected JSON"),
    (b"3", "is no catalogue: expected a list"),
    ({}, "is no catalogue: expected a list"),
    ([3], "Expected an object for model number 1"),
    ([{"id": "../x", "files": []}], r"The id of model number 1 .* is '\.\./x'; expected letters"),
    ([{"id": "x", "files": []}], "should be a list of objects with url and sha256"),
    ([{"id": "x", "files": [{"url": 3}]}], "has no address"),
    ([{"id": "x", "files": [{"url": "x.onnx", "size": "big"}]}], "size of a file .* is 'big'"),
    ([{"id": "x", "files": [{"url": "x.txt"}]}], r"No file of .* is a model"),
    ([{"id": "x", "files": [{"url": "file:///etc/x.onnx"}]}], "may not be fetched"),
    ([{"id": "x", "files": [{"url": "ftp://h/x.onnx"}]}], "may not be fetched"),
    ([{"id": "x", "files": [{"url": "http://[/x.onnx"}]}], "is no address|may not be fetched|is a model"),
    ([{"id": "x", "properties": {}, "assets": {}}], r"No asset of .* is an ONNX model"),
    ([{"id": "x", "files": [{"url": "x.onnx"}]}] * 2, "lists x more than once"),
]


@pytest.mark.parametrize(("content", "says"), BAD_INDEXES)
def test_bad_indexes(server: BadServer, tmp_path: Path, content: Any, says: str) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    server.pages["/catalog.json"] = Page(raw)
    (tmp_path / "catalog.json").write_bytes(raw)
    for source in (f"{server.url}/catalog.json", tmp_path / "catalog.json"):
        with pytest.raises(DownloadError, match=says):
            read_index(source)


def test_where_an_index_is_missing(server: BadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source, says in (
        ("", "No catalogue is named"),
        (str(tmp_path / "none.json"), "can't be read"),
        ("x" * 5000, "can't be read"),
        (f"{server.url}/none.json", "no such file"),
    ):
        with pytest.raises(DownloadError, match=says):
            read_index(source)
    server.pages["/huge.json"] = Page(b" " * (17 << 20))
    with pytest.raises(DownloadError, match="larger than 16 MB"):
        read_index(f"{server.url}/huge.json")
    with pytest.raises(DownloadError, match="may not be fetched: expected an http"):
        (tmp_path / "up.json").write_text(json.dumps([{"id": "x", "files": [{"url": "../x.onnx"}]}]))
        read_index(tmp_path / "up.json")
    monkeypatch.setenv("GEONNX_CATALOG", "somewhere.json")
    assert default_index() == "somewhere.json"
    with pytest.raises(DownloadError, match=r"has no model 'y'; it has x\."):
        choose_entry((CatalogEntry("x", "X", "index"),), "y")


# Ids


def test_ids_of_the_user_folder(tmp_path: Path, model_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [
        "plain",
        "group/one",
        "group/two",
        "alone/x",
        "a/b/c/deep",
        "a/b/c/d/no",
        ".hidden/no",
        "downloaded/got/m",
    ]
    for place in [f"{name}.onnx" for name in places]:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model_bytes)
    write_mlm(tmp_path / "plain.onnx", bands=["r", "g", "b"], classes=[(0, "a")])
    card = json.loads((tmp_path / "plain.json").read_text())
    card["id"] = "named-by-its-card"
    (tmp_path / "plain.json").write_text(json.dumps(card))
    (tmp_path / "group" / "one.json").write_text("no JSON at all")
    ids = [entry.id for entry in list_models(tmp_path) if entry.source != "bundled"]
    assert ids == ["got", "named-by-its-card", "alone", "one", "two", "a"]
    assert find_model("plain", tmp_path).id == "named-by-its-card"
    assert models_folder() is None
    monkeypatch.setenv("GEONNX_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    assert load_model("two").sha256 == sha(model_bytes)
    with pytest.raises(
        ModelError, match=r"The model 'three' is no .* Known are .*got, named-by-its-card, alone, one, two"
    ):
        load_model("three")
    page = render_catalog(list_models())
    assert "named-by-its-card" in page


def test_the_list_as_lines_of_text(tmp_path: Path, model_bytes: bytes) -> None:
    for name in ("bare", "land"):
        (tmp_path / f"{name}.onnx").write_bytes(model_bytes)
    write_mlm(tmp_path / "land.onnx", bands=["red", "green", "blue"], classes=[(0, "a"), (1, "b")])
    item = json.loads((tmp_path / "land.json").read_text())
    item["properties"]["mlm:name"] = "Land\n" + "x" * 80
    (tmp_path / "land.json").write_text(json.dumps(item))
    entries = [entry for entry in list_models(tmp_path) if entry.source == "user"]
    head, bare, land = (re.split(r" +\| ", line) for line in catalog_lines(entries))
    assert head == ["Id", "Task", "Bands", "Classes", "Size", "Where", "Name"]
    assert bare == ["bare", "–", "–", "–", "0.0 MB", "your own", "bare"]
    assert land == ["land", "segment", "red,green,blue", "2", "0.0 MB", "your own", f"Land {'x' * 54}…"]
    assert len({line.index(" | ") for line in catalog_lines(entries)}) == 1
    facts = describe_entries(entries)[1]
    assert (facts["bands"], facts["classes"]) == (["red", "green", "blue"], ["a", "b"])
    for broken in ({"mlm:input": 5, "mlm:output": [7]}, {"mlm:input": [{"bands": "x"}], "mlm:output": [{}]}, 3):
        (tmp_path / "land.json").write_text(json.dumps({"properties": broken}))
        (_, entry) = [entry for entry in list_models(tmp_path) if entry.source == "user"]
        assert (entry.bands, entry.classes) == ((), ())


@pytest.mark.parametrize(
    ("given", "meant"),
    [("S2-Cloudmask", "s2-cloudmask"), ("s2_cloudmask", "s2-cloudmask"), ("s2-cloudmsk", "s2-cloudmask"),
     ("UPPER", "upper"), ("uper", "upper"), ("zzz", "")],
)  # fmt: skip
def test_the_id_that_is_meant_is_told(tmp_path: Path, model_bytes: bytes, given: str, meant: str) -> None:
    for name in ("s2-cloudmask", "S2-Cloudmask-4b", "upper", "Upper2"):
        (tmp_path / f"{name}.onnx").write_bytes(model_bytes)
    with pytest.raises(ModelError, match=f"The model '{given}' is no path .* Known are ") as caught:
        load_model(given, tmp_path)
    end = f"; perhaps {meant} is meant." if meant else "Upper2, upper."
    assert str(caught.value).endswith(end)


def test_same_id_twice(tmp_path: Path, model_bytes: bytes) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.onnx").write_bytes(model_bytes)
        (tmp_path / f"{name}.json").write_text(json.dumps({"id": "same", "properties": {"mlm:name": f"<{name}>"}}))
    entries = [entry for entry in list_models(tmp_path) if entry.source == "user"]
    assert [entry.id for entry in entries] == ["same", "b", "c"]
    assert "<a>" not in render_catalog(entries)


@pytest.mark.parametrize("text", ["nothing", "x y", "model.pt", "m.onnx", "x/y", "", "a\0b", "x" * 5000, "..", "~"])
def test_what_is_no_model_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(text, tmp_path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


# Trust


def test_a_changed_model_is_refused_until_agreed(tmp_path: Path, model_bytes: bytes) -> None:
    other = identity(tmp_path / "other.onnx", bands=3).read_bytes()
    home = tmp_path / "home"
    home.mkdir()
    path = home / "mine.onnx"
    path.write_bytes(model_bytes)
    load_model("mine", home)
    assert read_trust(home) == {"mine.onnx": sha(model_bytes)}
    path.write_bytes(other)
    for name in ("mine", path):
        with pytest.raises(ModelError, match=r"mine\.onnx changed since it was added: expected .* ACCEPT_CHANGED"):
            load_model(name, home)
    with pytest.raises(ModelError, match="Set ACCEPT_CHANGED"):
        add_model("mine", home)
    assert add_model("mine", home, accept_changed=True).sha256 == sha(other)
    assert load_model("mine", home).sha256 == sha(other)


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    hostile.external(home)
    load_model("far", home)
    assert set(read_trust(home)) == {"far.onnx", "weights.bin"}
    (home / "weights.bin").write_bytes(bytes(36))
    with pytest.raises(ModelError, match=r"weights\.bin changed since it was added"):
        load_model("far", home)


def test_trust_needs_no_writable_folder(tmp_path: Path, model_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.onnx").write_bytes(model_bytes)

    def refuse(*_words: Any, **_more: Any) -> Any:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkstemp", refuse)
        load_model("m", tmp_path)
    (tmp_path / TRUST_FILE).write_text('{"models": 3}')
    with pytest.raises(ModelError, match=r"trust\.json is damaged.*Delete it to agree"):
        load_model("m", tmp_path)


def test_add_model(tmp_path: Path) -> None:
    source = tmp_path / "my models"
    source.mkdir()
    far = hostile.external(source, name="far away.onnx")
    write_mlm(far, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    home = tmp_path / "home"
    entry = add_model(str(far), home)
    assert (entry.id, entry.source, entry.sha256) == ("far-away", "user", sha(far.read_bytes()))
    assert leftovers(home) == [
        "far-away/far away.json", "far-away/far away.onnx", "far-away/weights.bin", TRUST_FILE,
    ]  # fmt: skip
    shutil.rmtree(source)
    assert load_model("far-away", home).card.inputs[0].band_names == ("r", "g", "b")
    again = identity(tmp_path / "again.onnx", bands=3)
    with pytest.raises(ModelError, match=r"The id '\.\./x' can't be used"):
        add_model(str(again), home, model_id="../x")
    assert add_model(str(again), home, model_id="second").id == "second"
    box(again)
    with pytest.raises(ModelError, match=r"again\.onnx is not the file that was added before.*ACCEPT_CHANGED"):
        add_model(str(again), home, model_id="second")
    add_model(str(again), home, model_id="second", accept_changed=True)
    assert load_model("second", home).sha256 == sha(again.read_bytes())
    (home / "loose.onnx").write_bytes(again.read_bytes())
    with pytest.raises(ModelError, match=r"The id 'loose' belongs to .*loose\.onnx already"):
        add_model(str(again), home, model_id="loose")
    with pytest.raises(ModelError, match="MODEL is empty"):
        add_model("", home)
