"""`leadcore privacy`: hand out everything known of a person, and forget them."""

import getpass
import zipfile
from asyncio import to_thread
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console

from leadcore.flows.erase_person import Erasure, erase_person, preview_erasure
from leadcore.flows.export_person import PersonDocument, export_person
from leadcore.kernel.errors import InvalidInputError
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="privacy", help="Hand out everything known of a person; erase them.")
By = Annotated[str, Parameter(name="--by", help="Who does this (default: the user of this machine).")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="Erase. Without it you see what would go.")]


@app.command
def export(
    person: str, /, *, out: Path | None = None, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Write everything known of a person into a zip: `person.json`, and the pictures they sent.

    Example: `leadcore privacy export "+1 512 555 0142" --out lopez.zip`

    Parameters
    ----------
    person
        Their id, phone number or e-mail address.
    out
        The file to write (default: person-ID.zip here); one that is there is not replaced. With --json nothing is
        written: the document goes to standard output, pictures as base64.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        with Console(stderr=True).status("reading what came in"):
            document = await export_person(session.seams, person, tenant_id=shop.id, by=by or getpass.getuser())
        if json:
            print_json(document)
            return
        name = document.people[0] if document.people else "unknown"
        path = out or Path(f"person-{name}.zip")
        await to_thread(_write, path, document)
        print_table(("what", "rows"), sorted((table, len(rows)) for table, rows in document.rows.items()), empty="")
        print(f"{path}: with {len(document.received)} things received and {len(document.pictures)} pictures")

    return within(place, work)


@app.command
def erase(
    person: str, /, *, yes: Yes = False, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Forget a person for good. Without --yes nothing is changed: you see what would go.

    Example: `leadcore privacy erase "+1 512 555 0142" --yes`

    A keyed hash of their number and address stays, suppressed: a later lead with it gets no marketing. Erase them in
    the CRM first, or the poll makes a new lead of what is there.

    Parameters
    ----------
    person
        Their id, phone number or e-mail address.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        with Console(stderr=True).status("reading what came in"):
            found = (
                await erase_person(session.seams, person, tenant_id=shop.id, by=by or getpass.getuser())
                if yes
                else await preview_erasure(session.seams, person, tenant_id=shop.id)
            )
        if json:
            print_json(found)
        else:
            _print(found)

    return within(place, work)


def _write(path: Path, document: PersonDocument) -> None:
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
            bare = [msgspec.structs.replace(each, content=b"") for each in document.pictures]
            told = msgspec.json.encode(msgspec.structs.replace(document, pictures=bare))
            archive.writestr("person.json", msgspec.json.format(told, indent=2))
            for each in document.pictures:
                archive.writestr(f"pictures/{each.file_name}", each.content)
    except OSError as cause:
        fix = "name a new file in a folder that you may write to"
        raise InvalidInputError(f"{path}: {cause.strerror}", field="--out", fix=fix) from cause
    path.chmod(0o600)


def _print(found: Erasure) -> None:
    print_fields(
        [
            ("people", found.people),
            ("contacts", ", ".join(found.contacts) or "-"),
            ("received", f"{found.received} inbox rows lose their bytes"),
            ("records", f"{found.records} copies of CRM records"),
            ("pictures", found.pictures),
            ("sends ended", found.sends_ended),
            ("consents kept", f"{found.consents_kept}, without their evidence"),
        ]
    )
    print_table(("table", "rows"), sorted(found.rows.items()), empty="no rows")
    if found.namesakes:
        print(f"{found.namesakes} rows not applied yet have the same full name and nothing else: `leadcore inbox list`")
    print("erased" if found.done else "nothing was changed: this is a preview; to erase, say --yes")
