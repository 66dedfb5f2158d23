"""Keeping the models folder: removal, copies, indexes with mistakes, and what failed downloads leave behind."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geonnx.models import load_model
from geonnx.models.catalog import entries as catalog
from geonnx.models.catalog import fetch
from geonnx.models.catalog.adding import ChangedModelError, TakenIdError, add_model
from geonnx.models.catalog.download import download
from geonnx.models.catalog.entries import CatalogEntry, RemoteFile, find_model, list_models
from geonnx.models.catalog.index import choose_entry, read_index
from geonnx.models.catalog.removal import plan_removal, remove_model
from geonnx.models.catalog.trust import read_trust
from geonnx.models.describe import Changes, describe
from geonnx.models.errors import DownloadError, ModelError, OutputError, SettingsError

from .. import hostile
from ..bad_server import BadServer, Page
from ..tiny_models import box, identity, write_mlm

BODY = bytes(range(256)) * 500


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses between tries, no proxy of this machine, no folder of the user."""
    monkeypatch.setattr(fetch, "_BACKOFF_S", 0.001)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("GEONNX_MODELS", raising=False)
    monkeypatch.setattr(catalog, "_default", catalog._Default())


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def take(model_id: str, home: Path, **options: Any) -> Any:
    return remove_model(plan_removal(find_model(model_id, home), home), **options)


# Removal


def test_removal_takes_the_model_its_description_and_weights(tmp_path: Path, home: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    far = hostile.external(source)
    write_mlm(far, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    add_model(str(far), home)
    add_model(str(box(tmp_path / "other.onnx")), home)
    plan = plan_removal(find_model("far", home), home)
    assert [path.name for path in plan.files] == ["far.onnx", "far.json", "weights.bin"]
    assert plan.size_bytes == sum(path.stat().st_size for path in plan.files)
    removed = remove_model(plan)
    assert not removed.is_in_trash
    assert listed(home) == ["other", "other/other.onnx", "trust.json"]
    assert set(read_trust(home)) == {"other/other.onnx"}
    assert load_model("other", home)
    assert source.joinpath("weights.bin").exists()


def test_removal_leaves_what_others_need_and_what_nobody_knows(home: Path) -> None:
    hostile.external(home, name="one.onnx")
    hostile.external(home, name="two.onnx")
    (home / "notes.txt").write_text("mine")
    plan = plan_removal(find_model("one", home), home)
    assert [path.name for path in plan.files] == ["one.onnx"]
    assert [path.name for path in plan.shared] == ["weights.bin"]
    remove_model(plan)
    load_model("two", home)
    take("two", home)
    assert listed(home) == ["notes.txt", "trust.json"]


def test_weights_stay_while_a_neighbour_can_not_be_read(home: Path) -> None:
    hostile.external(home, name="one.onnx")
    (home / "broken.onnx").write_bytes(b"no model")
    take("one", home)
    assert listed(home) == ["broken.onnx", "trust.json", "weights.bin"]
    take("broken", home)
    assert listed(home) == ["trust.json", "weights.bin"]


def test_removal_of_a_download_takes_what_came_with_it(server: BadServer, home: Path, tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx").read_bytes()
    server.pages["/m.onnx"], server.pages["/licence.txt"] = Page(model), Page(b"free")
    files = (
        RemoteFile("m.onnx", (f"{server.url}/m.onnx",), sha(model)),
        RemoteFile("docs/licence.txt", (f"{server.url}/licence.txt",), sha(b"free")),
    )
    download(CatalogEntry("m", "M", "index", files=files), home)
    (home / "downloaded" / "n").mkdir()
    take("m", home)
    assert listed(home) == ["downloaded", "downloaded/n", "trust.json"]
    assert read_trust(home) == {}


def test_an_esri_definition_of_the_model_goes_too(home: Path) -> None:
    (home / "e").mkdir()
    box(home / "e" / "e.onnx")
    (home / "e" / "e.emd").write_text(json.dumps({"Framework": "ONNX", "ModelFile": "e.onnx", "ModelType": "x"}))
    take("e", home)
    assert listed(home) == ["trust.json"]


def test_nothing_outside_of_the_folder_is_removed(tmp_path: Path, home: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    box(outside / "far.onnx")
    (home / "linked").symlink_to(outside, target_is_directory=True)
    (home / "alias.onnx").symlink_to(outside / "far.onnx")
    there = CatalogEntry("far", "Far", "user", path=home / "linked" / "far.onnx")
    for entry in (there, CatalogEntry("far", "Far", "user", path=outside / "far.onnx")):
        with pytest.raises(ModelError, match="outside of the models folder"):
            plan_removal(entry, home)
    with pytest.raises(ModelError, match="outside of the models folder"):
        plan_removal(CatalogEntry("m", "M", "bundled", path=home / "alias.onnx"), home)
    with pytest.raises(ModelError, match="not on this computer"):
        plan_removal(CatalogEntry("m", "M", "index"), home)
    with pytest.raises(ModelError, match="not there any more"):
        plan_removal(CatalogEntry("m", "M", "user", path=home / "gone.onnx"), home)
    take("alias", home, trash=lambda path: pytest.fail(f"{path} is a link"))
    assert (outside / "far.onnx").exists()
    assert not (home / "alias.onnx").is_symlink()


def test_the_wastebasket_is_used_where_there_is_one(tmp_path: Path, home: Path) -> None:
    add_model(str(box(tmp_path / "m.onnx")), home)
    basket = tmp_path / "basket"
    basket.mkdir()

    def trash(path: Path) -> bool:
        shutil.move(str(path), basket / path.name)
        return True

    assert take("m", home, trash=trash).is_in_trash
    assert listed(home) == ["trust.json"]
    assert listed(basket) == ["m.onnx"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are others there")
def test_a_file_that_stays_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box(home / "m.onnx")

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OutputError, match=r"m\.onnx can't be removed: Permission denied\. Is it open"):
        take("m", home)


# Copies


def test_copy_within_the_folder(server: BadServer, tmp_path: Path, home: Path) -> None:
    first = add_model(str(box(tmp_path / "m.onnx")), home)
    write_mlm(first.path, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    copied = add_model(str(first.path), home, model_id="m-copy", is_copy=True)
    assert (copied.id, copied.source) == ("m-copy", "user")
    assert load_model("m-copy", home).card.inputs[0].band_names == ("r", "g", "b")
    assert {entry.id for entry in list_models(home) if entry.source == "user"} == {"m", "m-copy"}
    (home / "loose.onnx").write_bytes(first.path.read_bytes())
    with pytest.raises(TakenIdError):
        add_model(str(first.path), home, model_id="loose", is_copy=True)
    with pytest.raises(ChangedModelError):
        add_model(str(identity(tmp_path / "m.onnx", bands=3)), home)


# Indexes with mistakes


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "files": [{"url": f"{name}.onnx", "sha256": sha(BODY)}], **more}


def test_one_bad_entry_does_not_hide_the_others(tmp_path: Path) -> None:
    index = tmp_path / "catalog.json"
    bad = [3, {"id": "../x"}, {"id": "no-files", "files": []}, entry("ftp") | {"files": [{"url": "ftp://h/x.onnx"}]}]
    index.write_text(json.dumps({"models": [entry("a"), *bad, entry("twice"), entry("twice"), entry("b")]}))
    said: list[str] = []
    found = read_index(index, warn=said.append)
    assert [item.id for item in found] == ["a", "b"]
    assert len(said) == 5
    for text, part in zip(said, ("number 2", r"'../x'", "('no-files')", "may not be fetched", "lists twice more than")):
        assert part in text
        assert text.endswith(".")
    assert choose_entry(found, "b").id == "b"
    index.write_text(json.dumps(bad))
    with pytest.raises(DownloadError, match=r"Expected an object for model number 1 .* So are 3 more of its models\."):
        read_index(index)
    index.write_text("[]")
    assert read_index(index) == ()


# What a failed download says and leaves


@pytest.mark.parametrize(
    "page",
    [Page(status=404), Page(BODY, failures=99), Page(BODY[::-1]), Page(BODY + b"x"), Page(BODY, drop_after=0)],
    ids=["404", "500", "hash", "size", "nothing"],
)
def test_a_failed_download_leaves_no_empty_folder(server: BadServer, home: Path, page: Page) -> None:
    server.pages["/m.onnx"] = Page(**{**page.__dict__, "asked": []})
    file = RemoteFile("deep/m.onnx", (f"{server.url}/m.onnx",), sha(BODY), len(BODY))
    with pytest.raises(DownloadError):
        download(CatalogEntry("m", "M", "index", files=(file,)), home, timeout=(2.0, 1.0))
    assert listed(home) == ["downloaded"]


def test_what_the_next_try_can_use_stays(server: BadServer, home: Path) -> None:
    server.pages["/m.onnx"] = Page(
        BODY, drop_after=3 << 14, change=lambda n, page: setattr(page, "status", 404) if n > 1 else None
    )
    file = RemoteFile("m.onnx", (f"{server.url}/m.onnx",), sha(BODY), len(BODY))
    with pytest.raises(DownloadError):
        download(CatalogEntry("m", "M", "index", files=(file,)), home, timeout=(2.0, 1.0))
    assert "downloaded/.m.part/m.onnx.part" in listed(home)
    assert (home / "downloaded" / ".m.part" / "m.onnx.part").stat().st_size == 3 << 14


def test_where_no_connection_was_made_none_broke_off(server: BadServer, home: Path) -> None:
    with BadServer() as gone:
        url = gone.url
    file = RemoteFile("m.onnx", (f"{url}/m.onnx",), sha(BODY))
    with pytest.raises(DownloadError, match=r"the server 127\.0\.0\.1 can't be reached, again and again"):
        download(CatalogEntry("m", "M", "index", files=(file,)), home)
    file = RemoteFile("m.onnx", ("http://geonnx.invalid/m.onnx",), sha(BODY))
    with pytest.raises(DownloadError, match=r"the server geonnx\.invalid is not known"):
        download(CatalogEntry("m", "M", "index", files=(file,)), home)
    server.pages["/m.onnx"] = Page(BODY, drop_after=0)
    file = RemoteFile("m.onnx", (f"{server.url}/m.onnx",), sha(BODY))
    with pytest.raises(DownloadError, match=r"the (connection broke off|server sent 0 of)"):
        download(CatalogEntry("m", "M", "index", files=(file,)), home)


# Descriptions


def test_what_is_forgotten_is_gone(home: Path) -> None:
    model = box(home / "m.onnx")
    write_mlm(model, bands=["r", "g", "b"], classes=[(0, "a"), (1, "b"), (2, "c")])
    item = json.loads((home / "m.json").read_text())
    item["links"] = [{"rel": "derived_from", "href": "https://example.org/data"}]
    (home / "m.json").write_text(json.dumps(item))
    given = Changes(
        description="What it does.", gsd_m=10, tile_px=256, halo_px=16, fill=0.5, licence="My own, see the web",
        citation="Me (2024)", common_names=("red", "", "blue"), temperature=1.5, activation="softmax",
    )  # fmt: skip
    card = describe(model, given, overwrite=True).card
    assert [band.common_name for band in card.inputs[0].bands] == ["red", "", "blue"]
    assert (card.outputs[0].temperature, card.training_data) == (1.5, "https://example.org/data")
    forget = ("description", "gsd_m", "tile_px", "halo_px", "fill", "licence", "citation", "training_data")
    describe(model, Changes(forget=forget, common_names=("", "", "")), overwrite=True)
    card = load_model(model).card
    assert (card.description, card.gsd_m, card.tile_px, card.halo_px, card.fill) == ("", None, None, None, 0.0)
    assert (card.licence, card.citation, card.training_data) == ("", "", "")
    assert [band.common_name for band in card.inputs[0].bands] == ["", "", ""]
    assert card.outputs[0].temperature == 1.5
    with pytest.raises(SettingsError, match="'task' can't be left open"):
        describe(model, Changes(forget=("task",)), overwrite=True)
    with pytest.raises(SettingsError, match="2 common names for 3 bands"):
        describe(model, Changes(common_names=("a", "b")), overwrite=True)
