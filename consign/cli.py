"""The command line. Each command lives in consign.commands and is imported only when it is called: help is quick.

Exit codes: 0 well, 1 a failed check, 2 used wrongly or unreadable.
"""

import importlib
import sys

import click

COMMANDS = {
    "init": "consign.commands.init:init",
    "demo": "consign.commands.demo:demo",
    "run": "consign.commands.running:run",
    "check": "consign.commands.running:check",
    "status": "consign.commands.running:status",
    "backup": "consign.commands.running:backup",
    "parse": "consign.commands.reading:parse",
    "explain": "consign.commands.reading:explain",
    "address": "consign.commands.rules:address",
    "quote": "consign.commands.rules:quote",
    "rules": "consign.commands.rules:rules",
    "customers": "consign.commands.customers:customers",
    "orders": "consign.commands.orders:orders",
    "order": "consign.commands.desk:order",
    "report": "consign.commands.report:report",
    "tasks": "consign.commands.tasks:tasks",
    "task": "consign.commands.tasks:task",
    "simulate": "consign.commands.simulate:simulate",
    "arrivals": "consign.commands.arrivals:arrivals",
    "shadow": "consign.commands.shadow:shadow",
    "db": "consign.commands.database:db",
    "requeue": "consign.commands.desk:requeue",
    "replay": "consign.commands.replay:replay",
    "retention": "consign.commands.keeping:retention",
    "user": "consign.commands.user:user",
    "audit": "consign.commands.audit:audit",
}


class LazyGroup(click.Group):
    """Finds its commands by name, and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="consign")
def main() -> None:
    """Email-driven order intake and dispatch for third-party logistics."""


if __name__ == "__main__":
    sys.exit(main())
