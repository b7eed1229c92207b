"""The first step of intake, apart from the judging, which it does not wait for: what the mailbox shows is kept.

A daemon that starts collects mail before it has read its rules.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from config.crashpoints import crash_point
from config.database import Database
from intake import mailbook
from intake.mailbox import Mailbox


def collect(database: Database, mailbox: Mailbox, clock: Callable[[], datetime], company: str = "") -> int:
    """Keeps every mail that the mailbox shows beyond the cursor; flags it only after the commit (T1). Returns how many.

    `company` is the key of the one whose mailbox it is.

    Raises MailboxUnreachable, or the database's errors; in both cases nothing was flagged and the next call goes on.
    """
    with database.read() as session:
        mark = mailbook.mark_of(session, mailbox.name)

    def known(uids: Sequence[int]) -> set[int]:
        with database.read() as session:
            return mailbook.known_uids(session, mailbox.name, mailbox.uidvalidity, uids)

    total = 0
    for reached, mails in mailbox.new_since(mark, known=known):
        with database.write() as session:
            total += mailbook.keep(database, session, mailbox.name, mails, reached, clock(), company)
            crash_point("store_begun")
        crash_point("stored")
        mailbox.mark_stored([mail.uid for mail in mails])
        crash_point("flagged")
    return total
