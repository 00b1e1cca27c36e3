"""The entry point: commands by name, and every refusal as three lines that say what to do."""

import os
import sys
from importlib.metadata import version

from cyclopts import App, CycloptsError, Parameter

from leadcore_cli.terminal import print_error, print_usage_error

OK, REFUSED, USAGE = 0, 1, 2
_INTERRUPTED = 130
_EPILOGUE = """\
Exit codes: 0 done, 1 refused or failed (the reason is on standard error), 2 the command was called wrongly.

Settings: flag > environment > leadcore.toml > default; `leadcore config show` prints each with its source.
"""
_COMMANDS = (
    ("demo", "demo:demo", "Play the whole story on this machine: simulators, database and all apps."),
    ("up", "up:up", "Run everything: database, orchestrator, chat and scheduler."),
    ("serve", "serve:app", "Run one HTTP app: orchestrator or chat."),
    ("scheduler", "serve:scheduler", "Run the scheduler."),
    ("migrate", "database:migrate", "Bring the database to this version; make its roles."),
    ("doctor", "doctor:doctor", "Look at everything that can be wrong and say how to mend it."),
    ("config", "config:app", "Show the settings and where each comes from."),
    ("tenants", "tenants:app", "Add, check and change shops."),
    ("connect", "connect:app", "Connect a shop to its CRM, carriers, models and lead forms."),
    ("api-keys", "api_keys:app", "Make and revoke keys for the HTTP APIs."),
    ("staff", "staff:app", "The shop's people whom leads are given to."),
    ("leads", "leads:app", "Read leads and their story; lose, win, re-open and assign them."),
    ("conversations", "conversations:app", "Read conversations, take over, reply, give back."),
    ("people", "people:app", "See who is who; merge two people, take a merge back."),
    ("privacy", "privacy:app", "Hand out everything known of a person; erase them."),
    ("consent", "consent:app", "Show who agreed to what, who revoked it, and prove it."),
    ("cadence", "cadence:app", "Check and publish follow-up as files; pause, snooze, skip it for a lead."),
    ("touch", "touch:app", "Explain one touch; see one before it is sent; try it on your own people."),
    ("messages", "messages:app", "See messages that failed or are held; let one try again, once."),
    ("catalog", "catalog:app", "Read the price list from the CRM, look at it, correct it."),
    ("inbox", "inbox:app", "See what came in, and try it again."),
    ("write-backs", "write_backs:app", "See what the CRM is told about leads, and try again."),
    ("rules", "rules:app", "Read the rules of when and how often people may be written to."),
    ("decisions", "decisions:app", "Try recorded decisions again."),
    ("hold", "hold:app", "Stop and resume all sending."),
)


def build(called: str = "") -> App:
    """Return the command line. A command's module is imported when it is *called*; only then its own help is known."""
    app = App(
        name="leadcore",
        help="Answers every lead of a local service business within seconds.",
        help_epilogue=_EPILOGUE,
        version=lambda: version("leadcore"),
        result_action="return_value",
        default_parameter=Parameter(negative=(), show_default=False),
    )
    for name, place, about in _COMMANDS:
        own_help = name == called and not place.endswith(":app")
        app.command(f"leadcore_cli.commands.{place}", name=name, help=None if own_help else about)
    return app


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; prints errors instead of raising them."""
    try:
        result = build(arguments[0] if arguments else "")(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as cause:
        print_usage_error(str(cause))
        return USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # `leadcore … | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as cause:
        if not print_error(cause):
            raise
        return REFUSED
    return result if isinstance(result, int) else OK


def main() -> None:
    """Run the process's own command line."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
