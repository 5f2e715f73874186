"""Agreeing on keys with a meter by key_agreement, C(2e, 0s), and putting the declared master key back (IEC 62056-6-2).

What was agreed is known once the meter's answer is there: a client that is killed in between has lost the key. A lost
master key can be replaced all the same, since an agreement takes no old key: so it is agreed anew, and the declared one
transferred under what was agreed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import CipherError
from conformance.dlms.security import key_wrap
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import suite_of
from conformance.harness.trial import Trial
from conformance.tester.agreed_keys import agreed_key, key_data
from conformance.tester.association import Association
from conformance.tester.method_call import Called, call
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security_setup import KeyId, SecuritySetup
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus


class AgreementFailed(Exception):
    """No key came of it; the message says why."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement on one key, from the client's side.

    Attributes:
        association: established.
        setup: the Security setup object.
        key_id: which key.
        ephemeral: the client's ephemeral key, used once.
    """

    association: Association
    setup: SecuritySetup
    key_id: int
    ephemeral: ec.EllipticCurvePrivateKey

    @staticmethod
    def of(association: Association, setup: SecuritySetup, key_id: int) -> Agreement:
        """With a new ephemeral key."""
        suite = suite_of(association.settings.security_suite)
        return Agreement(association, setup, key_id, ec.generate_private_key(suite.elliptic))

    @property
    def request(self) -> Stimulus:
        """key_agreement, the ephemeral key signed by the client.

        Raises:
            NotDeclared: the device config has no signing_key.
        """
        settings = self.association.settings
        signing = self.association.security.signing_key
        octets = key_data(suite_of(settings.security_suite), self.key_id, self.ephemeral, signing)
        return self.setup.key_agreement(((self.key_id, octets),))

    def answer(self, called: Called) -> bytes:
        """The meter's key_data.

        Raises:
            AgreementFailed: what came is no array of one structure with this key_id.
        """
        returned = called.returned
        if not called.succeeded or returned is None:
            raise AgreementFailed(f"no key_data: {seen(called.reaction)}")
        if returned.type is not DataType.ARRAY or len(returned.value) != 1:
            raise AgreementFailed("what is returned is no array of one element")
        members = _members(returned.value[0])
        if members is None or members[0].value != self.key_id:
            raise AgreementFailed(f"what is returned is no structure of key_id {self.key_id} and an octet-string")
        octets: bytes = members[1].value
        return octets

    def key(self, answer: bytes) -> bytes:
        """The key that both now hold, kept out of every file.

        Raises:
            AgreementFailed: the meter's key is none of the curve, or is not signed by the meter.
            NotDeclared: the device config has no server_signature_key.
        """
        security, settings = self.association.security, self.association.settings
        if settings.server_signature_key is None:
            raise NotDeclared(f"association {settings.name}: server_signature_key is not declared in the device config")
        try:
            key = agreed_key(
                suite_of(settings.security_suite),
                self.key_id,
                self.ephemeral,
                answer,
                server_signature_key=settings.server_signature_key,
                client_title=security.client_title,
                server_title=security.server_title,
            )
        except CipherError as error:
            raise AgreementFailed(f"the meter's key_data: {error}") from None
        self.association.keep_secret(key)
        return key


def master_key_transfer(association: Association, setup: SecuritySetup, present: bytes) -> Stimulus:
    """key_transfer of the declared master key under the one that is in force.

    Raises:
        NotDeclared: the device config has no master_key.
    """
    settings = association.settings
    if settings.master_key is None:
        raise NotDeclared(f"association {settings.name}: master_key is not declared in the device config")
    wrapped = key_wrap.wrap(present, settings.master_key.reveal())
    association.keep_secret(wrapped)
    return setup.key_transfer(((int(KeyId.MASTER_KEY), wrapped),))


def put_master_key_back(association: Association, setup: SecuritySetup) -> None:
    """Agree on a master key, whichever one is in force, and transfer the declared one under it.

    Raises:
        AgreementFailed: the meter does not agree, or does not take the declared key.
        NotDeclared: the device config lacks a key that this needs.
    """
    agreement = Agreement.of(association, setup, KeyId.MASTER_KEY)
    present = agreement.key(agreement.answer(call(association, agreement.request)))
    called = call(association, master_key_transfer(association, setup, present))
    if not called.succeeded:
        raise AgreementFailed(f"the declared master key is not taken: {seen(called.reaction)}")


def agree_in(subtest: Trial, agreement: Agreement) -> tuple[bytes, Secret]:
    """Send the request and judge all of the answer; the meter's key_data and the key.

    Raises:
        Failed: no key comes of it.
    """
    called = call(agreement.association, agreement.request)
    try:
        answer = agreement.answer(called)
        key = agreement.key(answer)
    except AgreementFailed as failed:
        subtest.fail(str(failed), reaction=called.reaction, path="action-response.return-parameters")
    subtest.check(
        True,
        expected="key_data signed by the meter",
        observed="key_data signed by the meter",
        reaction=called.reaction,
    )
    return answer, Secret(key)


def _members(value: Data) -> tuple[Data, Data] | None:
    """key_id and key_data."""
    if value.type is not DataType.STRUCTURE or len(value.value) != 2:
        return None
    key_id, octets = value.value
    if key_id.type is not DataType.ENUM or octets.type is not DataType.OCTET_STRING:
        return None
    return key_id, octets
