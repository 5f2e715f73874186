"""Associations that come up as declared, in every declared protection."""

from conformance.device.model import Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.security import general_ciphering
from conformance.dlms.security.ciphered import GENERAL_DED_CIPHERING, GENERAL_GLO_CIPHERING, protected_tag
from conformance.dlms.xdlms import general_signing, get, read
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, released
from conformance.tester.association import State
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq

_SMALLEST_PDU = 12
"""Octets; a server that takes less could not be asked for anything."""


@case(
    "T_APPL_OPEN_1",
    title="Establishment of the association with the declared parameters",
    clause="IEC 62056-5-3, COSEM-OPEN service",
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(1, "AARQ as declared, with HLS its passes 3 and 4", aarq(), accepted()),
    Subtest(
        2,
        "a service in the declared protection",
        procedure="opens as declared, reads the logical name of the current association",
        accepts="its logical name, in an APDU with the tag of the declared protection",
    ),
    Subtest(3, "release", procedure="opens as declared, sends an RLRQ", accepts="RLRE"),
)
def test_appl_open_1(subtest: Trial) -> None:
    """A meter accepts the association that it declares, serves it in each declared protection, and releases it."""
    if subtest.number == 1:
        _opens(subtest)
        return
    association = subtest.association
    association.establish()
    if subtest.number == 2:
        _serves_protected(subtest)
    else:
        subtest.judge(association.release(), released())


def _opens(subtest: Trial) -> None:
    association, settings = subtest.association, subtest.association.settings
    reaction = association.open(subtest.stimulus)
    subtest.judge(reaction)
    if isinstance(reaction, Reply) and isinstance(reaction.value, Aare):
        title, declared = reaction.value.responding_ap_title, settings.server_system_title
        subtest.check(
            title is None or declared is None or title == declared,
            expected="the declared system title of the server" if declared is not None else "any system title",
            observed=f"responding-AP-title {title.hex().upper() if title is not None else 'absent'}",
            reaction=reaction,
            path="aare.responding-AP-title",
        )
    negotiated = association.negotiated
    size = negotiated.server_max_receive_pdu_size if negotiated is not None else 0
    subtest.check(
        size == 0 or size >= _SMALLEST_PDU,
        expected=f"0 (no limit) or at least {_SMALLEST_PDU} octets",
        observed=f"server-max-receive-pdu-size {size}",
        reaction=reaction,
        path="initiate-response.server-max-receive-pdu-size",
    )
    if association.state is State.AUTHENTICATION_PENDING:
        answer = association.authenticate()
        fault = association.pass4_fault(answer)
        subtest.check(
            fault is None,
            expected="pass 4 with the right f(CtoS)",
            observed=fault or "f(CtoS) is right",
            reaction=answer,
        )


def _serves_protected(subtest: Trial) -> None:
    association = subtest.association
    reaction = association.request(question(association))
    subtest.judge(reaction, ALIVE)
    wanted = _reply_tag(subtest.protection, association.settings.short_names)
    seen = reaction.apdu[0] if isinstance(reaction, Reply) else None
    subtest.check(
        seen == wanted,
        expected=f"tag {wanted:02X}",
        observed=f"the reply has the tag {seen:02X}" if seen is not None else "no reply",
        reaction=reaction,
    )


def _reply_tag(protection: Protection, short_names: bool) -> int:
    """Tag of a get-response or ReadResponse under a protection."""
    plain = read.RESPONSE_TAG if short_names else get.RESPONSE_TAG
    match protection:
        case Protection.GLO | Protection.DED:
            return protected_tag(plain, dedicated=protection.dedicated)
        case Protection.GENERAL_GLO:
            return GENERAL_GLO_CIPHERING
        case Protection.GENERAL_DED:
            return GENERAL_DED_CIPHERING
        case Protection.GENERAL_CIPHERING | Protection.GENERAL_CIPHERING_SIGNED:
            return general_ciphering.TAG
        case Protection.GENERAL_SIGNING:
            return general_signing.TAG
        case _:
            return plain
