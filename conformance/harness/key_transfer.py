"""Judging key transfer: new keys serve, old ones do not, and what must not be taken changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from conformance.device.key_journal import KeyStep
from conformance.device.model import AssociationSettings, CounterSource, Protection
from conformance.dlms.security.secret import Secret
from conformance.harness.key_change import keep_wrapped, keys_at_risk, new_keys, send_keys
from conformance.harness.key_recovery import declared_keys, with_keys, wrapped_keys
from conformance.harness.openings import NOT_SERVED, judge_opening
from conformance.harness.serving import opens_and_serves
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.association import Association, State
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.liveness import question
from conformance.tester.security_setup import KeyId, SecuritySetup, security_setup_of
from conformance.tester.stimulus import aarq

_NO_ASSOCIATION: Expectation = rejected(result=None) | tolerated(
    refused() | silence() | frame_reject() | link_released()
)
FORGED: Expectation = method_fails()
"""What a key transfer gets that must not be carried out."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """A key transfer that a meter must refuse.

    Attributes:
        pairs: key_id and octets as they are sent.
        results: pairs of key_id and a key that a meter may hold afterwards which did not refuse it.
    """

    pairs: tuple[tuple[int, bytes], ...]
    results: tuple[tuple[int, bytes], ...]


Forge = Callable[[AssociationSettings, Mapping[int, Secret]], Iterable[Forgery]]
"""From an association and new keys to what is sent in place of a valid transfer of them."""


def judge_transfer(subtest: Trial, *key_ids: KeyId) -> None:
    """Transfer new keys, see them serve and the old ones refused, and transfer the declared ones back.

    Raises:
        Failed: the meter does otherwise; the declared keys are brought back then as well.
    """
    settings = subtest.settings
    keys = new_keys(subtest, *key_ids)
    changed = with_keys(settings, keys)
    setup = _setup(subtest)
    with keys_at_risk(subtest, setup, keys.items()):
        _transferred(subtest, setup, keys)
        subtest.bench.level_counters(settings, changed)
        with subtest.step("an association under the new keys opens and serves"):
            _opens_and_closes(subtest, changed)
        dedicated = next((form for form in settings.protections if form.dedicated), None)
        if dedicated is not None and not subtest.protection.dedicated:
            with subtest.step("under the new keys a dedicated key can be agreed, and serves"):
                _opens_and_closes(subtest, changed, dedicated)
        subtest.bench.level_counters(settings, changed)
        with subtest.step("under the old keys nothing is served"):
            _refused(subtest)
        _transferred_back(subtest, setup, changed, keys)


def judge_new_counter(subtest: Trial) -> None:
    """Transfer a new global unicast encryption key and see it serve with the first invocation counters, from 1.

    Raises:
        Failed: it does not serve so; the declared keys are brought back then as well.
    """
    keys = new_keys(subtest, KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
    changed = with_keys(subtest.settings, keys)
    setup = _setup(subtest)
    with keys_at_risk(subtest, setup, keys.items()):
        _transferred(subtest, setup, keys)
        with subtest.step("the new key serves with invocation counters from 1 on"):
            _opens_and_closes(subtest, replace(changed, invocation_counter=CounterSource(start=1)))
        _transferred_back(subtest, setup, changed, keys)


def judge_forgeries(subtest: Trial, forge: Forge) -> None:
    """Send key transfers that must not be carried out, each judged, and see the declared keys serve after each.

    Raises:
        Failed: one is carried out, wholly or in part; the declared keys are brought back then as well.
    """
    settings = subtest.settings
    keys = new_keys(subtest, KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY, KeyId.AUTHENTICATION_KEY)
    setup = _setup(subtest)
    forgeries = tuple(forge(settings, keys))
    at_risk = dict.fromkeys(result for forgery in forgeries for result in forgery.results)
    with keys_at_risk(subtest, setup, [(key_id, Secret(key)) for key_id, key in at_risk]):
        for forgery in forgeries:
            association = subtest.another()
            association.establish()
            stimulus = setup.key_transfer(keep_wrapped(association, forgery.pairs))
            with subtest.step(str(stimulus.name)):
                subtest.judge(send_keys(subtest, association, stimulus, keys), association=association)
            association.close()
            with subtest.step("the declared keys serve"):
                _opens_and_closes(subtest, settings)
        _over(subtest)


def _setup(subtest: Trial) -> SecuritySetup:
    """The Security setup object, in the item's own association, which stays open."""
    association = subtest.association
    association.establish()
    return security_setup_of(association)


def _transferred(subtest: Trial, setup: SecuritySetup, keys: Mapping[int, Secret]) -> None:
    association = subtest.association
    stimulus = setup.key_transfer(keep_wrapped(association, wrapped_keys(subtest.settings, keys)))
    with subtest.step(f"{stimulus.name}, under the master key"):
        reaction = send_keys(subtest, association, stimulus, keys)
        subtest.judge(reaction, method_succeeds(), association=association)
    association.close()


def _transferred_back(
    subtest: Trial, setup: SecuritySetup, changed: AssociationSettings, keys: Mapping[int, Secret]
) -> None:
    declared = declared_keys(subtest.settings, keys)
    association = subtest.another(settings=changed)
    with subtest.step("the declared keys are transferred back"):
        opens_and_serves(subtest, association)
        stimulus = setup.key_transfer(keep_wrapped(association, wrapped_keys(subtest.settings, declared)))
        subtest.bench.key_journal.note(KeyStep.RESTORING)
        subtest.judge(association.request(stimulus), method_succeeds(), association=association)
        association.close()
    subtest.bench.level_counters(subtest.settings, changed)
    with subtest.step("the declared keys serve again"):
        _opens_and_closes(subtest, subtest.settings)
    _over(subtest)


def _over(subtest: Trial) -> None:
    journal = subtest.bench.key_journal
    journal.note(KeyStep.RESTORED)
    journal.clear()


def _opens_and_closes(subtest: Trial, settings: AssociationSettings, protection: Protection | None = None) -> None:
    association = subtest.another(settings=settings, protection=protection)
    opens_and_serves(subtest, association)
    association.close()


def _refused(subtest: Trial) -> None:
    """Under the declared keys, which are the old ones now, no association comes up, or nothing is served in it."""
    old: Association = subtest.another()
    if subtest.settings.initiate_protection is not Protection.NONE:
        judge_opening(subtest, aarq(), _NO_ASSOCIATION, old)
    else:
        # The InitiateRequest is in clear: the keys come into play with pass 3, or with the first service.
        subtest.judge(old.open(), accepted() | _NO_ASSOCIATION, association=old)
        if old.state is State.AUTHENTICATION_PENDING:
            subtest.judge(old.authenticate(), NOT_SERVED, association=old)
        if old.state is not State.IDLE:
            subtest.judge(old.request(question(old)), NOT_SERVED, association=old)
    old.close()
