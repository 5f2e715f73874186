"""The master key of a meter while it may be another than the declared one: journalled, and put back in any case."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.device.key_journal import KeyChange, KeyStep
from conformance.device.model import AssociationSettings
from conformance.dlms.errors import DlmsError
from conformance.dlms.security.secret import Secret
from conformance.harness.agreement import AgreementFailed, put_master_key_back
from conformance.harness.trial import Step, Trial
from conformance.link.link import LinkError
from conformance.tester.association import PreambleFailed
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security_setup import KeyId, SecuritySetup


def master_key_change(settings: AssociationSettings, setup: SecuritySetup) -> KeyChange:
    """What is journalled before a master key is agreed on: that it may be any.

    The key is not known then: random octets stand in its place.

    Raises:
        NotDeclared: the device config has no master_key.
    """
    if settings.master_key is None:
        raise NotDeclared(f"association {settings.name}: master_key is not declared in the device config")
    declared, unknown = settings.master_key.fingerprint, Secret(secrets.token_bytes(settings.key_octets))
    return KeyChange(settings.name, setup.instance_id, KeyId.MASTER_KEY, declared, unknown)


@contextmanager
def master_key_at_risk(subtest: Trial, setup: SecuritySetup) -> Iterator[None]:
    """Around everything that may put another master key into the meter: it is journalled before the body begins.

    When the body ends without having brought the declared master key back (`master_key_is_back`), that is done here; it
    changes no verdict.

    Raises:
        KeyJournalError: it cannot be written down; nothing has been sent then.
    """
    journal = subtest.bench.key_journal
    journal.begin((master_key_change(subtest.settings, setup),))
    journal.note(KeyStep.SENT)
    try:
        yield
    finally:
        if journal.changes():
            _bring_back(subtest, setup)


def master_key_is_back(subtest: Trial) -> None:
    """The declared master key serves again: nothing is left to be remembered."""
    journal = subtest.bench.key_journal
    journal.note(KeyStep.RESTORED)
    journal.clear()


def _bring_back(subtest: Trial, setup: SecuritySetup) -> None:
    bench = subtest.bench
    step = Step("afterwards: the declared master key is put back", subtest.tape.next_number, judges=False)
    subtest.steps.append(step)
    for association in subtest.associations:
        association.close()
    association = subtest.another()
    try:
        association.establish()
        put_master_key_back(association, setup)
    except (AgreementFailed, NotDeclared, PreambleFailed, LinkError, DlmsError) as failed:
        step.passed, step.detail = False, str(failed)
    else:
        master_key_is_back(subtest)
        step.passed, step.detail = True, "agreed anew, and the declared one transferred"
    finally:
        association.close()
        step.last_frame = subtest.tape.next_number - 1
    if step.passed:
        return
    if bench.renew():
        step.detail += "; the embedded meter was given the keys of the factory"
    else:
        bench.notes.append(
            f"{bench.device.name}: {subtest.case.id} may have left another master key than the declared one in the "
            f"meter; run dlms-conformance recover: {step.detail}"
        )
