"""The hygiene of keys, nonces and challenges, over all frames of the run: judged when everything else has run."""

from conformance.device.model import AssociationSettings
from conformance.harness import hygiene_material
from conformance.harness.applicability import Condition
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.hygiene_faults import Faults
from conformance.harness.hygiene_material import ENOUGH_CHALLENGES, ENOUGH_OPENED, ENOUGH_OPENINGS, Material
from conformance.harness.trial import Trial
from conformance.record.frames import Place

_FEWEST_OPENED = 2


class ToolReusedNonce(Exception):
    """This tester itself has used a nonce twice, and no case wanted it."""


def _of_device(words: str, holds: object) -> Condition:
    assert callable(holds)
    return Condition(words, lambda claim: any(map(holds, claim.device.associations)), of_device=True)


def _keyed(settings: AssociationSettings) -> bool:
    return settings.ciphered and settings.encryption_key is not None


_CIPHERED = _of_device("an association with ciphering", _keyed)
_HIGH_LEVEL = _of_device("an association with HLS", lambda settings: settings.mechanism.high_level)
_TITLED = _of_device("an association in which system titles are exchanged", lambda settings: settings.title_required)
_SECRETS = Condition("a declared secret", lambda claim: any(True for _ in claim.device.secrets()), of_device=True)


def _collected(subtest: Trial) -> None:
    """What this very item has on its tape belongs to the run too."""
    place = Place(subtest.bench.device.name, subtest.case.id, subtest.settings.name, "", subtest.number)
    subtest.bench.hygiene.current(place, subtest.tape)


def _judge(subtest: Trial, faults: Faults, expected: str, observed: str) -> None:
    first = faults.first
    if first is not None:
        subtest.deciding = first.deciding
        more = f"; {faults.count - 1} more of the kind" if faults.count > 1 else ""
        observed = f"{first.reason}{more}"
    subtest.check(first is None, expected=expected, observed=observed)


def _opened(subtest: Trial, material: Material) -> int:
    """How many APDUs of the meter opened; too few are no ground for a verdict."""
    hygiene = subtest.bench.hygiene
    opened = hygiene.opened.total()
    if opened < _FEWEST_OPENED and hygiene.exposed.first is None and hygiene.tags.first is None:
        told = material.told() or "nothing else is known"
        subtest.inconclusive(f"only {opened} protected APDUs of the meter opened in this run: {told}")
    return opened


def _nonces(subtest: Trial) -> None:
    material = hygiene_material.exchanges(subtest)
    _collected(subtest)
    hygiene = subtest.bench.hygiene
    opened = _opened(subtest, material)
    own = hygiene.reused_by_tester.first
    if own is not None:
        raise ToolReusedNonce(own.reason)
    forgotten = f"; {hygiene.forgotten} were no longer remembered" if hygiene.forgotten else ""
    _judge(
        subtest,
        hygiene.reused,
        "no key, system title and invocation counter of the meter twice",
        f"{opened} nonces of the meter and {hygiene.spent_by_tester} of the tester, none twice{forgotten}",
    )


def _tags(subtest: Trial) -> None:
    material = hygiene_material.exchanges(subtest)
    _collected(subtest)
    opened, unopened = _opened(subtest, material), subtest.bench.hygiene.unopened
    told = f", {unopened} did not open" if unopened else ""
    _judge(
        subtest,
        subtest.bench.hygiene.tags,
        "an authentication tag of 12 octets in every answer to an authenticated request",
        f"{opened} protected APDUs of the meter opened{told}",
    )


def _clear_text(subtest: Trial) -> None:
    material = hygiene_material.exchanges(subtest)
    _collected(subtest)
    opened = _opened(subtest, material)
    _judge(
        subtest,
        subtest.bench.hygiene.exposed,
        "nothing in clear where protection was agreed, errors and refusals included",
        f"{opened} protected APDUs of the meter; no service was answered with less than it was asked with",
    )


def _challenges(subtest: Trial) -> None:
    material = hygiene_material.challenges(subtest)
    _collected(subtest)
    hygiene = subtest.bench.hygiene
    count = hygiene.challenge_count.total()
    if count < ENOUGH_CHALLENGES and hygiene.challenges.first is None:
        told = material.told() or "no association came up"
        subtest.inconclusive(f"{count} challenges of the server, {ENOUGH_CHALLENGES} are needed: {told}")
    expected = "challenges of 8 to 64 octets, never the client's own, never one of before"
    _judge(subtest, hygiene.challenges, expected, f"{count} challenges, all different")


def _titles(subtest: Trial) -> None:
    material = hygiene_material.exchanges(subtest)
    if not subtest.bench.hygiene.openings:
        material = hygiene_material.challenges(subtest)
    _collected(subtest)
    hygiene = subtest.bench.hygiene
    count = hygiene.openings.total()
    if not count and hygiene.titles.first is None:
        subtest.inconclusive(f"no AARE with a system title in this run: {material.told() or 'none was due'}")
    expected = "one system title of 8 octets in each logical device, not all zeros and not the client's"
    _judge(subtest, hygiene.titles, expected, f"{count} system titles of the meter, always the same")


def _keys(subtest: Trial) -> None:
    material = hygiene_material.values(subtest)
    _collected(subtest)
    hygiene = subtest.bench.hygiene
    if not material.read and hygiene.leaks.first is None:
        subtest.inconclusive(f"no attribute could be read: {material.told() or 'no object_list was served'}")
    plain = f"; too plain to be searched for: {', '.join(hygiene.unsearchable)}" if hygiene.unsearchable else ""
    left = f"; {material.left} attributes were not read" if material.left else ""
    _judge(
        subtest,
        hygiene.leaks,
        "no declared key, password or secret in anything that the meter sends",
        f"{material.read} attributes were read; {hygiene.plaintexts} APDUs of the meter hold no secret{plain}{left}",
    )


_EXCHANGES = (
    f"where the run gave less than {ENOUGH_OPENED} protected replies and {ENOUGH_OPENINGS} associations for each "
    "protection: opens associations, asks, is refused something, releases; then looks at all frames of the run"
)


@case(
    "X_SEC_HYGIENE",
    title="Nonces, tags, clear text, challenges, titles and keys over all frames of the run",
    clause="IEC 62056-5-3, information security: security header, nonces, HLS authentication, system title",
    scope=Scope.DEVICE,
    negative=False,
    last=True,
)
@subtests(
    Subtest(
        1,
        "nonces",
        procedure=_EXCHANGES,
        accepts="key, system title and invocation counter of the meter never come together a second time",
        applies=_CIPHERED,
        argument=_nonces,
    ),
    Subtest(
        2,
        "authentication tags",
        procedure=_EXCHANGES,
        accepts="every authenticated request is answered with a tag of 12 octets",
        applies=_CIPHERED,
        argument=_tags,
    ),
    Subtest(
        3,
        "clear text",
        procedure=_EXCHANGES,
        accepts="nothing in clear, or authenticated only, in answer to a ciphered request; errors are no exception",
        applies=_CIPHERED,
        argument=_clear_text,
    ),
    Subtest(
        4,
        "challenges",
        procedure=f"opens associations until {ENOUGH_CHALLENGES} challenges of the server are known",
        accepts="challenges of 8 to 64 octets, never the client's own, never one of before",
        applies=_HIGH_LEVEL,
        argument=_challenges,
    ),
    Subtest(
        5,
        "system title",
        procedure=_EXCHANGES,
        accepts="one system title of 8 octets in each logical device, not all zeros and not the client's",
        applies=_TITLED,
        argument=_titles,
    ),
    Subtest(
        6,
        "keys in values",
        procedure="reads what can be read, in the least and the most demanding association of each logical device",
        accepts="no declared key, password or secret stands in anything that the meter sent in this run",
        applies=_SECRETS,
        argument=_keys,
    ),
)
def test_sec_hygiene(subtest: Trial) -> None:
    """Over a whole run no nonce comes twice, no tag is short, nothing is readable that was to be hidden.

    It runs last and judges every frame that passed between this process and the meter, the sanity associations
    included; where several processes shared a real meter, or a run was resumed, what the others wrote in their frame
    logs too. Only what the meter sent counts against it: requests that a case repeats on purpose are no reuse, and a
    counter that this tester uses twice unasked is an ERROR of the tool. What does not open under the declared keys has
    no known nonce and is counted apart. An ExceptionResponse may go in clear: the meter gives it to what it could not
    open, and it has no service-specific ciphered form. Of secrets, those of less than 8 octets or of fewer than 4
    different octets are not searched for: they stand in many a value that is none.
    """
    judge = subtest.argument
    assert callable(judge)
    judge(subtest)
