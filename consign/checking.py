"""`consign check`: everything that must be right before the daemon is started, tried for real."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from config.company import coverage, load_company
from config.database import CorruptDatabase, Database, open_database
from config.faults import ConfigurationError, Fault
from config.settings import Settings
from consign import schema
from consign.health import Finding
from consign.postroom import servers
from dispatch.smtp import Later, Never, probe
from followup.agenda import TaskKind
from followup.attachments import look_at_shelf
from followup.ladder import unknown_kinds
from followup.shelf import shelf_of
from intake.mailbox import MailboxUnreachable, test_login


def check_everything(settings: Settings, missing: list[Fault]) -> list[Finding]:
    """Rules, mailbox, SMTP, database; each is tried even when another fails."""
    found = [Finding(fault.key, fault.message, False, fault.mend) for fault in missing]
    found += _rules(settings)
    found += [
        Finding("followup.ladder", f"no kind of task is called {name!r}", False, f"known: {', '.join(TaskKind)}")
        for name in unknown_kinds(settings.followup)
    ]
    for mailbox in settings.every_mailbox():
        name, table = (
            ("mailbox", "[mailbox]")
            if mailbox is settings.mailbox
            else (f"mailbox {mailbox.name}", "its [[mailboxes]]")
        )
        mend = f"see host, port, tls, username and password of {table}"
        found += _tried(name, partial(test_login, mailbox), mend)
    for key, server, _ in servers(settings):
        table = "[companies.smtp]" if key else "[smtp]"
        mend = f"see host, port, tls, username and password of {table}"
        found += _tried(f"smtp {key}".strip(), partial(probe, server), mend)
    found += _papers(settings)
    found += _tried("database", lambda: _database(settings), "see [database] url; a damaged file: restore a backup")
    return found


def _rules(settings: Settings) -> list[Finding]:
    try:
        company = load_company(settings)
    except ConfigurationError as broken:
        return [
            Finding(f"rules {fault.file}:{fault.line}", f"{fault.key}: {fault.message}", False, fault.mend)
            for fault in broken.faults
        ]
    lines = []
    for one in (company, *company.others):
        lines.append(Finding(f"rules {one.key}".strip(), f"version {one.version}"))
        lines += [Finding(f"coverage {one.key}".strip(), str(line)) for line in coverage(one)]
    return lines


def _papers(settings: Settings) -> list[Finding]:
    """Whether waybills and work orders can be printed in Chinese; without letters.pdf only the desk's buttons do."""
    from dispatch.papers import chinese_font

    font = chinese_font()
    if font is not None:
        return [Finding("papers", f"printed with {font.name}")]
    mend = "install fonts-noto-cjk" + ("" if settings.letters.pdf else ", or do without printed papers")
    return [Finding("papers", "no font of this system holds Chinese: no PDF is made", not settings.letters.pdf, mend)]


def _shelf(database: Database, settings: Settings) -> list[str]:
    """The papers that lie outside the database are all there."""
    shelf = shelf_of(database, settings.attachments)
    if shelf is None or schema.version(database) != schema.HEAD:
        return []
    with database.read() as session:
        found = look_at_shelf(session, shelf, datetime.now(UTC))
    if found.missing:
        raise RuntimeError(f"{len(found.missing)} of {found.outside} papers are missing in {shelf.folder}")
    return [f"{found.outside} papers in {shelf.folder}, {len(found.orphans)} files that nothing names"]


def _tried(name: str, attempt: Callable[[], list[str]], mend: str) -> list[Finding]:
    try:
        return [Finding(name, fact) for fact in attempt()]
    except (MailboxUnreachable, Later, Never, CorruptDatabase, schema.SchemaTooNew, RuntimeError, OSError) as error:
        return [Finding(name, str(error) or repr(error), False, mend)]
    except Exception as error:  # noqa: BLE001 (a check says what is wrong, whatever it is)
        return [Finding(name, f"{type(error).__name__}: {error}", False, mend)]


def _database(settings: Settings) -> list[str]:
    database = open_database(settings.database.url, lock_seconds=settings.database.lock_seconds)
    try:
        database.check()
        version = schema.version(database)
        if version is not None and version > schema.HEAD:
            raise schema.SchemaTooNew(f"the database is at {version}, this program knows {schema.HEAD}")
        return [f"sound, schema {version or 'not made yet'}", *_shelf(database, settings)]
    finally:
        database.close()
