"""A Security setup object in an open association: its attributes read and its methods called, each judged."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.association import Association
from conformance.tester.listed_certificates import Listed, ListFault, Use, listed
from conformance.tester.method_call import Called, call
from conformance.tester.reaction import Reply
from conformance.tester.security_setup import SecuritySetup, by_entity, security_setup_of
from conformance.tester.seen import access_result
from conformance.tester.stimulus import Stimulus
from conformance.tester.transfer import TransferFailed, get


@dataclass(slots=True)
class SetupSession:
    """One client at one Security setup object.

    Attributes:
        subtest: as it runs.
        association: established.
        setup: the object that it references.
    """

    subtest: Trial
    association: Association
    setup: SecuritySetup

    @staticmethod
    def open(subtest: Trial) -> SetupSession:
        """A session in an association of its own, under the variant's protection.

        Raises:
            PreambleFailed, TransferFailed: the association does not come up, or does not tell of its objects.
        """
        association = subtest.another()
        association.establish()
        return SetupSession(subtest, association, security_setup_of(association))

    @property
    def suite(self) -> SecuritySuite:
        """The declared security suite."""
        return suite_of(self.association.settings.security_suite)

    @property
    def server_title(self) -> bytes:
        """The meter's system title, declared or told by its AARE."""
        return self.association.security.server_title

    def close(self) -> None:
        """Leave the association."""
        self.association.close()

    def read(self, attribute: AttributeDescriptor, name: str) -> Data:
        """The value of an attribute, in as many blocks as it takes.

        Raises:
            Failed: it is refused.
        """
        with self.subtest.step(f"reads {name}"):
            try:
                value = get(self.association, attribute)
            except TransferFailed as failed:
                self.subtest.fail(f"{name}: {failed}", reaction=failed.reaction, path=failed.path)
            told = describe(value) if isinstance(value, Data) else access_result(value)
            self.subtest.check(isinstance(value, Data), expected=f"the value of {name}", observed=f"{name}: {told}")
        assert isinstance(value, Data)  # noqa: S101 - judged above
        return value

    def certificates(self) -> tuple[Listed, ...]:
        """What `certificates` lists.

        Raises:
            Failed: it cannot be read, or is not what the interface class says.
        """
        value = self.read(self.setup.certificates, "certificates")
        fault, found = "", tuple[Listed, ...]()
        try:
            found = listed(value)
        except ListFault as wrong:
            fault = str(wrong)
        self.subtest.check(
            not fault,
            expected="an array of certificates as the interface class says",
            observed=fault or f"{len(found)} certificates",
        )
        return found

    def succeeds(self, stimulus: Stimulus, title: str) -> Called:
        """Call a method that must be carried out.

        Raises:
            Failed: it is not.
        """
        with self.subtest.step(title):
            called = call(self.association, stimulus)
            if not called.joined:
                self.subtest.judge(called.reaction, method_succeeds(), association=self.association)
        return called

    def gives(self, stimulus: Stimulus, title: str) -> bytes:
        """Call a method that must return an octet-string.

        Raises:
            Failed: it is not carried out, or returns anything else.
        """
        called = self.succeeds(stimulus, title)
        octets = called.octets
        returned = "nothing" if called.returned is None else describe(called.returned)
        self.subtest.check(
            bool(octets),
            expected=f"an octet-string from: {title}",
            observed=f"{len(octets)} octets" if octets else f"{title}: {returned} returned",
            reaction=called.reaction,
            path="action-response.return-parameters",
        )
        return octets or b""

    def refuses(self, stimulus: Stimulus, title: str) -> None:
        """Call a method that must be refused, without anything returned, and see the association outlive it.

        Raises:
            Failed: it is carried out, or the association does not serve on.
        """
        with self.subtest.step(title):
            called = call(self.association, stimulus)
            self.subtest.judge(called.reaction, method_fails(), association=self.association)
            given = called.returned
            self.subtest.check(
                given is None or given.type is DataType.NULL_DATA,
                expected="nothing returned with a refusal",
                observed="nothing returned" if given is None else f"returned with a refusal: {describe(given)}",
                reaction=called.reaction,
                path="action-response.return-parameters",
            )
        if not isinstance(called.reaction, Reply):
            # A link that went down has taken the association with it.
            self.association.close()
            self.association.establish()
        with self.subtest.step("the association serves on"):
            self.subtest.alive(self.association)

    def export(self, entity: int, use: Use, title: bytes) -> bytes:
        """The certificate of an entity for a use, DER.

        Raises:
            Failed: it is not given.
        """
        identification = by_entity(entity, use, title)
        return self.gives(
            self.setup.export_certificate(identification),
            f"exports the {use.label} certificate of {title.hex().upper()}",
        )

    def note(self, text: str) -> None:
        """What is worth telling and decides nothing: it stands in the evidence as a step."""
        with self.subtest.step(f"noted: {text}"):
            self.subtest.steps[-1].judges = False
