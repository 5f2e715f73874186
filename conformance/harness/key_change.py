"""Changing the keys of a meter for a while: journalled before they are sent, and brought back whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from conformance.device.key_journal import KeyChange, KeyJournalError, KeyStep
from conformance.device.model import AssociationSettings
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.harness.key_recovery import KeyRecovery, declared_keys, with_keys
from conformance.harness.trial import Step, Trial
from conformance.link.link import LinkError
from conformance.tester.association import Association
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.security_setup import KeyId, SecuritySetup
from conformance.tester.stimulus import Stimulus


def new_keys(subtest: Trial, *key_ids: KeyId) -> dict[int, Secret]:
    """New keys of the suite's length, kept out of every file from now on."""
    security = subtest.association.security
    made: dict[int, Secret] = {}
    for key_id in key_ids:
        key = security.draw(subtest.settings.key_octets)
        security.keep_secret(key)
        made[int(key_id)] = Secret(key)
    return made


@contextmanager
def keys_at_risk(subtest: Trial, setup: SecuritySetup, keys: Iterable[tuple[int, Secret]]) -> Iterator[None]:
    """Around everything that may put `keys` into the meter: they are on the disk before the body begins.

    When the body ends without having brought the declared keys back, that is done here; it changes no verdict. Where
    it does not succeed an embedded meter is given its keys of the factory, and of a real one the journal stays open.

    Args:
        subtest: as it runs.
        setup: the Security setup object.
        keys: pairs of key_id and a key that may stand there afterwards, rightly or not.

    Raises:
        KeyJournalError: they cannot be written down; nothing has been sent then.
    """
    bench, settings = subtest.bench, subtest.settings
    at_risk = list(keys)
    declared = declared_keys(settings, sorted({key_id for key_id, _ in at_risk}))
    for _, key in at_risk:
        subtest.association.keep_secret(key.reveal())
    bench.key_journal.begin(
        KeyChange(settings.name, setup.instance_id, key_id, declared[key_id].fingerprint, key)
        for key_id, key in at_risk
    )
    try:
        yield
    finally:
        if bench.key_journal.changes():
            _bring_back(subtest)


def send_keys(subtest: Trial, association: Association, stimulus: Stimulus, keys: Mapping[int, Secret]) -> Reaction:
    """Send a key transfer that may put `keys` in force, noted on the disk before and, when it was confirmed, after it.

    The reply may be protected under the keys that were in force when the request came, or under the new ones: the
    standard's text leaves it to the meter which, and only the former would open by itself.
    """
    journal = subtest.bench.key_journal
    journal.note(KeyStep.SENT)
    reaction = _under_either(association, association.request(stimulus), keys)
    if isinstance(reaction, Reply) and _succeeded(reaction):
        journal.note(KeyStep.CONFIRMED)
    return reaction


def keep_wrapped(association: Association, wrapped: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The same, each wrapped key kept out of every file from now on."""
    pairs = list(wrapped)
    for _, octets in pairs:
        association.keep_secret(octets)
    return pairs


def _succeeded(reply: Reply) -> bool:
    return isinstance(reply.value, ActionResponseNormal) and reply.value.result == ActionResult.SUCCESS


def _under_either(association: Association, reaction: Reaction, keys: Mapping[int, Secret]) -> Reaction:
    if not isinstance(reaction, Reply) or reaction.protected is None or reaction.protected.error is None:
        return reaction
    security = association.security
    before: AssociationSettings = security.settings
    security.settings = with_keys(before, keys)
    try:
        plain, protected = security.open(reaction.apdu)
        if protected is None or protected.error is not None:
            return reaction
        value = apdus.decode(plain, deviations=[])
    except DecodeError:
        return reaction
    finally:
        security.settings = before
    return replace(reaction, plain=plain, protected=protected, value=value, error=None)


def _bring_back(subtest: Trial) -> None:
    """Bring the declared keys back; what comes of it stands in the evidence."""
    bench = subtest.bench
    step = Step("afterwards: the declared keys are brought back", subtest.tape.next_number, judges=False)
    subtest.steps.append(step)
    told: list[str] = []
    for association in subtest.associations:
        association.close()
    recovery = KeyRecovery(bench, subtest.tape, subtest.random, subtest.association.keep_secret, told.append)
    try:
        restored = recovery.run()
    except (KeyJournalError, LinkError) as error:
        restored = False
        told.append(str(error))
    step.last_frame = subtest.tape.next_number - 1
    step.passed = restored
    step.detail = "; ".join(told)
    if restored:
        return
    if bench.renew():
        step.detail += "; the embedded meter was given the keys of the factory"
    else:
        bench.notes.append(
            f"{bench.device.name}: {subtest.case.id} has left other keys than the declared ones in the meter; "
            f"run dlms-conformance recover: {step.detail}"
        )
