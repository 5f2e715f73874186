"""How reports are presented: whose they are, which templates they take, what qualifies the tool that made them.

None of it changes what is said of a meter: that comes from the record alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.reporting.branding import NO_BRANDING, Branding


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a laboratory brings to the reports of a run.

    Attributes:
        branding: of the laboratory.
        templates: a directory laid out as `reports`, with `html` and `typst` in it, that holds the changed templates
            only; None takes the tool's own.
        qualification: the octets of a qualification.json, which drawing lays beside the record; None leaves there what
            is there.
    """

    branding: Branding = NO_BRANDING
    templates: Path | None = None
    qualification: bytes | None = None

    def of_kind(self, kind: str) -> Path | None:
        """The directory of changed templates of one kind, `html` or `typst`; None where nothing is changed."""
        folder = self.templates / kind if self.templates is not None else None
        return folder if folder is not None and folder.is_dir() else None


PLAIN: Final = Presentation()
"""The tool's own look."""
