"""Passwords of the desk: argon2id, at least twelve characters, none that everybody tries first (RELIABILITY §8)."""

from itertools import pairwise

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST, LONGEST = 12, 256  # characters; the upper bound keeps a login from costing seconds
HASHER = PasswordHash((Argon2Hasher(),))
# What people choose when twelve characters are asked for; compared without case, and inside longer ones.
COMMON = (
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx",
    "qazwsx",
    "q1w2e3r4",
    "123456789",
    "987654321",
    "0123456789",
    "iloveyou",
    "woaini",
    "5201314",
    "1314520",
    "administrator",
    "welcome1",
    "letmein",
    "changeme",
    "wuliu",
    "kefu",
    "diaodu",
    "consign",
)


class WeakPassword(ValueError):
    """The password is too easy to guess; the argument is the code of the sentence that says why."""


def check_strength(password: str, name: str) -> None:
    """Raises WeakPassword for one that is short, common or made of the login name."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        raise WeakPassword("password_short")
    if len(password) > LONGEST:
        raise WeakPassword("password_long")
    if len(set(folded)) < 6 or _is_sequence(folded):
        raise WeakPassword("password_simple")
    rest = folded
    for word in COMMON:
        rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2:
        raise WeakPassword("password_common")
    if name and len(folded.replace(name.casefold(), "")) < SHORTEST // 2:
        raise WeakPassword("password_own_name")


def _is_sequence(text: str) -> bool:
    """Whether each character follows its neighbour, as in abcdefghijkl or 987654321098."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1} or steps <= {-1}


def hashed(password: str) -> str:
    return HASHER.hash(password)


NOBODY = hashed("the password of nobody, so that a wrong name takes as long as a wrong password")


def matches(password: str, stored: str) -> bool:
    """Whether it is the password; takes as long for an account that does not exist (stored = "")."""
    if len(password) > LONGEST:
        password = password[:LONGEST]
    found = HASHER.verify(password, stored or NOBODY)
    return found and bool(stored)
