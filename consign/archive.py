"""The archive of sent mail: asked for a letter of unknown outcome before it is sent once more (RELIABILITY G5)."""

from collections.abc import Callable

import structlog

from config.settings import MailboxSettings, Settings
from intake.mailbox import Mailbox, MailboxUnreachable

log = structlog.get_logger()


class Archive:
    """A folder of the order mailbox into which the mail server puts what it has taken; safe to share between threads.

    Each question has a connection of its own: letters in doubt are few, and the kept one belongs to the mailroom.
    """

    def __init__(self, settings: MailboxSettings, folder: str) -> None:
        self.settings, self.folder = settings, folder

    def holds(self, message_id: str) -> bool:
        """Whether the letter was taken. False too when nobody can say: a copy is better than a letter that is lost."""
        mailbox = Mailbox(self.settings, look_only=True)
        try:
            mailbox.connect()
            return mailbox.holds(self.folder, message_id)
        except MailboxUnreachable as away:
            log.warning("archive_away", kind=away.kind, error=str(away))
            return False
        finally:
            mailbox.close()


def archive_of(settings: Settings) -> Callable[[str], bool] | None:
    """How the archive of this installation is asked; None where it has none."""
    if not settings.letters.archive_folder or settings.mailbox is None:
        return None
    return Archive(settings.mailbox, settings.letters.archive_folder).holds
