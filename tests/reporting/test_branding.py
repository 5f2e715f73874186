"""A laboratory's name and logo come onto its reports; a file that could do harm is refused with what to mend."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.branding import DEFAULT_ROLES, NO_BRANDING, Branding, BrandingError, load
from conformance.reporting.logo import MOST_OCTETS, LogoError, check

WHOLE = """
[laboratory]
name = "Acme Metering Laboratory"
logo = "logo.svg"
address = ["1 Line Street", "Town"]
accreditation = "ISO/IEC 17025, No. D-PL-00000"
contact = "lab@example.org"
[signatures]
roles = ["Tested by", "Approved by"]
[report]
title = "Type test of the E500"
number = "2026-0117"
"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path fill="#123" d="M0 0h10v10z"/></svg>'


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int = 2, height: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(min(width, 64)) for _ in range(min(height, 64)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def svg(inside: str, root: str = "") -> bytes:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>'
    return f"{opening}{inside}</svg>".encode()


def written(directory: Path, text: str, logo: bytes = SVG, name: str = "logo.svg") -> Path:
    (directory / name).write_bytes(logo)
    path = directory / "branding.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_of_the_file_arrives(tmp_path):
    found = load(written(tmp_path, WHOLE))
    assert found == Branding(
        name="Acme Metering Laboratory", logo=check(SVG), address=("1 Line Street", "Town"),
        accreditation="ISO/IEC 17025, No. D-PL-00000", contact="lab@example.org", roles=("Tested by", "Approved by"),
        title="Type test of the E500", number="2026-0117",
    )  # fmt: skip
    assert found.logo is not None
    assert found.logo.media_type == "image/svg+xml"


def test_an_empty_file_is_no_branding(tmp_path):
    assert load(written(tmp_path, "")) == NO_BRANDING
    assert NO_BRANDING.roles == DEFAULT_ROLES


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[laboratory]\nnme = 'x'", "laboratory.nme", "no such key; there are name, logo, address"),
        ("[colours]\nink = 'x'", "colours", "no such key; there are laboratory, signatures, report"),
        ("[laboratory]\nname = 5", "laboratory.name", "valid string"),
        ("[signatures]\nroles = []", "signatures.roles", "at least 1"),
        ("[laboratory]\naddress = ['1','2','3','4','5','6','7','8','9']", "laboratory.address", "at most 8"),
        (f"[report]\ntitle = '{'x' * 201}'", "report.title", "at most 200"),
        ("[laboratory", "", "is no TOML"),
        ("x = " + "[" * 5000, "", "branding.toml: "),
        ("[laboratory]\nlogo = '../logo.svg'", "laboratory.logo", "put the logo beside this file"),
        ("[laboratory]\nlogo = '/etc/passwd'", "laboratory.logo", "put the logo beside this file"),
        ("[laboratory]\nlogo = '.'", "laboratory.logo", "put the logo beside this file"),
        ("[laboratory]\nlogo = 'none.svg'", "laboratory.logo", "none.svg is no file"),
    ],
)
def test_a_problem_names_the_file_the_key_and_what_to_do(tmp_path, text, key, said):
    path = written(tmp_path, text)
    with pytest.raises(BrandingError) as raised:
        load(path)
    assert raised.value.key == key
    assert str(raised.value).startswith(f"{path}: ")
    assert said in str(raised.value)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path):
    path = tmp_path / "branding.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BrandingError, match="is not UTF-8"):
        load(path)
    path.write_bytes(b"#" * (65 << 10))
    with pytest.raises(BrandingError, match="larger than 64 KiB"):
        load(path)
    with pytest.raises(BrandingError, match="is no file"):
        load(tmp_path)


def test_a_png_is_known_by_its_octets_and_not_by_its_name(tmp_path):
    logo = load(written(tmp_path, WHOLE, png())).logo
    assert logo is not None
    assert logo.media_type == "image/png"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png(5000, 2), "5000 by 2 pixels; at most 4096"),
        (png(0, 2), "0 by 2 pixels"),
        (png()[:-3], "ends within a chunk"),
        (png() + b"<script>", "no whole PNG"),
        (png()[:20] + b"\xff" + png()[21:], "damaged chunk"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "does not begin with its header"),
        (b"GIF89a", "neither a PNG nor an SVG"),
        (b"", "neither a PNG nor an SVG"),
        (b"\xff\xd8\xff", "neither a PNG nor an SVG in UTF-8"),
        (b" " * (MOST_OCTETS + 1), "larger than 512 KiB"),
        (b"<html><svg/></html>", "is XML, but no SVG"),
        (svg("<script>alert(1)</script>"), "element <script>, which runs code"),
        (svg("<x:script xmlns:x='http://www.w3.org/2000/svg'/>"), "runs code"),
        (svg("", 'onload="alert(1)"'), "attribute onload, which runs code"),
        (svg('<a xlink:href="javascript:alert(1)"/>'), "outside itself"),
        (svg('<use href="https://example.org/x.svg#a"/>'), "outside itself"),
        (svg('<image href="data:image/png;base64,AAAA"/>'), "loads a picture"),
        (svg("<foreignObject><p/></foreignObject>"), "is no drawing"),
        (svg("<p xmlns='http://www.w3.org/1999/xhtml'/>"), "holds HTML"),
        (svg('<path fill="url(https://example.org/#a)" d="M0 0"/>'), "outside itself"),
        (svg("<style>@import 'https://example.org';</style>"), "'@import' in its style"),
        (svg("<style>a{b:<![CDATA[ur]]>l( 'http://example.org')}</style>"), "outside itself"),
        (svg("<style>a{b:u\\72l(http://example.org)}</style>"), "in its style"),
        (svg("<text>Acme</text>"), "convert text to paths"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "declares entities"),
        (b'<?xml-stylesheet href="http://example.org"?>' + SVG, "processing instruction"),
        (svg("<g>" * 100 + "</g>" * 100), "too intricate"),
        (svg('<use href="#a"/>' * 40), "too intricate"),
        (svg("<g/>" * 21_000), "too intricate"),
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused(content, said):
    with pytest.raises(LogoError, match=said.replace("(", r"\(")):
        check(content)


def test_an_svg_as_editors_write_it_is_taken():
    drawn = svg(
        "<metadata><x xmlns='http://www.inkscape.org/namespaces/inkscape'/></metadata>"
        "<style>.a{fill:#123;stroke:url(#b)}</style><defs><linearGradient id='b'/></defs>"
        "<path class='a' d='M0 0h1' style='fill:url(#b)'/><use xlink:href='#b'/>"
    )
    public = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    content = b'<?xml version="1.0" encoding="utf-8"?>' + public + drawn
    assert check(content).octets == content


@given(st.binary(max_size=200).map(lambda noise: SVG[:60] + noise + SVG[60:]) | st.binary(max_size=300))
def test_rubbish_is_refused_or_taken_but_never_breaks(content):
    try:
        octets = check(content).octets
    except LogoError:
        return
    assert octets == content
