"""A run record keeps what the tool was built of and what proves its cases, as it was when the run began."""

from __future__ import annotations

import hashlib
import re
from importlib import metadata
from pathlib import Path

import conformance
from conformance.device.content import content_directory
from conformance.harness.catalogue import cases
from conformance.harness.tool_evidence import dependencies, own_digest, suites
from conformance.meter.defects import DEFECTS


def test_every_requirement_of_the_package_is_there_with_the_hash_of_its_record_file():
    found = {item.name.lower().replace("_", "-"): item for item in dependencies()}
    required = metadata.requires("dlms-conformance") or ()
    wanted = [re.split(r"[<>=!~ ;\[]", line)[0] for line in required if "extra" not in line]
    assert len(wanted) >= 10
    for name in wanted:
        item = found[name.lower()]
        assert item.version == metadata.version(name)
    (record,) = (file for file in metadata.files("typst") or () if file.name == "RECORD")
    assert found["typst"].record_sha256 == hashlib.sha256(Path(str(record.locate())).read_bytes()).hexdigest()


def test_what_a_requirement_requires_in_turn_is_there_and_extras_that_nobody_asked_for_are_not():
    found = {item.name.lower() for item in dependencies()}
    assert {"pluggy", "markupsafe", "execnet"} <= found
    assert not {"ruff", "mypy", "pypdf", "gurux-dlms"} & found


def test_a_plugin_that_took_part_is_there_although_nothing_requires_it():
    assert "pypdf" not in {item.name for item in dependencies()}
    assert "pypdf" in {item.name for item in dependencies(["pypdf", "no-such-distribution"])}


def test_the_digest_follows_every_octet_of_the_sources(monkeypatch):
    package = Path(conformance.__file__).parent
    read = Path.read_bytes
    digest = own_digest.__wrapped__()
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert own_digest.__wrapped__() == digest
    for changed in (package / "record" / "text.py", content_directory("suites") / "hdlc" / "test_frame.py"):
        monkeypatch.setattr(Path, "read_bytes", lambda path, changed=changed: read(path) + b" " * (path == changed))
        assert changed.is_file()
        assert own_digest.__wrapped__() != digest


def test_suites_are_counted_from_the_catalogues():
    found = {suite.group: suite for suite in suites()}
    known = cases()
    assert sum(suite.cases for suite in found.values()) == len(known)
    claims = [(name, case) for name, defect in DEFECTS.items() for case in defect.cases if case in known]
    assert sum(suite.claims for suite in found.values()) == len(claims)
    assert sum(suite.proven for suite in found.values()) == len({case for _, case in claims})
    hdlc = found["hdlc"]
    assert hdlc.cases == sum(case.group == "hdlc" for case in known.values())
    assert hdlc.defects == len({name for name, case in claims if known[case].group == "hdlc"})
