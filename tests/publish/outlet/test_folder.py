import json
import os
import shutil

import pytest

from publisher.errors import NotWritten
from publisher.publish.outlet.folder import MANIFEST, Folder


def opened(root, **options):
    """A site folder of which the user's cache has notes."""
    return Folder(root, cache=root.with_name(f"{root.name} cache"), **options)


def made(root, files, **options):
    with opened(root, **options) as folder:
        for address, text in files.items():
            folder.put(address, text.encode(), f"key of {text}")
    return folder.changes


def forget(root):
    shutil.rmtree(root.with_name(f"{root.name} cache"))


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def test_what_is_the_same_is_not_written(tmp_path):
    made(tmp_path, {"runs/a.html": "1", "runs/b.html": "2"})
    before = os.stat(tmp_path / "runs/a.html").st_mtime_ns
    changes = made(tmp_path, {"runs/a.html": "1", "runs/b.html": "3"})
    assert changes.written == ["runs/b.html"]
    assert changes.same == 1
    assert os.stat(tmp_path / "runs/a.html").st_mtime_ns == before


def test_what_no_page_needs_any_more_is_removed_with_its_empty_folder(tmp_path):
    made(tmp_path, {"a/b/c.html": "1", "d.html": "2"})
    changes = made(tmp_path, {"d.html": "2"})
    assert changes.removed == ["a/b/c.html"]
    assert not (tmp_path / "a").exists()


def test_what_is_not_ours_stays_and_is_mentioned(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "CNAME").write_text("example.org")
    (tmp_path / "runs/notes.txt").write_text("mine")
    made(tmp_path, {"runs/a.html": "1"})
    changes = made(tmp_path, {})
    assert contents(tmp_path) == {"CNAME": "example.org", "runs/notes.txt": "mine"}
    assert changes.foreign == ["CNAME", "runs/notes.txt"]


def test_a_key_says_that_a_page_is_current_only_while_its_file_is_there(tmp_path):
    made(tmp_path, {"a.html": "1"})
    assert opened(tmp_path).is_current("a.html", "key of 1")
    assert not opened(tmp_path).is_current("a.html", "another key")
    (tmp_path / "a.html").write_text("cut short by hand")
    assert not opened(tmp_path).is_current("a.html", "key of 1")
    (tmp_path / "a.html").unlink()
    assert not opened(tmp_path).is_current("a.html", "key of 1")


def test_a_page_is_current_only_with_all_that_belongs_to_it(tmp_path):
    with opened(tmp_path) as folder:
        folder.put("figure.png", b"png", "k")
        folder.put("a.html", b"1", "key", needs=["figure.png"])
    with opened(tmp_path) as folder:
        assert folder.is_current("a.html", "key")
    assert contents(tmp_path) == {"figure.png": "png", "a.html": "1"}
    (tmp_path / "figure.png").unlink()
    assert not opened(tmp_path).is_current("a.html", "key")


def test_when_the_work_fails_nothing_is_removed_and_what_was_written_is_remembered(tmp_path):
    made(tmp_path, {"old.html": "1"})
    with pytest.raises(KeyboardInterrupt), opened(tmp_path) as folder:
        folder.put("new.html", b"2", "k")
        raise KeyboardInterrupt
    assert contents(tmp_path) == {"old.html": "1", "new.html": "2"}
    assert made(tmp_path, {}).removed == ["new.html", "old.html"]


@pytest.mark.parametrize("address", ["../out.html", "a/../../out.html", "/tmp/out.html", MANIFEST, ""])
def test_nothing_is_written_outside(tmp_path, address):
    with pytest.raises(NotWritten):
        made(tmp_path / "site", {address: "1"})
    assert not (tmp_path / "out.html").exists()


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right of its own there")
def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / "site/runs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotWritten, match="symbolic link"):
        made(tmp_path / "site", {"runs/a.html": "1"})
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_manifest_cannot_have_files_outside_removed(tmp_path):
    site = tmp_path / "site"
    made(site, {"a.html": "1"})
    (tmp_path / "precious.txt").write_text("x")
    (site / MANIFEST).write_text(json.dumps({"../precious.txt": ["k", 1], "a.html": ["k", 1]}))
    assert made(site, {}).removed == ["a.html"]
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', "\x00", '{"a.html": {}}', '{"a.html": []}'])
def test_a_list_that_is_none_removes_nothing(tmp_path, text):
    made(tmp_path, {"a.html": "1"})
    forget(tmp_path)
    (tmp_path / MANIFEST).write_text(text)
    assert made(tmp_path, {"b.html": "2"}).foreign == ["a.html"]


@pytest.mark.parametrize("of_before", [False, True])
def test_without_notes_every_page_is_looked_at_and_what_is_stale_still_goes(tmp_path, of_before):
    made(tmp_path, {"a.html": "1", "b.html": "2", "c.html": "3", "d.html": "4"})
    forget(tmp_path)
    if of_before:  # the form that the list had in version 0.1
        (tmp_path / MANIFEST).write_text(json.dumps({f"{each}.html": ["k", 1] for each in "abcd"}))
    (tmp_path / "c.html").write_text("written by somebody else since")
    assert not opened(tmp_path).is_current("a.html", "key of 1")
    changes = made(tmp_path, {"a.html": "1"})
    assert (changes.written, changes.same, changes.removed) == ([], 1, ["b.html", "d.html"])
    assert changes.foreign == ["c.html"]


def test_a_page_that_somebody_wrote_since_is_not_current(tmp_path):
    made(tmp_path, {"a.html": "1"})
    (tmp_path / "a.html").write_text("2")
    folder = opened(tmp_path)
    assert not folder.is_current("a.html", "key of 1") and not folder.is_whole()
    assert made(tmp_path, {"a.html": "1"}).written == ["a.html"]


def test_the_list_of_files_is_the_same_for_the_same_site(tmp_path):
    for name in ("one", "two"):
        made(tmp_path / name, {"a.html": "1", "b/c.html": "22"})
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_notes_of_folders_that_are_gone_are_forgotten(tmp_path):
    cache = tmp_path / "cache"
    for name in ("one", "two"):
        with Folder(tmp_path / name, cache=cache) as folder:
            folder.put("a.html", b"1", "k")
    shutil.rmtree(tmp_path / "one")
    with Folder(tmp_path / "two", cache=cache) as folder:
        folder.put("a.html", b"1", "k")
    assert len(list((cache / "sites").iterdir())) == 1


def test_what_a_generator_wrote_in_place_is_not_removed(tmp_path):
    generated = tmp_path / "staging"
    generated.mkdir()
    (generated / "about.html").write_text("prose")
    with opened(tmp_path / "site") as folder:
        folder.take_over(generated, but=set())
    made(tmp_path / "site", {"runs/a.html": "1"}, in_place=True)
    assert set(contents(tmp_path / "site")) == {"about.html", "runs/a.html"}


def test_no_half_written_file_is_left(tmp_path):
    made(tmp_path, {f"runs/{n}.html": str(n) for n in range(20)})
    assert not list(tmp_path.rglob("*.part"))


def test_a_half_written_file_of_a_build_that_was_killed_is_made_whole(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/a.html").write_text("ha")
    changes = made(tmp_path, {"runs/a.html": "half"})
    assert changes.written == ["runs/a.html"]
    assert contents(tmp_path) == {"runs/a.html": "half"}


def test_in_a_folder_that_is_new_the_last_of_two_texts_for_one_address_stands(tmp_path):
    with opened(tmp_path) as folder:
        folder.put("runs/a.html", b"the first, longer", "1")
        folder.put("runs/a.html", b"the second", "2")
    assert contents(tmp_path) == {"runs/a.html": "the second"}
