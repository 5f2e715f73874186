"""The page holds all that was judged, runs nothing that is not ours, and shows no secret."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.errors import RecordError
from conformance.record.frames import Frame
from conformance.record.model import CaseHead, CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.html import render, write

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
PASSWORD = b"xRwPbExG"
DEDICATED_KEY = bytes.fromhex("5E168412318BA71848C99B2B2AB33294")
VOID = {"meta", "input", "br", "img", "link", "hr"}


def inflated(packed: str) -> str:
    """The JSON of packed frames, which pages with many frames hold deflated."""
    if packed.startswith("{"):
        return packed
    return zlib.decompress(base64.b64decode(packed, validate=True), wbits=-zlib.MAX_WBITS).decode("ascii")


class Page(HTMLParser):
    """What a browser makes of a page: its elements, its visible text, its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.lines: list[str] = []
        self.raw: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append("packed" if dict(attrs).get("id") == "packed" else tag)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed == tag or (closed, tag) == ("packed", "script")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script", "packed"):
            self.raw[self.open[-1]] = inflated(data) if self.open[-1] == "packed" else data
        elif data.strip():
            self.lines.append(" ".join(data.split()))

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


@pytest.fixture(scope="module")
def source(specimen: Path) -> str:
    return render(load(specimen), load_frames(specimen))


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_the_visible_text_is_the_golden_one(page: Page) -> None:
    """Set UPDATE_GOLDEN to write the golden file anew, then read the difference."""
    text = "\n".join(page.lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_every_element_is_closed_in_order(page: Page) -> None:
    assert page.open == []


def test_the_same_record_gives_the_same_page(specimen: Path, source: str) -> None:
    assert render(load(specimen), load_frames(specimen)) == source


def test_nothing_is_fetched_from_anywhere(page: Page, source: str) -> None:
    assert page.attributes("src") == []
    assert all(target.startswith("#") for target in page.attributes("href"))
    assert "@import" not in source
    assert "url(" not in source


def test_the_policy_allows_our_style_and_our_script_and_nothing_else(page: Page) -> None:
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert page.attributes("style") == []
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_what_a_meter_says_stays_text(page: Page, source: str) -> None:
    assert "img" not in {tag for tag, _ in page.elements}
    assert "<img" not in source
    assert any("<img src=x onerror=alert(1)>‹U+202E›gnp.exe‹U+001B›[31m{{ 7*7 }}" in line for line in page.lines)
    assert "\u202e" not in source
    assert "\x1b" not in source
    source.encode("utf-8")


def test_packed_frames_cannot_end_their_script_element(specimen: Path) -> None:
    record, frames = load(specimen), load_frames(specimen)
    hostile = [frame.model_copy(update={"note": "</script><script>alert(1)</script><!--"}) for frame in frames]
    source = render(record, hostile)
    assert source.count("<script") == 2
    assert "alert(1)" in json.dumps(json.loads(Page(source).raw["packed"]))


def test_no_secret_is_on_the_page(source: str, page: Page) -> None:
    for secret in (PASSWORD, DEDICATED_KEY):
        for form in (secret.hex(), secret.hex().upper(), secret.hex(" "), base64.b64encode(secret).decode()):
            assert form not in source
            assert form not in page.raw["packed"]
    assert PASSWORD.decode() not in source
    assert "&lt;secret sha256:" in source


def test_every_subtest_has_its_own_anchor(page: Page) -> None:
    anchors = page.attributes("id")
    assert len(anchors) == len(set(anchors))
    assert {
        "T_SYMSEC_0_DATA_1-management-glo-2",
        "T_SYMSEC_0_DATA_1-management-ded-2",
        "T_HDLC_INFO_P1-link-any-1",
    } <= set(anchors)
    assert {target[1:] for target in page.attributes("href")} <= set(anchors)


def test_each_verdict_is_coloured_and_said(page: Page) -> None:
    for verdict in Verdict:
        assert any(attributes.get("data-verdict") == verdict for _, attributes in page.elements)
        assert f"v v-{verdict}" in page.attributes("class")
        assert verdict in page.lines


def test_protections_stand_side_by_side_in_the_matrix(source: str) -> None:
    row = next(line for line in source.splitlines() if 'data-case="T_SYMSEC_0_DATA_1"' in line)
    cells = re.findall(r'<td class="v-(\w+)"><a href="#([^"]+)" [^>]*>(\w+)</a>', row)
    assert cells == [
        ("FAILED", "T_SYMSEC_0_DATA_1-management-glo", "FAIL"),
        ("PASSED", "T_SYMSEC_0_DATA_1-management-ded", "PASS"),
    ]


def test_the_deciding_octets_are_marked_in_the_message_that_holds_them(page: Page) -> None:
    """One lies in an APDU within its frame, one in the deciphered APDU."""
    packed = json.loads(page.raw["packed"])
    marked = {}
    for mark in page.attributes("data-mark"):
        frame, view, start, end = map(int, mark.split(":"))
        message = packed["messages"][packed["frames"][str(frame)][4 + view]]
        marked[mark] = (view, message[0][2 * start : 2 * end])
    assert list(marked.values()) == [(0, "100001"), (0, "0800065F1F040000181D01800007"), (2, "30"), (2, "C1")]


def test_packed_rows_cover_the_octets_and_name_the_fields(page: Page) -> None:
    packed = json.loads(page.raw["packed"])
    message = packed["messages"][packed["frames"]["1"][4]]
    rows = [message[5][at : at + 5] for at in range(0, len(message[5]), 5)]
    names = [packed["strings"][name] for _, name, *_ in rows]
    assert names[:3] == ["hdlc-frame", "opening-flag", "content"]
    assert rows[0][2:4] == [0, message[1]]


def test_equal_messages_are_packed_once(page: Page) -> None:
    packed = json.loads(page.raw["packed"])
    assert packed["frames"]["1"][4] == packed["frames"]["3"][4]


def test_a_killed_run_says_so_at_the_top(killed_specimen: Path) -> None:
    text = Page(render(load(killed_specimen), load_frames(killed_specimen))).lines
    top = text[: text.index("Device")]
    assert "This run is not complete." in top
    assert any("11 of 12 planned subtests were judged" in line for line in top)
    assert "incomplete" in top
    assert any("while T_SYMSEC_0_POLICY_1[management-glo] was running" in line for line in text)


def test_written_page_names_the_files_it_was_drawn_from(specimen: Path, tmp_path: Path) -> None:
    for name in ("run.json", "frames.jsonl"):
        (tmp_path / name).write_bytes((specimen / name).read_bytes())
    path = write(tmp_path)
    assert path == tmp_path / "report.html"
    assert hashlib.sha256((tmp_path / "run.json").read_bytes()).hexdigest() in path.read_text(encoding="utf-8")


def test_a_directory_without_a_run_gives_no_page(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lab_can_bring_its_own_templates(specimen: Path, tmp_path: Path) -> None:
    for name, content in (
        ("report.css", "p{}"),
        ("report.js", "1"),
        ("report.html.j2", "<p>{{ record.device.name }}</p>"),
    ):
        (tmp_path / name).write_text(content)
    assert render(load(specimen), load_frames(specimen), templates=tmp_path) == "<p>acme-e500</p>"


def test_a_script_that_would_end_its_element_is_refused(specimen: Path, tmp_path: Path) -> None:
    (tmp_path / "report.css").write_text("</style>")
    with pytest.raises(ValueError, match=r"report\.css"):
        render(load(specimen), load_frames(specimen), templates=tmp_path)


def test_cases_of_two_devices_have_different_anchors_and_a_matrix_each(specimen: Path) -> None:
    record = load(specimen)
    twin = tuple(case.model_copy(update={"device": "other"}) for case in record.cases)
    both = RunRecord.of(
        record.model_copy(update={"further_devices": (DeviceRecord(name="other"),)}),
        (*record.cases, *twin),
        finished=record.finished,
        complete=True,
    )
    page = Page(render(both, load_frames(specimen)))
    anchors = page.attributes("id")
    assert len(anchors) == len(set(anchors))
    assert "other-T_HDLC_INFO_P1-link-any-1" in anchors
    assert page.attributes("class").count("matrix") == 2


def _large(record: RunRecord, frames: tuple[Frame, ...], subtests: int, each: int) -> tuple[RunRecord, list[Frame]]:
    """A run of many subtests whose frames all differ."""
    template = next(frame for frame in frames if frame.hex.startswith("7EA02F"))
    log: list[Frame] = []
    cases = []
    for number in range(subtests // 3):
        built = []
        for part in range(3):
            first = len(log) + 1
            for _ in range(each):
                n = len(log) + 1
                log.append(
                    template.model_copy(update={"n": n, "hex": template.hex[:60] + f"{n:08X}" + template.hex[68:]})
                )
            built.append(
                SubtestRecord(
                    number=part, title="field varied", verdict=Verdict.PASSED, frames=(first, len(log)),
                    requirement="The server answers a well-formed request within the response timeout.",
                    expected="get-response-normal with data", observed="get-response-normal with data",
                )
            )  # fmt: skip
        head = CaseHead(id=f"T_{number // 4}", title="large", device="acme", association="m", variant=str(number % 4))
        cases.append(CaseRecord.of(head, tuple(built)))
    return RunRecord.of(record, tuple(cases), finished=record.finished, complete=True), log


def test_the_page_of_a_large_run_stays_small(specimen: Path) -> None:
    record, frames = _large(load(specimen), load_frames(specimen), subtests=1_500, each=5)
    size = len(render(record, frames).encode())
    assert size < 10_000_000


def test_beyond_the_budget_frames_keep_their_octets_and_say_what_is_left_out(specimen: Path) -> None:
    record, frames = _large(load(specimen), load_frames(specimen), subtests=30, each=5)
    small = render(record, frames, budget=5_000)
    packed = json.loads(Page(small).raw["packed"])
    first, last = packed["messages"][packed["frames"]["1"][4]], packed["messages"][packed["frames"]["150"][4]]
    assert first[5]
    assert not last[5]
    assert last[0] == frames[149].hex
    assert "left out" in packed["strings"][last[3]]
    assert len(small) < len(render(record, frames))
