"""What every HTML page of ours stands on: the templates' environment, inline styles and scripts, and the policy.

A page is one file. Its content security policy names style and script by their hashes, so that nothing else runs and
nothing is loaded, whatever a meter has sent.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from conformance.reporting.finding_words import certainty
from conformance.reporting.histogram import histogram, strip
from conformance.reporting.legible import brief, legible, line, moment, percent, seconds
from conformance.reporting.outline import BARE_LINK, LABELS, ONLY_VARIANT
from conformance.reporting.templates import report_templates


def environment(templates: Path | None = None) -> Environment:
    """The environment for templates of a directory, the tool's own behind them; everything is escaped.

    Args:
        templates: a directory to look in first.
    """
    own = report_templates() / "html"
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(place) for place in (templates, own) if place is not None]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(legible=legible, line=line, moment=moment, seconds=seconds, brief=brief, percent=percent)
    made.filters.update(certainty=certainty)
    made.globals.update(labels=LABELS, bare_link=BARE_LINK, only_variant=ONLY_VARIANT)
    made.globals.update(histogram=histogram, strip=strip)
    return made


def inline(environment: Environment, *names: str) -> str:
    """Styles or scripts as they will stand in the page: the hash in the policy must be that of these characters.

    Raises:
        ValueError: one of them could end its element early.
    """
    assert environment.loader is not None  # noqa: S101 - narrows the type
    sources = []
    for name in names:
        source, _, _ = environment.loader.get_source(environment, name)
        if "</" in source:
            raise ValueError(f"{name} must not contain '</': it is put inline")
        sources.append(source)
    return "".join(sources)


def policy(style: str, script: str, *, pictures: bool = False) -> str:
    """A content security policy under which nothing runs but our own script, and nothing is loaded at all.

    Args:
        style: the style of the page.
        script: its script.
        pictures: pictures that stand in the page itself are shown.
    """

    def digest(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    sources = f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}"
    if pictures:
        sources += "; img-src data:"
    return f"{sources}; base-uri 'none'; form-action 'none'"
