"""The key journal: on the disk before a key is sent, whole or not at all, never taken for empty when it is damaged."""

import json
import os
import stat
import subprocess
import sys

import pytest

from conformance.device import state_key_journal
from conformance.device.key_journal import KeyChange, KeyJournalError, KeyStep, MemoryKeyJournal
from conformance.device.state_key_journal import StateKeyJournal
from conformance.dlms.security.secret import Secret

SETUP = bytes.fromhex("00002B0000FF")
KEY = bytes(range(0x40, 0x50))
CHANGE = KeyChange("management", SETUP, 0, "0a1b2c3d", Secret(KEY))
HOLDER = """
import sys
from conformance.device.state_key_journal import StateKeyJournal
journal = StateKeyJournal(sys.argv[1], "acme")
journal.hold()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def journal(tmp_path):
    made = StateKeyJournal(tmp_path, "acme")
    yield made
    made.release()


def test_where_nothing_was_begun_there_is_nothing_to_be_recovered(journal):
    assert journal.changes() == ()
    assert not journal.path.exists()


def test_a_change_is_on_the_disk_with_its_key_and_step_until_it_is_cleared(journal, tmp_path):
    journal.begin([CHANGE])
    assert StateKeyJournal(tmp_path, "acme").changes() == (CHANGE,)
    for step in (KeyStep.SENT, KeyStep.CONFIRMED, KeyStep.RESTORING, KeyStep.RESTORED):
        journal.note(step)
        (kept,) = StateKeyJournal(tmp_path, "acme").changes()
        assert (kept.step, kept.key) == (step, Secret(KEY))
    journal.clear()
    assert StateKeyJournal(tmp_path, "acme").changes() == ()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes of owner, group and others")
def test_only_the_owner_may_read_the_file(journal):
    journal.begin([CHANGE])
    journal.note(KeyStep.SENT)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot sync a directory")
def test_file_and_directory_are_synced_and_the_file_is_put_in_its_place_whole(journal, monkeypatch):
    done = []
    sync, put = os.fsync, state_key_journal.Path.replace

    def synced(descriptor):
        done.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def replaced(path, target):
        done.append("replace")
        return put(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(state_key_journal.Path, "replace", replaced)
    journal.begin([CHANGE])
    assert done == ["file", "replace", "directory"]


def test_a_second_change_is_refused_while_the_first_is_open(journal):
    journal.begin([CHANGE])
    with pytest.raises(KeyJournalError, match="dlms-conformance recover acme"):
        journal.begin([CHANGE])
    memory = MemoryKeyJournal()
    memory.begin([CHANGE])
    with pytest.raises(KeyJournalError):
        memory.begin([CHANGE])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"schema": 2, "device": "acme", "changes": []}',
        b'{"schema": 1, "device": "acme", "changes": []}',
        b'{"schema": 1, "device": "other", "changes": []}',
        b'{"schema": 1, "device": "acme", "changes": [{"key": "40414243"}]}',
    ],
)
def test_a_damaged_journal_is_told_and_never_taken_for_an_empty_one(journal, content):
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(content)
    for use in (journal.changes, lambda: journal.begin([CHANGE]), lambda: journal.note(KeyStep.SENT)):
        with pytest.raises(KeyJournalError, match="is damaged") as caught:
            use()
        assert "40414243" not in str(caught.value)
    assert journal.path.read_bytes() == content


@pytest.mark.parametrize("field", ["association", "security_setup", "key_id", "declared", "key", "step"])
def test_each_field_is_checked(journal, field):
    journal.begin([CHANGE])
    content = json.loads(journal.path.read_text())
    content["changes"][0][field] = None if field != "step" else "sideways"
    journal.path.write_text(json.dumps(content))
    with pytest.raises(KeyJournalError, match="is damaged"):
        journal.changes()


def test_a_directory_that_cannot_be_made_is_told_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyJournalError, match="--state"):
        StateKeyJournal(tmp_path / "file", "acme").begin([CHANGE])


def test_another_process_waits_and_is_told_who_is_in_the_way(journal, tmp_path, monkeypatch):
    monkeypatch.setattr(state_key_journal, "_LOCK_TIMEOUT_S", 0.05)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(KeyJournalError, match="another process"):
            journal.begin([CHANGE])
        holder.kill()
        holder.communicate(timeout=30)
    journal.begin([CHANGE])
    assert journal.changes() == (CHANGE,)


def test_nothing_shows_a_key_but_the_file(journal):
    journal.begin([CHANGE])
    for shown in (repr(journal.changes()), str(journal.changes()[0])):
        assert KEY.hex() not in shown.lower()
