"""`leadcore config`: what is set, and where it was said."""

from cyclopts import App

from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.session import environment_of, file_of
from leadcore_cli.terminal import print_json, print_table
from leadcore_runtime.settings import layered, shown

app = App(name="config", help="Show the settings and where each comes from.")


@app.command
def show(*, json: Json = False, place: Place = HERE) -> int:
    """Print every setting with its value and its source; secrets are masked. Needs no database.

    Example: `leadcore config show --json`
    """
    found = shown(layered(place.flags(), env=environment_of(place), file=file_of(place)))
    if json:
        print_json(found)
    else:
        print_table(("setting", "value", "from"), [(key, each.value, each.source) for key, each in found.items()])
    return 0
