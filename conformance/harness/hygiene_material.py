"""Exchanges that the hygiene rules are fed with where the run so far has given them too little to judge by."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DlmsError
from conformance.harness.judging import Inconclusive
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.push_trials import asked, ear, hear, named, push_request
from conformance.harness.readable_attributes import readable_attributes
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.record.frames import Place
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.liveness import question
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import LinkLost
from conformance.tester.transfer import TransferFailed, get, read

ENOUGH_OPENED = 16
"""APDUs of the meter that opened, for each declared protection of an association."""
ENOUGH_OPENINGS = 2
"""Associations opened, likewise: a counter that begins anew shows in the second."""
ENOUGH_CHALLENGES = 16
"""Challenges of a device: of one that has a dozen of them, two of these agree."""
MOST_READ = 300
"""Attributes that are read in one association in search of a key."""
_QUESTIONS = 6


@dataclass(slots=True)
class Material:
    """What was done to have something to judge by.

    Attributes:
        problems: why some of it could not be had.
        read: attributes that were read.
        left: attributes that could be read and were not.
    """

    problems: list[str] = field(default_factory=list)
    read: int = 0
    left: int = 0

    def told(self) -> str:
        """The problems in one clause; empty where there were none."""
        return "; ".join(self.problems[:3]) + (" …" if len(self.problems) > 3 else "")


def exchanges(subtest: Trial) -> Material:
    """Have requests and replies under every declared protection, over more than one association each."""
    material, hygiene = Material(), subtest.bench.hygiene
    for settings in subtest.bench.device.associations:
        protections = [item for item in settings.protections if item.ciphered]
        if not settings.ciphered or not protections:
            continue
        name, wanted = settings.name, len(protections)
        enough = hygiene.opened[name] >= ENOUGH_OPENED * wanted and hygiene.openings[name] >= ENOUGH_OPENINGS * wanted
        for protection in () if enough else protections:
            for _ in range(ENOUGH_OPENINGS):
                with subtest.step(f"{name}, {protection.value}: opens, asks, is refused something, releases"):
                    _converse(subtest, settings, protection, material)
        _push(subtest, settings, material)
    return material


def challenges(subtest: Trial) -> Material:
    """Have as many challenges of the server as tell a generator of few values."""
    material, hygiene = Material(), subtest.bench.hygiene
    using = [item for item in subtest.bench.device.associations if item.mechanism.high_level]
    for number in range(ENOUGH_CHALLENGES):
        if hygiene.challenge_count.total() >= ENOUGH_CHALLENGES or not using:
            break
        settings = using[number % len(using)]
        with subtest.step(f"{settings.name}: opens and releases"):
            _opened_and_left(subtest, settings, settings.protections[0], material)
        _taken(subtest)
    return material


def values(subtest: Trial) -> Material:
    """Read whatever can be read, in the most and in the least demanding association of each logical device."""
    material = Material()
    for settings in _readers(subtest.bench.device.associations):
        with subtest.step(f"{settings.name}: reads whatever its object_list says can be read"):
            association = _associated(subtest, settings, settings.protections[0], material)
            if association is None:
                continue
            try:
                _read_all(subtest, association, material)
            except (TransferFailed, NotDeclared, PreambleFailed) as failed:
                material.problems.append(f"{settings.name}: object_list: {failed}")
            finally:
                association.close()
    return material


def _read_all(subtest: Trial, association: Association, material: Material) -> None:
    names = list(readable_attributes(association))
    material.left += max(0, len(names) - MOST_READ)
    for name in names[:MOST_READ]:
        try:
            value = read(association, name) if isinstance(name, int) else get(association, name)
        except TransferFailed as failed:
            if isinstance(failed.reaction, LinkLost):
                raise
            continue
        material.read += 1
        if isinstance(value, Data):
            _search(subtest, association, value)


def _search(subtest: Trial, association: Association, value: Data) -> None:
    """Look into a whole value: in blocks, a key may stand in two of them."""
    try:
        octets = codec.encode(value)
    except DlmsError:
        return
    _taken(subtest)
    last = association.data_link.line.tape.next_number - 1
    subtest.bench.hygiene.look_into(_place(subtest), octets, last)


def _converse(subtest: Trial, settings: AssociationSettings, protection: Protection, material: Material) -> None:
    association = _associated(subtest, settings, protection, material)
    if association is not None:
        try:
            for _ in range(_QUESTIONS):
                association.request(question(association))
            association.request(unknown_object_request(settings))
            association.release()
        except (NotDeclared, PreambleFailed, DlmsError) as failed:
            material.problems.append(f"{settings.name}, {protection.value}: {failed}")
        finally:
            association.close()
    _taken(subtest)


def _push(subtest: Trial, settings: AssociationSettings, material: Material) -> None:
    """Have everything pushed once that the meter is set up to push to this tester."""
    for setup in subtest.bench.device.push.setups:
        if setup.association != settings.name or setup.destination is not None:
            continue
        with subtest.step(f"{settings.name}: push() of {named(setup)}"):
            try:
                with ear(subtest, setup) as listening:
                    asked(listening.association, push_request(setup))
                    hear(listening, setup, subtest.bench.device.push.timeout_s, 1, lambda _: True)
            except (Inconclusive, NotDeclared, PreambleFailed, LinkError) as failed:
                material.problems.append(f"{settings.name}: push() of {named(setup)}: {failed}")
        _taken(subtest)


def _opened_and_left(subtest: Trial, settings: AssociationSettings, protection: Protection, material: Material) -> None:
    association = _associated(subtest, settings, protection, material)
    if association is not None:
        association.release()
        association.close()


def _associated(
    subtest: Trial, settings: AssociationSettings, protection: Protection, material: Material
) -> Association | None:
    """An established association; None, with the reason noted, where it does not come up."""
    association = subtest.another(settings.name, protection=protection)
    try:
        association.establish()
    except (PreambleFailed, NotDeclared, LinkError) as failed:
        association.close()
        material.problems.append(f"{settings.name}, {protection.value}: {failed}")
        return None
    return association


def _readers(associations: tuple[AssociationSettings, ...]) -> list[AssociationSettings]:
    """The least and the most demanding association of each logical device."""
    ordered = sorted(associations, key=lambda item: (item.ciphered, item.mechanism))
    least: dict[int, AssociationSettings] = {}
    most: dict[int, AssociationSettings] = {}
    for item in ordered:
        least.setdefault(item.logical_device, item)
        most[item.logical_device] = item
    chosen = [item for sap in least for item in (least[sap], most[sap])]
    return list({item.name: item for item in chosen}.values())


def _taken(subtest: Trial) -> None:
    subtest.bench.hygiene.current(_place(subtest), subtest.tape)


def _place(subtest: Trial) -> Place:
    return Place(subtest.bench.device.name, subtest.case.id, subtest.settings.name, "", subtest.number)
