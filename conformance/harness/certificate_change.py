"""Certificates of a meter while some may be missing or replaced: exported before, imported again in any case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.dlms.errors import DlmsError
from conformance.harness.setup_session import SetupSession
from conformance.harness.trial import Step, Trial
from conformance.link.link import LinkError
from conformance.tester.association import PreambleFailed
from conformance.tester.listed_certificates import Entity, Use
from conformance.tester.method_call import call
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security_setup import by_entity
from conformance.tester.transfer import TransferFailed

_NOT_OPEN = (PreambleFailed, TransferFailed, NotDeclared, LinkError, DlmsError)


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that the meter must hold afterwards.

    Attributes:
        entity: whose it is.
        use: what its key is for.
        title: system title of its holder.
        der: as it was exported.
    """

    entity: Entity
    use: Use
    title: bytes
    der: bytes


@contextmanager
def certificates_kept(subtest: Trial, held: Iterable[Held]) -> Iterator[None]:
    """Whatever happens inside, the meter holds these certificates afterwards; what comes of it changes no verdict.

    It is asked for each of them, and given what it does not export as before. Certificates are no secrets: when the run
    is killed in between, they stand in its frame log, and whoever holds them can import them.
    """
    kept = tuple(held)
    try:
        yield
    finally:
        _restore(subtest, kept)


def _restore(subtest: Trial, kept: tuple[Held, ...]) -> None:
    bench = subtest.bench
    step = Step("afterwards: the certificates of before are held", subtest.tape.next_number, judges=False)
    subtest.steps.append(step)
    for association in subtest.associations:
        association.close()
    fault: str | None = None
    try:
        session = SetupSession.open(subtest)
        fault = next((why for item in kept if (why := _missing(session, item)) is not None), None)
        session.close()
    except _NOT_OPEN as failed:
        fault = str(failed)
    step.last_frame = subtest.tape.next_number - 1
    step.passed, step.detail = fault is None, fault or "they are"
    if fault is None:
        return
    if bench.renew():
        step.detail += "; the embedded meter was given the certificates of the factory"
    else:
        bench.notes.append(f"{bench.device.name}: {subtest.case.id} may have left other certificates: {fault}")


def _missing(session: SetupSession, item: Held) -> str | None:
    """Why a certificate is not held even after it was imported again; None where it is held."""
    name = f"the {item.use.label} certificate of {item.title.hex().upper()}"
    if _exported(session, item) == item.der:
        return None
    called = call(session.association, session.setup.import_certificate(item.der))
    if _exported(session, item) == item.der:
        return None
    return f"{name} is not held{'' if called.succeeded else ', and its import is refused'}"


def _exported(session: SetupSession, item: Held) -> bytes | None:
    identification = by_entity(item.entity, item.use, item.title)
    return call(session.association, session.setup.export_certificate(identification)).octets
