"""Which UIDs the selected folder holds, asked so that no answer outgrows the client's line (1,000,000 bytes).

`n:*` is never believed: it names the last mail even when that one lies below n. Mail text never stands in a command.
"""

from datetime import date

from imapclient import IMAPClient

from intake.imap_link import told_as_one

SPAN = 20_000  # UIDs asked for at once: 11 bytes each at most


def uids_above(client: IMAPClient, floor: int, exists: int, since: date | None = None) -> list[int]:
    """The UIDs above `floor`, rising; only mails received on `since` or later where given (the server's date).

    `exists`: how many mails the folder holds, as far as is known; raises MailboxUnreachable.
    """
    if exists <= SPAN:
        return _search(client, f"{floor + 1}:*", floor, since)
    last = max(_search(client, "*", 0, None), default=0)
    found: list[int] = []
    for low in range(floor + 1, last + 1, SPAN):
        found += _search(client, f"{low}:{min(low + SPAN - 1, last)}", floor, since)
    return found


def _search(client: IMAPClient, uids: str, floor: int, since: date | None) -> list[int]:
    criteria: list[str | date] = ["UID", uids]
    if since is not None:
        criteria += ["SINCE", since]
    with told_as_one():
        return sorted({int(uid) for uid in client.search(criteria) if uid > floor})
