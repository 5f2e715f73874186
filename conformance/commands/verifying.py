"""`verify`: whether the evidence of a run is what it was, who vouches for it, and whether its verdicts follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.closing import summary
from conformance.commands.problems import UsageProblem
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.dlms.text import printable
from conformance.reporting.manifest import MANIFEST
from conformance.reporting.rejudging import Depth
from conformance.reporting.signature_check import trusted_certificates
from conformance.reporting.signing import SigningError
from conformance.reporting.verification import Verification, is_run, verify_directory, verify_pdf

DOES_NOT_HOLD = 1
"""Exit code: something does not hold."""
_MOST_TOLD = 40
_LONGEST = 600


def register(app: typer.Typer) -> None:
    """Add `verify`."""
    app.command("verify")(verify)


def verify(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="Directory of a run, or a signed report.pdf.")],
    trust: Annotated[
        list[Path] | None, typer.Option(help="Certificate (PEM, DER) that the signer's must lead to; may be repeated.")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="Device config of the run, with its keys: to decipher again and to run procedures again."),
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Run every subtest again, not only those that only their code can judge.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Verify a run: signatures, hashes, record, attachments, and that its verdicts follow from the recorded frames.

    Exit code: 0 when all holds, 1 when something does not (each is told with its file), 2 when there is nothing to
    verify. Without a signature it says so: then nobody vouches for the hashes.
    """
    try:
        roots = trusted_certificates(trust or ())
        meter = load(find_device_config(device), secrets="available") if device is not None else None
        if path.is_dir():
            if not is_run(path):
                raise UsageProblem(f"verify: {path} holds no run and no manifest; give the directory that --out named")
            made = verify_directory(path, roots, meter, thorough=thorough)
        elif path.exists() or path.is_symlink():
            made = verify_pdf(path, roots, meter, thorough=thorough)
        else:
            raise UsageProblem(f"verify: {path}: there is no such file or directory")
    except SigningError as error:
        raise UsageProblem(f"verify: {error}") from None
    if as_json:
        print(json.dumps(to_json(made), indent=1, ensure_ascii=False))
    else:
        _tell(made)
    if not made.holds:
        raise typer.Exit(DOES_NOT_HOLD)


def to_json(made: Verification) -> dict[str, object]:
    """What verifying has shown, for programs."""
    return {
        "path": str(made.path),
        "holds": made.holds,
        "signatures": [
            {
                "file": name,
                "signer": signed.signer,
                "issuer": signed.issuer,
                "serial": signed.serial,
                "claimed": signed.claimed.isoformat() if signed.claimed else None,
                "attested": signed.attested.isoformat() if signed.attested else None,
                "expires": signed.expires.isoformat(),
                "trusted": signed.trusted,
            }
            for name, signed in made.signatures.items()
        ],
        "faults": [{"file": fault.file, "message": fault.message} for fault in made.faults],
        "notes": made.notes,
        "verdict": made.record.verdict.value if made.record is not None else None,
        "files": made.files,
        "subtests": {
            "judged_again": made.depths[Depth.JUDGED] + made.depths[Depth.REPLAYED],
            "of_them_by_their_code": made.depths[Depth.REPLAYED],
            "checked": made.depths[Depth.CHECKED],
            "without_exchange": made.depths[Depth.WITHOUT],
        },
        "not_judged_again": [
            {"reason": kind, "subtests": count, "first": made.left.examples[kind]}
            for kind, count in made.left.left.most_common()
        ],
        "plain_texts": None
        if made.plain_texts is None
        else {"verified": made.plain_texts.verified, "unopened": made.plain_texts.unopened},
    }


def _tell(made: Verification) -> None:
    for name, signed in made.signatures.items():
        _say(f"{name}: {signed}")
    if made.files is not None:
        changed = len({fault.file for fault in made.faults})
        _say(f"{MANIFEST}: lists {made.files} files" + ("" if changed else "; each has its octets, and none was added"))
    if made.record is not None:
        _say(f"run.json: {summary(made.record)}")
    if made.depths:
        told = ", ".join(f"{made.depths[depth]} {depth.value}" for depth in Depth if made.depths[depth])
        _say(f"verdicts: of {made.depths.total()} subtests {told}")
    for kind, count in made.left.left.most_common():
        _say(f"not {'run' if made.thorough else 'judged'} again: {count} subtest{'s' if count > 1 else ''}: {kind}")
        _say(f"    {made.left.examples[kind]}")
    if made.plain_texts is not None:
        _say(
            f"plain texts: {made.plain_texts.verified} are what the frames hold; "
            f"{made.plain_texts.unopened} do not open with the keys of the device config"
        )
    for note in made.notes:
        _say(f"note: {note}")
    for fault in made.faults[:_MOST_TOLD]:
        _say(f"DOES NOT HOLD  {fault}")
    if len(made.faults) > _MOST_TOLD:
        _say(f"… and {len(made.faults) - _MOST_TOLD} more; --json lists all")
    _say(_conclusion(made))


def _conclusion(made: Verification) -> str:
    if not made.holds:
        files = len({fault.file for fault in made.faults})
        return f"does not hold: {len(made.faults)} faults in {files} file{'s' if files > 1 else ''}"
    if not made.signatures:
        return "all hashes hold; nobody has signed: whoever could write the files could have written the manifest too"
    if any(signed.trusted is None for signed in made.signatures.values()):
        return "all holds; name the certificate that you trust by --trust to know who vouches for it"
    return "all holds"


def _say(text: str) -> None:
    print(printable(text, _LONGEST))
