"""The note on the server that a mail is kept: a keyword, a move, or nothing where the server permits neither.

Only for people who look into the mailbox. Nothing here is relied on, nothing is expunged (RELIABILITY G1): without MOVE
a mail is copied and marked \\Deleted, and whoever owns the mailbox may purge.
"""

from collections.abc import Sequence

import structlog
from imapclient import DELETED, IMAPClient

from config.phrases import phrase
from intake.imap_link import MailboxUnreachable, Selected, told_as_one

log = structlog.get_logger()
KEYWORD = b"$ConsignStored"


class Keeper:
    """How kept mails are marked in one selected folder."""

    def __init__(self, client: IMAPClient, selected: Selected, move_to: str | None) -> None:
        self.client, self.move_to = client, move_to
        permanent = selected.get(b"PERMANENTFLAGS") or ()
        self.keyword_permitted = b"\\*" in permanent or KEYWORD in permanent
        self.moves = client.has_capability("MOVE")

    def way(self, language: str = "zh") -> str:
        """In words, for `consign check`."""
        if self.move_to and self.moves:
            return phrase("kept_moved", language, folder=self.move_to)
        if self.move_to:
            return phrase("kept_copied", language, folder=self.move_to)
        if self.keyword_permitted:
            return phrase("kept_keyword", language, keyword=KEYWORD.decode())
        return phrase("kept_unmarked", language)

    def keep(self, uids: Sequence[int]) -> None:
        """Marks kept mails; a failure is logged, no more: a dead link shows itself at the next command."""
        try:
            with told_as_one():
                self._mark(list(uids))
        except MailboxUnreachable as trouble:
            log.warning("mail_not_marked", uids=len(uids), kind=trouble.kind, error=trouble.detail)

    def _mark(self, uids: list[int]) -> None:
        if self.keyword_permitted:
            self.client.add_flags(uids, [KEYWORD], silent=True)
        if not self.move_to:
            return
        if self.moves:
            self.client.move(uids, self.move_to)
        else:
            self.client.copy(uids, self.move_to)
            self.client.add_flags(uids, [DELETED], silent=True)
