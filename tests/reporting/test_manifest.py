"""The manifest vouches for every file, and its check names what is not as it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from conformance.record.errors import RecordError
from conformance.reporting.manifest import Change, Difference, check, write


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_bytes(b"{}")
    (tmp_path / "allure-results").mkdir()
    (tmp_path / "allure-results" / "a-result.json").write_bytes(b"[]")
    (tmp_path / "é \udc80.txt").write_bytes(b"name that is no UTF-8")
    write(tmp_path)
    return tmp_path


def test_it_lists_every_file_of_the_directory_sorted_with_its_hash(directory):
    content = json.loads((directory / "manifest.json").read_bytes())
    assert [file["path"] for file in content["files"]] == ["allure-results/a-result.json", "run.json", "é \udc80.txt"]
    assert content["files"][1] == {"path": "run.json", "octets": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}


def test_written_again_it_has_the_same_octets(directory):
    before = (directory / "manifest.json").read_bytes()
    write(directory)
    assert (directory / "manifest.json").read_bytes() == before


def test_nothing_differs_as_long_as_nothing_was_touched(directory):
    assert check(directory) == ()


def test_a_signature_beside_the_manifest_is_no_difference(directory):
    (directory / "manifest.json.sig").write_bytes(b"signature")
    assert check(directory) == ()


def test_changed_missing_and_added_files_are_named(directory):
    (directory / "run.json").write_bytes(b"[]")
    (directory / "allure-results" / "a-result.json").unlink()
    (directory / "note.txt").write_bytes(b"")
    found = {difference.path: difference.change for difference in check(directory)}
    assert found == {
        "allure-results/a-result.json": Change.MISSING,
        "note.txt": Change.UNLISTED,
        "run.json": Change.CHANGED,
    }


def test_a_difference_says_how_the_file_changed(directory):
    (directory / "run.json").write_bytes(b"{ }")
    assert [str(difference) for difference in check(directory)] == [
        "run.json: changed (3 octets in place of 2)",
    ]


def test_a_file_replaced_by_a_link_to_its_copy_is_changed(directory, tmp_path_factory):
    copy = tmp_path_factory.mktemp("elsewhere") / "run.json"
    copy.write_bytes((directory / "run.json").read_bytes())
    (directory / "run.json").unlink()
    (directory / "run.json").symlink_to(copy)
    assert check(directory) == (Difference("run.json", Change.CHANGED, "is no regular file any more"),)


def test_a_directory_reached_by_a_link_is_named_and_not_followed(directory, tmp_path_factory):
    (directory / "more").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    assert check(directory) == (Difference("more", Change.UNLISTED),)


def test_what_is_no_file_cannot_be_vouched_for(tmp_path):
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(RecordError, match="neither a file nor a directory"):
        write(tmp_path)


def test_a_directory_without_manifest_says_what_to_do(tmp_path):
    with pytest.raises(RecordError, match=r"there is no such file\. Draw the reports of the run first"):
        check(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"schema": 2, "algorithm": "SHA-256", "files": []}',
        b'{"schema": 1, "algorithm": "MD5", "files": []}',
        b'{"schema": 1, "algorithm": "SHA-256", "files": [{}]}',
        b'{"schema": 1, "algorithm": "SHA-256", "files": [{"path": "a", "octets": 1, "sha256": "00"}]}',
    ],
)
def test_a_damaged_manifest_is_an_error_and_never_an_agreement(directory, content):
    (directory / "manifest.json").write_bytes(content)
    with pytest.raises(RecordError):
        check(directory)


@pytest.mark.parametrize("path", ["../run.json", "/etc/hostname", "", "a/../../b"])
def test_an_entry_outside_the_directory_is_damage(directory, path):
    entry = {"path": path, "octets": 2, "sha256": "0" * 64}
    content = {"schema": 1, "algorithm": "SHA-256", "files": [entry]}
    (directory / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(RecordError, match="wrong entry 1"):
        check(directory)


def test_a_file_listed_twice_is_damage(directory):
    entry = {"path": "run.json", "octets": 2, "sha256": hashlib.sha256(b"{}").hexdigest()}
    content = {"schema": 1, "algorithm": "SHA-256", "files": [entry, entry]}
    (directory / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(RecordError, match="wrong entry 2"):
        check(directory)
