"""The page of a diagnosis: what it says, what it must never let through, and how large it may become."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance import cli
from conformance.diagnose.intake.keys import SECRETS
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.diagnose.reasoning.patch import Patch
from conformance.dlms.hdlc.fcs import fcs16
from conformance.reporting.diagnosis_page import render
from conformance.reporting.diagnosis_view import Circumstances, diagnosis_view
from conformance.reporting.frame_choice import AROUND, ENDS, MOST, WHOLE, Gap, chosen, with_gaps
from tests.reporting.test_html import VOID, Page

CAPTURES = sorted((Path(__file__).parent.parent / "diagnose" / "captures").glob("*.json"))
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip
SNRM = bytes.fromhex("7EA0070321930F017E")
UA_HEADER = bytes.fromhex("A007210373")
UA = b"\x7e" + UA_HEADER + fcs16(UA_HEADER) + b"\x7e"


def of(name: str) -> Diagnosis:
    """The diagnosis of a capture."""
    return diagnose(read(next(path for path in CAPTURES if path.stem == name)))


def made(folder: Path, frames: list[dict[str, object]], **capture: object) -> Diagnosis:
    """The diagnosis of frames."""
    file = folder / "made.json"
    file.write_text(json.dumps({"id": "made", "frames": frames} | capture), encoding="utf-8")
    return diagnose(read(file))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_every_capture_gives_a_sound_page_that_shows_no_key(capture):
    """Elements closed in order, anchors unique, links that lead somewhere, every finding, every frame, no secret."""
    found = diagnose(read(capture))
    source = render(found)
    page = Page(source)
    assert page.open == []
    anchors = page.attributes("id")
    assert len(anchors) == len(set(anchors))
    assert {link[1:] for link in page.attributes("href")} <= set(anchors)
    assert sum(name.startswith("finding-") for name in anchors) == len(found.statements)
    assert sum(name.startswith("frame-") for name in anchors) == len(found.conversation.units)
    text = " ".join(page.lines)
    for statement in found.statements:
        assert statement.code in text
    digits = re.sub(r"[^0-9A-F]", "", source.upper())
    keys = json.loads(capture.read_text(encoding="utf-8")).get("keys", {})
    for name in set(keys) & set(SECRETS):
        octets = keys[name] if name != "password" else keys[name].encode().hex()
        assert octets.upper() not in digits, name
        assert name == "password" or keys[name] not in source


def test_the_worst_finding_is_the_headline_and_facts_are_told_from_inferences():
    """What it is, in which frame, what to do first; each finding says how it is known."""
    found = of("genus_dedicated_key_pass3")
    page = Page(render(found, None, Circumstances(file="x.json", output="x.html", device="acme", missing="no key")))
    text = " ".join(page.lines)
    assert page.lines[page.lines.index("Diagnosis of") + 2] == "The meter could not open the request, frame 4."
    assert 'What to do first: Set pass3_key = "global".' in text
    view = diagnosis_view(found, found.statements, Circumstances())
    words = {finding.code: finding.evidence_word for _, told in view.groups for finding in told}
    assert words["deciphering-error"] == "fact"
    assert words["pass3-under-dedicated-key"] == "inferred"
    assert words["check-sequences-right"] == "proven"
    assert "acme" in page.lines
    assert "no key" in page.lines


def test_a_finding_marks_the_octets_that_decide_it():
    """The span in the frame, in the APDU put together or in the deciphered one holds the octets of the finding."""
    marked = 0
    for capture in CAPTURES:
        found = diagnose(read(capture))
        view = diagnosis_view(found, found.statements, Circumstances())
        frames = {frame.n: frame for frame in view.frames}
        findings = [finding for _, told in view.groups for finding in told]
        for finding, statement in zip(sorted(findings, key=lambda item: item.number), found.statements, strict=True):
            if finding.mark is not None and statement.octets:
                index, start, end = finding.mark
                frame = frames[finding.frame]
                octets = bytes.fromhex((frame.hex, frame.apdu, frame.plain)[index] or "")[start:end]
                shown = min(len(octets), len(statement.octets))
                part = ".information." in statement.field
                assert part or octets[:shown] == statement.octets[:shown], (capture.stem, finding.code)
                marked += 1
            elif statement.octets and statement.field:
                # A block in a frame that does not show its fields: the whole APDU is drawn in its place.
                whole = ("information", "-present", "general-block-transfer.")
                assert any(word in statement.field for word in whole), (capture.stem, finding)
    assert marked > 120


def test_the_deciphered_apdu_stands_below_the_ciphered_one():
    """With the keys given; packed as the third message of its frame."""
    page = Page(render(of("ctl_ded_key_session")))
    packed = json.loads(page.raw["packed"])
    opened = [frame for frame in packed["frames"].values() if frame[6] >= 0]
    summaries = {packed["strings"][packed["messages"][frame[6]][2]] for frame in opened}
    assert any(summary.startswith("initiate-request") for summary in summaries)
    assert any(summary.startswith("get-response") for summary in summaries)


def test_nothing_runs_but_the_script_of_the_page_and_nothing_is_loaded():
    """The policy names style and script by their hashes; no address of another place stands in an attribute."""
    source = render(of("wasion_hls_gmac_rejected"))
    page = Page(source)
    policy = next(value for value in page.attributes("content") if value.startswith("default-src"))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not page.attributes("src")
    assert all(link.startswith("#") for link in page.attributes("href"))
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert not page.attributes("style")


HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}\u202eevil\u2066\x00\x1b[31m\"'`&"
)


def hostile(folder: Path) -> Diagnosis:
    """A capture whose every text is an attack: names, notes, a string of a megabyte in an APDU."""
    text = HOSTILE.encode("utf-8") * (1_000_000 // len(HOSTILE.encode()))
    string = b"\xc4\x01\xc1\x00\x0a\x84" + len(text).to_bytes(4, "big") + text
    short = b"\xc4\x01\xc1\x00\x0a\x7f" + text[:127]
    return made(
        folder,
        [
            {"dir": "C>S", "hex": "C001C100080000010000FF0200", "note": HOSTILE},
            {"dir": "S>C", "hex": short.hex(), "note": HOSTILE * 50},
            {"dir": "S>C", "hex": string.hex()},
            {"dir": "S>C", "hex": text[:3000].hex()},
        ],
        id=HOSTILE,
        transport="apdu",
    )


def test_a_hostile_capture_stays_text(tmp_path):
    """No element, attribute or template of its own; no control character, nothing that turns the reading direction."""
    found = hostile(tmp_path)
    said = Circumstances(
        file=HOSTILE, output=HOSTILE, device=HOSTILE, association=HOSTILE, missing=HOSTILE, against=HOSTILE,
        patch=Patch(f"--- {HOSTILE}\n+{HOSTILE}\n", (HOSTILE,), HOSTILE),
    )  # fmt: skip
    source = render(found, None, said)
    page = Page(source)
    assert page.open == []
    plain = Page(render(of("ctl_lls_right_password")))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements} | {"ul", "li", "pre"} | VOID
    assert sum(tag == "script" for tag, _ in page.elements) == 2
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "49" not in " ".join(page.lines).replace("{{ 7*7 }}", "").split()
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", source)
    assert "‹U+202E›" in source
    assert len(source) < 200_000


def test_a_long_capture_gives_a_bounded_page_that_says_what_is_left_out(tmp_path):
    """Frames around findings, the first and the last; for the rest the command that shows them."""
    frames: list[dict[str, object]] = [
        {"dir": "C>S" if number % 2 == 0 else "S>C", "hex": (SNRM if number % 2 == 0 else UA).hex(), "t": number / 10}
        for number in range(4_000)
    ]
    frames[1_999] = {"dir": "S>C", "hex": "7EA0072103730D037E", "t": 200.0}
    found = made(tmp_path, frames, transport="hdlc")
    total = len(found.conversation.units)
    assert total == 4_000
    view = diagnosis_view(found, found.statements, Circumstances(file="my log.json", output="o.html"))
    told = {item.frame for item in found.statements if item.frame}
    shown = {row.frame.n for row in view.rows if row.frame is not None}
    assert 2_000 in told
    assert told <= shown
    assert {1, ENDS, total, total - ENDS + 1, 2_000 - AROUND, 2_000 + AROUND} <= shown
    gaps = [row.gap for row in view.rows if row.gap is not None]
    assert sum(gap.last - gap.first + 1 for gap in gaps) + len(shown) == total
    assert len(shown) <= MOST
    assert f"{len(shown)} of 4000 frames are shown" in view.partial
    first = gaps[0]
    wanted = f"--frames {first.first}:{min(first.last, first.first + MOST - 1)}"
    assert first.command == f"dlms-conformance diagnose 'my log.json' --html o.html {wanted}"
    asked = diagnosis_view(found, found.statements, Circumstances(frames=(first.first, first.first + 49)))
    assert {first.first, first.first + 49} <= {row.frame.n for row in asked.rows if row.frame is not None}
    source = render(found, None, Circumstances(file="my log.json", output="o.html"))
    assert "are left out" in source
    assert len(source) < 1_500_000


def test_frames_are_chosen_within_bounds_whatever_is_asked():
    """All of a short exchange; of a long one never more than the most and what was asked for."""
    assert chosen(WHOLE, []) == list(range(1, WHOLE + 1))
    assert chosen(0, [3]) == []
    many = chosen(1_000_000, range(1, 1_000_000))
    assert len(many) == MOST
    asked = chosen(100_000, [50], (200, 99_999))
    assert len(asked) <= 2 * MOST
    assert 200 in asked
    assert chosen(400, [], (900, 1_000)) == chosen(400, [])
    assert list(with_gaps([2, 3, 6], 7)) == [Gap(1, 1), 2, 3, Gap(4, 5), 6, Gap(7, 7)]


def test_beyond_the_budget_octets_stay_and_fields_are_left_out():
    """What findings are about is packed first."""
    found = of("genus_dedicated_key_pass3")
    packed = json.loads(Page(render(found, budget=1_500)).raw["packed"])
    messages = {number: packed["messages"][frame[4]] for number, frame in packed["frames"].items()}
    assert messages["4"][5]
    left = [message for message in messages.values() if not message[5]]
    assert left
    assert all("--frames" in packed["strings"][message[3]] and message[0] for message in left)


def test_octets_that_the_file_does_not_give_are_shown_as_such(tmp_path):
    """A log with unreadable digits, and pieces whose direction nothing tells."""
    log = tmp_path / "damaged.log"
    log.write_text("TX: 7E A0 07 03 21 93 0F 01 7E\nRX: 7E A0 07 21 03 7? 8C 10 7E\n", encoding="utf-8")
    page = Page(render(diagnose(read(log))))
    packed = json.loads(page.raw["packed"])
    spans = [packed["messages"][frame[4]][4] for frame in packed["frames"].values()]
    assert any(spans)
    assert any("could not be read" in text for text in packed["strings"])


def test_the_command_writes_the_page_and_says_where(tmp_path, capsys):
    """Beside the terminal's text or JSON; a path that cannot be written is told before anything is lost."""
    capture = next(path for path in CAPTURES if path.stem == "wasion_hls_gmac_rejected")

    def run(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            cli.main(["diagnose", *(str(argument) for argument in arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    page = tmp_path / "page.html"
    code, out, _ = run(capture, "--html", page, "--device", "wasion-im300", "--against", CAPTURES[0])
    assert code == 1
    assert f"page: {page}" in out
    lines = Page(page.read_text(encoding="utf-8")).lines
    assert "Changes of the device config" in lines
    code, out, err = run(capture, "--html", page, "--json")
    assert json.loads(out)["findings"]
    assert "page:" in err
    for wrong, message in (
        (("--html", tmp_path), "is a directory"),
        (("--html", tmp_path / "none" / "page.html"), "cannot be written"),
        (("--frames", "1:9"), "--frames goes with --html"),
        (("--html", page, "--frames", "9:1"), "is no range"),
        (("--html", page, "--frames", "all"), "is no range"),
    ):
        code, _, err = run(capture, *wrong)
        assert code == 2
        assert message in err
    copy = tmp_path / "capture.json"
    copy.write_bytes(capture.read_bytes())
    code, _, err = run(copy, "--html", copy)
    assert (code, copy.read_bytes()) == (2, capture.read_bytes())
    assert "is the exchange itself" in err


def test_secrets_in_the_lines_of_a_patch_are_masked_on_the_page():
    """The page is sent to others; the patch itself comes from the terminal."""
    found = of("kaifa_wrong_keys_glo_cse")
    text = (
        '--- a.toml\n+++ a.toml\n@@ -1,2 +1,2 @@\n secret = { text = "JuS66BCZ" }\n-context = "sn"\n+context = "ln"\n'
    )
    source = render(found, None, Circumstances(patch=Patch(text, ())))
    assert "JuS66BCZ" not in source
    assert "Lines with secrets are masked here" in source
    assert '<span class="added">+context = &#34;ln&#34;</span>' in source


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_in_a_browser_the_frame_of_a_link_is_drawn_with_its_octets_marked(tmp_path):
    """Opened at a frame: its fields are drawn, the deciding octets marked; the policy lets nothing else happen."""
    page = tmp_path / "page.html"
    page.write_text(render(hostile(tmp_path)), encoding="utf-8")
    first = tmp_path / "first.html"
    first.write_text(render(of("genus_dedicated_key_pass3")), encoding="utf-8")
    for path, anchor in ((page, "#frame-2"), (first, "#frame-2")):
        command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"{path.as_uri()}{anchor}"]
        ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
        dom, logged = ended.stdout.decode(), ended.stderr.decode()
        assert "CONSOLE" not in logged
        opened = re.search(r'<details [^>]*id="frame-2"[^>]*>', dom)
        assert opened is not None
        assert " open" in opened.group()
    marked = re.findall(r"<mark [^>]*data-at=\"\d+\"[^>]*>([0-9A-F]{2})</mark>", dom)
    assert "A40A0408474F4500" in "".join(marked)
    rows = re.findall(r"<tr [^>]*>", dom)
    decided = [row for row in rows if "decided" in row and 'title="confirmed-service-error.value"' in row]
    assert len(decided) == 1
