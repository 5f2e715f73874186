"""`recover`: the declared keys back into a meter whose keys a run was changing when it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random, SystemRandom
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.device.content import find_device_config
from conformance.device.counters import CounterError, default_state_directory
from conformance.device.key_journal import KeyChange
from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.device.state_key_journal import StateKeyJournal
from conformance.harness.bench import Bench, secrets_of
from conformance.harness.key_recovery import FIELDS, KeyRecovery
from conformance.harness.lines import Lines
from conformance.link.url import parse_url, unreachable
from conformance.record.redaction import Redactor
from conformance.tester.tape import Tape

NOT_RESTORED = 3
"""Exit code: the meter may hold other keys than the declared ones still."""
_KEPT = "the journal is kept: mend what is wrong, then run recover again"


def register(app: typer.Typer) -> None:
    """Add `recover`."""
    app.command("recover")(recover)


def recover(
    device: Annotated[
        str, typer.Argument(help="Device config: a file, or the name of a shipped one.", metavar="DEVICE")
    ],
    state: Annotated[
        Path | None, typer.Option(help="The state directory of the run that ended; default: the user's.")
    ] = None,
    link: Annotated[str | None, typer.Option(help="Link in place of the device config's.")] = None,
    profile: Annotated[
        Profile | None, typer.Option(help="Communication profile in place of the device config's.")
    ] = None,
) -> None:
    """Put the declared keys back into a meter after a run that was killed while it changed them.

    The keys that the meter may hold are in a journal in the state directory, written before any of them was sent.

    Exit code: 0 the declared keys serve, or nothing was to be done; 3 they could not be put back, and the journal is
    kept; 2 could not start.
    """
    meant = _device(device, link, profile)
    directory = str(default_state_directory() if state is None else state.resolve())
    journal = StateKeyJournal(directory, meant.name)
    changes = journal.changes()
    if changes and meant.embedded is not None:
        raise UsageProblem(
            f"recover: {meant.name}: keys of a meter behind another link were changed, and {meant.link} leads to an "
            "embedded meter of this process; give --link, and --profile, as that run had them"
        )
    if not changes:
        print(f"{meant.name}: nothing to recover: no change of keys was left unfinished")
        return
    raise typer.Exit(0 if _recovered(meant, directory, changes) else NOT_RESTORED)


def _recovered(device: Device, state: str, changes: tuple[KeyChange, ...]) -> bool:
    """Whether the declared keys serve in the end.

    Raises:
        LinkError: there is no link to the meter, or another process uses it.
        KeyJournalError: another process changes its keys, or the journal cannot be written.
    """
    redactor = Redactor(secrets_of(device))
    for change in changes:
        redactor.add(change.key)

    def tell(what: str) -> None:
        print(redactor.text(f"{device.name}: {what}"), flush=True)

    lines = Lines(state)
    bench = Bench(device, seed=SystemRandom().randrange(1 << 31), keep_secret=redactor.add, state_directory=state)
    try:
        lines.hold(device)
        bench.key_journal.hold()
        tell(_announced(changes))
        return _answers(bench, tell=tell) and _restored(bench, redactor, tell=tell)
    finally:
        bench.close()
        lines.release()


def _answers(bench: Bench, *, tell: Callable[[str], None]) -> bool:
    """Whether the meter answers at all; without that no key is tried, as silence would be read as refusal."""
    try:
        silent = bench.why_dead(Tape())
    except CounterError as error:
        silent = str(error)
    if silent is not None:
        tell(f"the meter does not answer ({silent}); {_KEPT}")
    return silent is None


def _restored(bench: Bench, redactor: Redactor, *, tell: Callable[[str], None]) -> bool:
    recovery = KeyRecovery(bench, Tape(), Random(SystemRandom().random()), redactor.add, tell)  # noqa: S311 - challenges
    restored = recovery.run()
    tell("the declared keys serve; the journal is cleared" if restored else f"the declared keys do not serve; {_KEPT}")
    return restored


def _announced(changes: tuple[KeyChange, ...]) -> str:
    told = (
        f"{FIELDS.get(change.key_id, change.key_id)} of {change.association} ({change.step.value})"
        for change in changes
    )
    return f"a run ended while it changed {', '.join(dict.fromkeys(told))}"


def _device(name: str, link: str | None, profile: Profile | None) -> Device:
    """The device config, reached as asked.

    Raises:
        ConfigError: it is wrong, or not there.
        LinkUrlError: the link is.
        UsageProblem: link and profile do not go together.
    """
    device = load(find_device_config(name))
    if link is not None:
        away = parse_url(link).scheme != "loopback"
        device = replace(device, link=link, embedded=None if away else device.embedded)
    if profile is not None:
        device = replace(device, profile=profile)
    why = unreachable(parse_url(device.link), device.profile.value)
    if why is not None:
        raise UsageProblem(f"recover: {device.name}: link {device.link}: {why}")
    return device
