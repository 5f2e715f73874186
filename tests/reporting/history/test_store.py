"""The store: whole or not at all, one writer after the other, and one message for whatever is wrong with it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from conformance.record.assemble import load
from conformance.record.verdict import Verdict
from conformance.reporting.history import connection, schema
from conformance.reporting.history.errors import DamagedError, HistoryError
from conformance.reporting.history.packing import numbers_of, packed_numbers
from conformance.reporting.history.store import History, digest_of, history


def added(store: History, nights, at: int, letters: dict[str, str], **more: bool):
    record = nights.record(at, letters, **more)
    return store.add(record, digest=digest_of(record.model_dump_json().encode()), directory="/n", now=record.started)


def octets_of(path: Path) -> bytes:
    return path.read_bytes()


def test_the_same_run_twice_changes_nothing(nights):
    """Not one octet of the file."""
    with history(nights.path, write=True) as store:
        first = added(store, nights, 0, {"a": "P"})
    before = octets_of(nights.path)
    with history(nights.path, write=True) as store:
        again = added(store, nights, 0, {"a": "P"})
    assert (first.known, again.known, again.run) == (False, True, first.run)
    assert octets_of(nights.path) == before


def test_an_incomplete_record_is_stored_as_such_and_replaced_by_its_complete_one(nights):
    """A run that was looked at while it went on."""
    with history(nights.path, write=True) as store:
        assert added(store, nights, 0, {"a": "P"}, complete=False).run.state == "killed"
        whole = added(store, nights, 0, {"a": "P", "b": "F"})
        assert (whole.replaced, whole.run.state, whole.subtests) == (True, "", 2)
        (sitting,) = store.sittings()
    assert sitting.verdicts == "PF"


def test_another_record_of_a_complete_run_is_refused(nights):
    """Somebody changed it, or an older one was found: neither may take the place of what is there."""
    with history(nights.path, write=True) as store:
        added(store, nights, 0, {"a": "F"})
        with pytest.raises(HistoryError, match="holds another record of the same run already, as run 1"):
            added(store, nights, 0, {"a": "P"})
        with pytest.raises(HistoryError, match="another record"):
            added(store, nights, 0, {"a": "P"}, complete=False)
        assert [sitting.verdicts for sitting in store.sittings()] == ["F"]


def test_everything_of_a_run_comes_back(specimen, tmp_path):
    """One of each verdict, with the reasons of those that somebody has to look at."""
    record = load(specimen)
    with history(tmp_path / "h", write=True) as store:
        store.add(record, digest="0" * 64, directory=str(specimen), now=record.started)
        (sitting,) = store.sittings("acme-e500")
        names = store.names(store.plan(sitting.plan))
        causes = {names[subtest].place: cause for subtest, cause in store.causes(sitting).items()}
    assert sitting.counts == record.subtest_totals
    assert sitting.verdict is record.verdict
    assert "f" in sitting.verdicts
    assert sitting.circumstances.identity["firmware"] == "4.12.7"
    assert causes["T_APPL_OPEN_1 public subtest 1"] == ("preamble failed: silence", "")
    assert causes["T_HDLC_INFO_P1 subtest 2"][1] == "frame-rejected-w"
    assert len(causes) == sum(subtest.verdict.is_problem for _, subtest in record.subtests())


def test_a_run_is_found_by_its_number_and_by_its_digest(nights):
    """And by nothing that names two, or none."""
    nights.fill(a="PF")
    with history(nights.path) as store:
        second = store.sittings()[1].run
        assert [store.run(name)[0].run for name in ("2", second.digest[:8], second.digest.upper())] == [second] * 3
        assert [store.run(name) for name in ("3", second.digest[:3], "", "*" * 8, "9" * 30, "²")] == [()] * 6


def test_nights_that_run_the_same_cost_little(nights):
    """The plan is stored once, and so is a reason."""
    letters = {f"T_CASE_{number}": "F" if number % 50 == 0 else "P" for number in range(500)}
    nights.add(nights.record(0, letters))
    first = nights.path.stat().st_size
    for at in range(1, 31):
        nights.add(nights.record(at, letters))
    assert (nights.path.stat().st_size - first) / (30 * len(letters)) < 4


def test_what_a_meter_says_is_bounded_and_on_one_line(nights):
    """A reason of a megabyte is cut; nothing in it hides or reorders the rest."""
    nights.reason = f"said\n\u202e{'A' * 1_000_000}"
    nights.fill(a="F")
    trend = nights.trend()
    (cause,) = trend.causes.values()
    assert cause[0].startswith("said ‹U+202E›AAA")
    assert len(cause[0]) < 500
    assert nights.path.stat().st_size < 100_000


def test_numbers_survive_packing():
    """Also those that are too large for their column."""
    assert numbers_of(packed_numbers([0, 1, 2**32 - 1, 2**40])) == [0, 1, 2**32 - 1, 2**32 - 1]
    with pytest.raises(DamagedError, match="incorrect header"):
        numbers_of(b"\x00\x01")


def test_two_writers_at_once_both_get_in(nights, tmp_path):
    """Each waits for the other."""
    program = tmp_path / "writer.py"
    program.write_text(
        textwrap.dedent(f"""
            import sys
            from pathlib import Path
            from conformance.record.assemble import load
            from conformance.reporting.history.store import history
            from datetime import UTC, datetime, timedelta
            record = load(Path({str(tmp_path / "run")!r}))
            for at in range(10):
                started = record.started + timedelta(days=at, hours=int(sys.argv[1]))
                moved = record.model_copy(update={{"started": started}})
                with history(Path({str(nights.path)!r}), write=True) as store:
                    store.add(moved, digest=f"{{sys.argv[1]}}-{{at}}", directory="/", now=datetime.now(UTC))
        """),
        encoding="utf-8",
    )
    (tmp_path / "run").mkdir()
    record = nights.record(0, {"a": "P", "b": "F"})
    (tmp_path / "run" / "run.json").write_text(record.model_dump_json(by_alias=True), encoding="utf-8")
    writers = [
        subprocess.Popen([sys.executable, str(program), str(number)], stderr=subprocess.PIPE) for number in (1, 2)
    ]
    ends = [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers]
    assert ends == [(b"", 0), (b"", 0)]
    with history(nights.path) as store:
        assert len(store.sittings()) == 20


def test_a_store_that_somebody_else_holds_too_long_is_one_message(nights, monkeypatch):
    """And what is in it can be read all the while."""
    nights.fill(a="P")
    monkeypatch.setattr(connection, "BUSY_S", 0.05)
    with closing(sqlite3.connect(nights.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="is held by another process"):
            nights.add(nights.record(1, {"a": "P"}))
        assert len(nights.trend().points) == 1
        other.execute("ROLLBACK")
    nights.add(nights.record(1, {"a": "P"}))
    assert len(nights.trend().points) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal of POSIX")
def test_a_killed_add_leaves_nothing_half(nights, tmp_path):
    """Killed within its transaction, with everything but the last word written to the disk."""
    nights.fill(a="PF")
    program = tmp_path / "killed.py"
    program.write_text(
        textwrap.dedent(f"""
            import os, signal
            from pathlib import Path
            from conformance.reporting.history.connection import opened, transaction
            with opened(Path({str(nights.path)!r}), write=True) as connection:
                connection.execute("PRAGMA cache_size = 1")
                with transaction(connection):
                    for number in range(2000):
                        connection.execute("INSERT INTO device (name) VALUES (?)", (f"half {{number}}" * 50,))
                    connection.execute("DELETE FROM run")
                    os.kill(os.getpid(), signal.SIGKILL)
        """),
        encoding="utf-8",
    )
    ended = subprocess.run([sys.executable, str(program)], capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    journal = nights.path.with_name(f"{nights.path.name}-journal")
    assert journal.exists(), "nothing had reached the disk: the test tests nothing"
    with history(nights.path) as store:
        assert store.devices() == ("acme-e500",)
        assert [sitting.verdicts for sitting in store.sittings()] == ["P", "F"]


def test_a_full_disk_changes_nothing(nights):
    """One message, and the run can be added when there is room."""
    nights.fill(a="P")
    letters = {f"T_CASE_{number}": "P" for number in range(2000)}

    def add_with_no_room() -> None:
        with history(nights.path, write=True) as store:
            store._connection.execute(f"PRAGMA max_page_count = {nights.path.stat().st_size // 4096}")
            added(store, nights, 1, letters)

    with pytest.raises(HistoryError, match="the disk is full"):
        add_with_no_room()
    with history(nights.path, write=True) as store:
        assert len(store.sittings()) == 1
        assert added(store, nights, 1, letters).subtests == 2000


def test_a_file_of_something_else_is_left_alone(tmp_path):
    """Neither a text nor another program's database is touched."""
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("These are my notes, and they are long enough to be taken for a header of a database." * 20)
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE mine (number)")
    for path, message in ((text, "is no history"), (other, "is a database of something else")):
        before = octets_of(path)
        for write in (True, False):
            with pytest.raises(HistoryError, match=message), history(path, write=write):
                pass
        assert octets_of(path) == before


def test_a_newer_version_is_told_and_left_alone(nights):
    """With both versions, and what to do."""
    nights.fill(a="P")
    with closing(sqlite3.connect(nights.path)) as made:
        made.execute(f"PRAGMA user_version = {schema.SCHEMA + 1}")
    before = octets_of(nights.path)
    with (
        pytest.raises(HistoryError, match=rf"version {schema.SCHEMA + 1}, known is {schema.SCHEMA}\. Update"),
        history(nights.path, write=True),
    ):
        pass
    assert octets_of(nights.path) == before


@pytest.mark.parametrize("write", [True, False])
def test_an_older_version_is_brought_up_by_whoever_opens_it(nights, monkeypatch, write):
    """With everything that it holds."""
    nights.fill(a="P")
    monkeypatch.setattr(connection, "SCHEMA", schema.SCHEMA + 1)
    monkeypatch.setattr(connection, "MIGRATIONS", {schema.SCHEMA: ("ALTER TABLE run ADD COLUMN note TEXT",)})
    with history(nights.path, write=write) as store:
        assert store._connection.execute("SELECT note FROM run").fetchall() == [(None,)]
        assert len(store.sittings()) == 1
        assert store._connection.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA + 1,)


DAMAGE = (
    "UPDATE sitting SET verdicts = x'00'",
    "UPDATE sitting SET verdicts = 'PF'",
    "UPDATE sitting SET causes = x'00'",
    "UPDATE sitting SET causes = (SELECT subtests FROM plan)",
    "UPDATE plan SET subtests = 0",
    "UPDATE run SET started = '2026 yesterday'",
    "UPDATE circumstances SET content = '[]'",
    "DELETE FROM cause",
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_night_is_told(nights, damage):
    """Not drawn as if it were one, and no traceback."""
    nights.fill(a="PF", b="PP")
    with closing(sqlite3.connect(nights.path)) as made:
        made.execute(damage)
        made.commit()
    for last in (None, 3):
        with pytest.raises(HistoryError, match="is damaged"):
            nights.trend(nights=last)


def test_a_run_in_which_nothing_was_judged_is_kept(nights):
    """Killed before its first item."""
    nights.add(nights.record(0, {}, complete=False))
    nights.add(nights.record(1, {"a": "P"}))
    first, second = nights.trend().points
    assert (first.sitting.run.state, sum(first.counts.values()), first.response_s) == ("killed", 0, None)
    assert second.counts[Verdict.PASSED] == 1


def test_a_reader_changes_nothing(nights):
    """Even by mistake."""
    nights.fill(a="P")
    with pytest.raises(HistoryError, match="may not be written"), history(nights.path) as store:
        added(store, nights, 1, {"a": "P"})


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whoever runs this may write everything")
def test_a_read_only_file_can_be_read_and_not_added_to(nights):
    """A lab archives its history."""
    nights.fill(a="P")
    nights.path.chmod(0o400)
    assert len(nights.trend().points) == 1
    with pytest.raises(HistoryError, match="may not be written"):
        nights.add(nights.record(1, {"a": "P"}))


@pytest.mark.parametrize("write", [True, False])
def test_what_is_not_there_is_one_message(tmp_path, write):
    """A directory, and a file in no directory."""
    with pytest.raises(HistoryError, match="is a directory"), history(tmp_path, write=write):
        pass
    missing = "cannot be opened" if write else "there is no history yet"
    with pytest.raises(HistoryError, match=missing), history(tmp_path / "no" / "h.sqlite", write=write):
        pass


def test_the_environment_names_the_file(tmp_path):
    """Else it lies beside the invocation counters."""
    assert connection.default_store({"DLMS_HISTORY": str(tmp_path / "h")}) == tmp_path / "h"
    assert (
        connection.default_store({"XDG_STATE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}).name
        == connection.FILE
    )
