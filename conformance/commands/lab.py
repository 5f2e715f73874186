"""`lab`: many meters every night; the commands below it are in modules of their own."""

from __future__ import annotations

import typer

from conformance.commands import lab_checking, lab_merge, lab_planning, lab_running, lab_show


def register(app: typer.Typer) -> None:
    """Add `lab`, with its commands below it."""
    lab = typer.Typer(help="Many meters: a lab's inventory, its nights, plans for CI engines.", no_args_is_help=True)

    @lab.callback()
    def _lab() -> None:
        """Many meters: a lab's inventory, its nights, plans for CI engines."""

    for module in (lab_checking, lab_planning, lab_running, lab_merge, lab_show):
        module.register(lab)
    app.add_typer(lab, name="lab")
