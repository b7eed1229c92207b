"""What can become of a letter at the mail server, and which reply means which (RELIABILITY G5, G7)."""

from config.wire import printable

# Replies that speak of our login, not of the letter (RFC 4954 section 6).
ABOUT_US = frozenset({432, 454, 530, 534, 535, 538})


class Later(Exception):
    """Not now: refused for the moment (4xx), or the server is out of reach; to be tried again.

    `server`: the server as a whole is away or refuses us: no letter is to blame, all wait. `code`: 0 without a reply.
    """

    def __init__(self, code: int, text: str, *, server: bool) -> None:
        super().__init__(text)
        self.code, self.text, self.server = code, text, server


class Never(Exception):
    """Refused for good (5xx): the same letter to the same address is not tried again."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Unknown(Exception):
    """The final dot was sent and no reply came: taken or not, nobody knows."""


def words(code: int, text: str | bytes) -> str:
    """Code and text of a reply on one line; code 0: there was none."""
    return f"{code or ''} {printable(text)}".strip()


def outcome_of(code: int, text: str | bytes, *, after_dot: bool = False) -> Later | Never | Unknown:
    """The failure that a reply other than the hoped-for one means."""
    line = words(code, text)
    if code in ABOUT_US:
        return Later(code, line, server=True)
    if 400 <= code < 500 or code == 503:  # 503: it lost track of our commands, the letter is not at fault
        return Later(code, line, server=False)
    if 500 <= code < 600:
        return Never(code, line)
    if after_dot:
        return Unknown(f"the final dot was answered by nonsense: {line}")
    return Later(code, line, server=False)
