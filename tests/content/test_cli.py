"""``python -m content``: what it writes, what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from content.bootstrap import open_content, read_starter_catalog
from content.catalog.history import Action
from content.cli import main
from content.transfer.csv_table import write_table
from tests.content import builders
from tests.content.hand import hand

ROOT = Path(__file__).resolve().parents[2]
STARTER = len(read_starter_catalog())


@pytest.fixture(autouse=True)
def installation(tmp_path, monkeypatch) -> None:
    """A database of its own, filled with the starter catalog at the first look."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'attune.db'}")
    monkeypatch.setenv("ATTUNE_MEDIA_DIR", str(tmp_path / "media"))
    monkeypatch.delenv("ATTUNE_MEDIA_URL", raising=False)


@pytest.fixture
def run(capfd):
    """Runs a command; exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(a) for a in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out, " ".join(err.split())

    return run


def catalog():
    content = open_content()
    try:
        return content.store.load()
    finally:
        content.close()


@pytest.fixture
def table(tmp_path) -> Path:
    """One new item and, in row 3, one with two wrong fields."""
    path = tmp_path / "table.csv"
    right, wrong = write_table([builders.ad("right"), builders.ad("wrong")]), b",wrong,"
    assert right.count(wrong) == 1
    path.write_bytes(right.replace(wrong, b",,").replace(b"wrong,ad", b"wrong,advert"))
    return path


def test_help_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "content"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for word in ("export", "import", "check", "--dry-run", "DATABASE_URL", "Exit code"):
        assert word in done.stdout + done.stderr


# The zip decodes every picture and clip of the starter catalog twice: half a minute of a processor.
@pytest.mark.parametrize("name", [pytest.param("catalog.zip", marks=pytest.mark.slow), "catalog.CSV"])
def test_an_export_comes_back(run, tmp_path, name) -> None:
    file = tmp_path / name
    assert run("export", file)[0] == 0
    assert run("check", file)[0] == 0
    code, out, _ = run("import", file, "--replace", "--json")
    done = json.loads(out)
    assert code == 0 and done["imported"]
    assert len(done["unchanged"]) == STARTER
    assert not (done["created"] or done["changed"] or done["deleted"] or done["invalid"])


def test_a_dry_run_changes_nothing(run, table) -> None:
    code, out, err = run("import", table, "--dry-run", "--replace", "--skip-invalid")
    assert code == 0
    assert "right" in out and "dry run" in err
    assert "Row 3 (wrong), kind:" in err and "Row 3 (wrong), title:" in err
    assert catalog().get("right") is None


def test_wrong_rows_stop_the_import_unless_left_out(run, table) -> None:
    code, _, err = run("import", table)
    assert code == 1
    assert "Nothing was imported" in err
    assert catalog().get("right") is None
    assert run("import", table, "--dry-run")[0] == 1
    assert run("import", table, "--skip-invalid", "--author", "ed@example.org")[0] == 0
    assert catalog().get("right") is not None
    content = open_content()
    newest = content.store.history(limit=1)[0]
    content.close()
    assert (newest.item_id, newest.author, newest.action) == ("right", "ed@example.org", Action.IMPORTED)


def test_replace_deletes_what_the_file_does_not_have(run, tmp_path) -> None:
    file = tmp_path / "one.csv"
    file.write_bytes(write_table([builders.ad("only")]))
    assert run("import", file)[0] == 0
    assert len(catalog().items) == STARTER + 1
    assert run("import", file, "--replace")[0] == 0
    assert [i.item_id for i in catalog().items] == ["only"]


def test_check_needs_no_database_and_names_each_problem(run, table, tmp_path) -> None:
    code, out, _ = run("check", table, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["valid"] == 1
    assert {(p["row"], p["item_id"], p["field"]) for p in found["invalid"]} >= {
        (3, "wrong", "kind"),
        (3, "wrong", "title"),
    }
    assert not (tmp_path / "attune.db").exists()


def test_what_a_file_says_is_not_read_as_markup(run, tmp_path) -> None:
    file = tmp_path / "markup.csv"
    file.write_bytes(b"item_id,kind,title\r\n[/red],[bold]x[/bold],t\r\n")
    code, _, err = run("check", file)
    assert code == 1
    assert "[/red]" in err and "[bold]x[/bold]" in err


@pytest.mark.parametrize(
    "arguments",
    [["export", "catalog.txt"], ["export"], ["import"], ["import", "x.zip", "--merge"], ["improt", "x.zip"]],
)
def test_wrong_usage(run, arguments) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Usage" in err


def test_files_that_are_no_catalogs(run, tmp_path) -> None:
    half = tmp_path / "half.zip"
    run("export", half)
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    empty = tmp_path / "empty.csv"
    empty.touch()
    for path in (half, empty, tmp_path / "missing.zip"):
        for command in ("check", "import"):
            code, out, err = run(command, path)
            assert (code, out) == (1, "")
            assert err.startswith("Error: Expected")


def test_an_export_without_a_file_says_which(run, tmp_path) -> None:
    content = open_content()
    hand(content).create(builders.media("lost"))
    content.close()
    code, _, err = run("export", tmp_path / "catalog.zip")
    assert code == 1
    assert "media/a.png" in err
    with zipfile.ZipFile(tmp_path / "catalog.zip") as archive:
        assert "media/a.png" not in archive.namelist()


def test_a_database_that_cannot_be_used(run, tmp_path, monkeypatch) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database, but long enough to be looked at" * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'broken.db'}")
    code, _, err = run("export", tmp_path / "catalog.zip")
    assert code == 1
    assert "undamaged database" in err
    assert not (tmp_path / "catalog.zip").exists()


def test_stored_files_are_cleaned_and_the_rest_is_named(run, tmp_path) -> None:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x010F] = "SECRET-CAMERA"
    Image.new("RGB", (8, 6)).save(file, "JPEG", exif=exif)
    media = tmp_path / "media"
    media.mkdir()
    photo = media / f"{'a' * 32}.jpg"
    photo.write_bytes(file.getvalue())
    assert run("clean", "--dry-run")[::2] == (
        0,
        f"would be cleaned: {photo.name} 1 files checked, 1 to clean, 0 failed",
    )
    code, out, _ = run("clean", "--json")
    assert (code, json.loads(out)["cleaned"]) == (0, [photo.name])
    assert b"SECRET-CAMERA" not in photo.read_bytes()
    (media / f"{'b' * 32}.jpg").write_bytes(b"no picture")
    code, _, err = run("clean")
    assert code == 1
    assert "2 files checked, 0 cleaned, 1 failed" in err and "Expected a file whose place" in err
    assert not (tmp_path / "attune.db").exists(), "it needs no database"
