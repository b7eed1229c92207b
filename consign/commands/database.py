"""`consign db`: the database as a whole."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consign.commands.common import err, out, table

if TYPE_CHECKING:
    from consign.copying import Copied

SECRET_HINT = """\
Answers to letters that are out already are recognised by a key that is not in the database: put the text of
  {file}
into consign.toml as  token_secret = "…"  (or CONSIGN_TOKEN_SECRET) before a daemon starts on the new database."""


@click.group()
def db() -> None:
    """The database as a whole: copy."""


@db.command()
@click.argument("source", metavar="FROM-URL")
@click.argument("target", metavar="TO-URL")
def copy(source: str, target: str) -> None:
    """Copies everything, such as from sqlite:///consign.db to postgresql+psycopg://…; each table verified.

    Stop every daemon first. The target must be empty; when anything differs it is left empty.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from config.database import open_database
    from consign.copying import CopyRefused, copy_database

    if not _exists(source):
        err.print(f"{source}: no such file", markup=False)
        raise SystemExit(2)
    try:
        with closing(open_database(source)) as read_from, closing(open_database(target)) as write_to:
            copied = copy_database(read_from, write_to, _tell)
            file = read_from.file()
    except CopyRefused as refused:
        err.print(str(refused), markup=False)
        raise SystemExit(1) from refused
    except SQLAlchemyError as error:
        err.print(f"not copied: {getattr(error, 'orig', None) or error}", markup=False)
        raise SystemExit(1) from error
    made = table("copied and verified", "table", "rows", "checksum")
    for one in copied:
        made.add_row(one.table, str(one.rows), one.checksum)
    out.print(made)
    if file and file.with_suffix(".secret").exists():
        out.print(SECRET_HINT.format(file=file.with_suffix(".secret")), markup=False)


def _tell(one: "Copied") -> None:
    err.print(f"{one.table}: {one.rows}", markup=False, style="dim")


def _exists(url: str) -> bool:
    """SQLite would make a file that is not there: an empty source."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or (parsed.database is not None and Path(parsed.database).exists())
