"""Both Allures draw our results, offline: what their reports hold is what the record says."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.model import RunRecord
from conformance.reporting.allure import write
from tests.reporting.allure_programs import Allure, installer
from tests.reporting.golden_run import write_golden_run

STATUSES = {"failed": 3, "broken": 2, "passed": 5, "skipped": 2}
EPICS = {
    "hdlc": {"T_HDLC_INFO": {"T_HDLC_INFO_P1 I-frames"}},
    "application": {
        "T_APPL_OPEN": {
            "T_APPL_OPEN_1 Association",
            "T_APPL_OPEN_2 Client user",
            "T_APPL_OPEN_5 Authentication with a wrong password",
        },
        "T_APPL_DATA_LN": {"T_APPL_DATA_LN_N1 GET errors"},
        "T_APPL_SET": {"T_APPL_SET_1 SET"},
    },
    "security": {"T_SYMSEC_0_DATA": {"T_SYMSEC_0_DATA_1 Protected GET"}},
}
CATEGORIES = {
    "Deviations that the device config announces": {"failed": 1},
    "Expected deviations that have expired": {"failed": 1},
    "Announced to deviate, but PASSED": {"passed": 1},
    "Tool or set-up error": {"broken": 1},
    "The meter deviates from the standard": {"failed": 1},
    "The tester or the way to the meter is at fault": {"broken": 1},
    "Does not apply to this meter": {"skipped": 1},
    "Not selected, or not permitted": {"skipped": 1},
}
ENVIRONMENT = {
    "Tool": "dlms-conformance 0.1.0",
    "Permissions": "reads, disconnects",
    "Expected deviations": "1 expired, 1 unexpected-pass, 1 shown, 1 lapsed, 1 not-judged",
    "Device acme-e500: firmware": "4.12.7",
    "Device acme-e500-b: link": "tcp://192.0.2.17:4059",
}


@dataclass(frozen=True)
class Report:
    """What a generated report holds, read from its data; the same questions for both versions."""

    version: int
    directory: Path

    def read(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text("utf-8"))

    def results(self) -> list[dict[str, Any]]:
        where = "data/test-cases" if self.version == 2 else "data/test-results"
        return [json.loads(path.read_text("utf-8")) for path in sorted((self.directory / where).glob("*.json"))]

    def result(self, full_name: str, **parameters: str) -> dict[str, Any]:
        (found,) = [
            result
            for result in self.results()
            if result["fullName"] == full_name and parameters.items() <= parameters_of(result).items()
        ]
        return found

    def statistic(self) -> dict[str, int]:
        if self.version == 2:
            return {name: count for name, count in self.read("widgets/summary.json")["statistic"].items() if count}
        return self.read("widgets/statistic.json")

    def tree(self) -> dict[str, dict[str, set[str]]]:
        if self.version == 2:
            return {
                epic["name"]: {
                    feature["name"]: {story["name"] for story in feature["children"]} for feature in epic["children"]
                }
                for epic in self.read("data/behaviors.json")["children"]
            }
        tree = self.read("widgets/tree.json")
        groups = tree["groupsById"]

        def within(names: list[str]) -> list[dict[str, Any]]:
            return [groups[name] for name in names]

        return {
            epic["name"]: {
                feature["name"]: {story["name"] for story in within(feature["groups"])}
                for feature in within(epic["groups"])
            }
            for epic in within(tree["root"]["groups"])
        }

    def categories(self) -> dict[str, dict[str, int]]:
        if self.version == 2:
            found = {item["name"]: item["statistic"] for item in self.read("widgets/categories.json")["items"]}
        else:
            nodes = self.read("widgets/categories.json")["nodes"].values()
            found = {node["name"]: node["statistic"] for node in nodes if node["type"] == "category"}
        return {
            name: {status: count for status, count in counts.items() if count and status != "total"}
            for name, counts in found.items()
        }

    def environment(self) -> dict[str, str]:
        name = "widgets/environment.json" if self.version == 2 else "widgets/allure_environment.json"
        return {entry["name"]: entry["values"][0] for entry in self.read(name)}

    def attachments(self, result: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Media type and content by name."""
        if self.version == 2:
            return {
                item["name"]: (item["type"], self.attached(item["source"]))
                for item in result["testStage"]["attachments"]
            }
        links = [item["link"] for item in result["attachments"]]
        return {link["name"]: (link["contentType"], self.attached(f"{link['id']}{link['ext']}")) for link in links}

    def attached(self, name: str) -> str:
        return (self.directory / "data" / "attachments" / name).read_text("utf-8")

    def message(self, result: dict[str, Any]) -> str:
        return str(result["statusMessage"] if self.version == 2 else result["error"]["message"])

    def before(self, result: dict[str, Any]) -> list[str]:
        """Statuses of the subtest in earlier reports."""
        items = result["extra"].get("history", {}).get("items", []) if self.version == 2 else result["history"]
        return [item["status"] for item in items]


def parameters_of(result: dict[str, Any]) -> dict[str, str]:
    return {parameter["name"]: parameter["value"] for parameter in result["parameters"]}


def labels_of(result: dict[str, Any], name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """The results of two runs of the same meters, one night after the other, and the record of the second."""
    drawn = []
    for later in (False, True):
        directory = tmp_path_factory.mktemp("night")
        write_golden_run(directory, later=later)
        drawn.append(write(directory, load(directory), load_frames(directory)))
    return drawn[0], drawn[1], load(drawn[1].parent)


@pytest.fixture(scope="module", params=[2, 3], ids=["Allure 2", "Allure 3"])
def allure(request, tmp_path_factory) -> Allure:
    return installer(tmp_path_factory)(request.param)


@pytest.fixture(scope="module")
def report(allure, nights, tmp_path_factory) -> Report:
    return Report(allure.version, allure.generate(nights[1], tmp_path_factory.mktemp("report") / "out"))


def test_every_subtest_has_the_status_of_its_verdict(report, nights):
    """Six verdicts, four states: none is lost, and none is merged with another as its retry."""
    record: RunRecord = nights[2]
    found = report.results()
    assert len(found) == sum(record.subtest_totals.values())
    counts = report.statistic()
    assert {status: counts[status] for status in STATUSES} == STATUSES
    verdicts = Counter(labels_of(result, "verdict")[0] for result in found)
    assert verdicts == {verdict.value: count for verdict, count in record.subtest_totals.items()}
    assert all(labels_of(result, "verdict")[0] in labels_of(result, "tag") for result in found)


def test_there_is_an_epic_for_each_suite_a_feature_for_each_group_a_story_for_each_case(report):
    """As the tree of the report shows them."""
    assert report.tree() == EPICS


def test_categories_tell_deviations_faults_of_the_tester_and_what_was_not_judged_apart(report):
    """An expected deviation that passed is among them, though it passed."""
    assert report.categories() == CATEGORIES


def test_the_environment_tells_tool_devices_permissions_and_deviations(report):
    """And what makes the run fail though nothing of it FAILED."""
    environment = report.environment()
    assert ENVIRONMENT.items() <= environment.items()
    assert "did not show, 1 PASSED: the run fails" in environment["Fails the run, 2"]


def test_device_association_and_variant_are_parameters(report):
    """The time it took is shown too, and is no part of what the subtest is."""
    found = parameters_of(report.result("security.T_SYMSEC_0_DATA_1.2", variant="glo"))
    assert found == {
        "device": "acme-e500", "association": "management", "variant": "glo", "slowest response": "60 ms"
    }  # fmt: skip


def test_a_clause_is_a_link_with_the_name_of_its_standard(report):
    """One for each standard that a case rests on."""
    links = report.result("hdlc.T_HDLC_INFO_P1.2")["links"]
    assert [(link["type"], link["name"], link["url"]) for link in links] == [
        ("clause", "IEC 62056-46, 6.4.4", "urn:iec:std:iec:62056-46"),
        ("clause", "ISO/IEC 13239", "urn:iso:std:iso-iec:13239"),
    ]


def test_the_exchange_is_attached_as_a_page_that_reads_well(report):
    """Decoded, with the octets that decide marked; never JSON."""
    attached = report.attachments(report.result("hdlc.T_HDLC_INFO_P1.2"))
    media, page = attached["exchange, decoded"]
    assert media == "text/html"
    assert "<mark>10 00 01</mark>" in page
    assert "W: control field undefined or not implemented" in page
    assert "<script" not in page
    media, frames = attached["frames, hexadecimal (redacted octets are 2A)"]
    assert media == "text/plain"
    assert frames.splitlines()[0] == "C>S 7EA0070321930F017E"


def test_secrets_are_in_no_file_of_the_report(report):
    """Passwords and keys were exchanged."""
    for path in report.directory.rglob("*"):
        if path.suffix in (".json", ".html", ".txt"):
            content = path.read_text("utf-8").replace(" ", "").upper()
            assert "5E168412318BA71848C99B2B2AB33294" not in content
            assert "7852575062457847" not in content


def test_the_message_says_what_an_expected_deviation_has_to_do_with_it(report):
    """Shown, expired, and passed where a failure was announced."""
    told = {
        result["fullName"]: report.message(result)
        for result in report.results()
        if any("devia" in tag for tag in labels_of(result, "tag"))
    }
    assert told["hdlc.T_HDLC_INFO_P1.2"].startswith("FAILED (expected deviation: firmware fault 4711): FRMR instead")
    assert told["application.T_APPL_OPEN_5.1"].startswith(
        "FAILED (expired deviation: to be mended in 4.13): InitiateResponse"
    )
    assert told["security.T_SYMSEC_0_DATA_1.1"].startswith("PASSED (announced to deviate: dedicated key ignored")


def test_history_follows_every_subtest_from_one_night_to_the_next(allure, nights, tmp_path):
    """Each in its own device, association and variant."""
    earlier, later, _ = nights
    results, config = tmp_path / "results", tmp_path / "allurerc.json"
    for night, source in ((1, earlier), (2, later)):
        results.mkdir()
        for path in source.iterdir():
            (results / path.name).write_bytes(path.read_bytes())
        config.write_text(
            json.dumps(json.loads((source / "allurerc.json").read_bytes()) | {"historyPath": str(tmp_path / "h.jsonl")})
        )
        if night == 2 and allure.version == 2:
            (tmp_path / "out1" / "history").rename(results / "history")
        out = allure.generate(results, tmp_path / f"out{night}", config=config)
        results.rename(tmp_path / f"results{night}")
    report = Report(allure.version, out)
    known = {result["historyId"] for result in map(_loaded, earlier.glob("*-result.json"))}
    new = [
        result["fullName"] for result in map(_loaded, later.glob("*-result.json")) if result["historyId"] not in known
    ]
    assert new == ["application.T_APPL_SET_1.1"]
    for result in report.results():
        assert len(report.before(result)) == (0 if result["fullName"] in new else 1), result["fullName"]
    assert report.before(report.result("security.T_SYMSEC_0_DATA_1.2", variant="glo")) == ["passed"]
    assert report.before(report.result("security.T_SYMSEC_0_DATA_1.1", variant="ded")) == ["failed"]
    assert report.before(report.result("security.T_SYMSEC_0_DATA_1.1", variant="glo")) == ["passed"]


def _loaded(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes()))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A test is no place for an access log."""


@pytest.fixture
def served(report):
    """The address of the report."""
    handler = functools.partial(_Quiet, directory=str(report.directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
        server.shutdown()
        thread.join()


def test_a_browser_shows_the_report_without_any_other_host(report, served, browser):
    """The overview names the run; a subtest shows verdict, category and links."""
    with browser.open("about:blank") as page:
        page.send("Network.enable")
        page.send("Network.setBlockedURLs", urls=["https://*"])
        page.goto(served)
        page.until("document.body.innerText.includes('DLMS/COSEM conformance of acme-e500 and 1 more')")
        result = report.result("hdlc.T_HDLC_INFO_P1.2")
        page.goto(f"{served}#testresult/{result['uid']}" if report.version == 2 else f"{served}#{result['id']}")
        page.until("document.body.innerText.includes('FAILED (expected deviation: firmware fault 4711)')")
        text = page.evaluate("document.body.innerText")
        for shown in (
            "T_HDLC_INFO_P1 · 2 AARQ in one I-frame",
            "acme-e500",
            "IEC 62056-46, 6.4.4",
            "exchange, decoded",
        ):
            assert shown in text
        assert "Deviations that the device config announces" in text
        assert not page.dialogs
