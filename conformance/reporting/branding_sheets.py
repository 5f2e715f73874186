"""The laboratory on the pages of the PDF: name, logo, particulars, and who signs."""

from __future__ import annotations

from typing import Any, Final

from conformance.reporting.branding import Branding
from conformance.reporting.logo import Logo
from conformance.reporting.printable import printable_line

LOGOS: Final = {"image/png": "logo.png", "image/svg+xml": "logo.svg"}
"""Under which name the template finds a logo, by media type."""


def branding_sheets(branding: Branding) -> dict[str, Any]:
    """What the title page and the signatures page show; texts are empty where nothing is given."""
    return {
        "name": printable_line(branding.name, 200),
        "logo": logo_file(branding.logo),
        "address": [printable_line(line, 200) for line in branding.address],
        "accreditation": printable_line(branding.accreditation, 200),
        "contact": printable_line(branding.contact, 200),
        "roles": [printable_line(role, 200) for role in branding.roles],
        "number": printable_line(branding.number, 200),
    }


def logo_file(logo: Logo | None) -> str:
    """The name under which the template finds the logo; empty without one."""
    return LOGOS[logo.media_type] if logo is not None else ""
