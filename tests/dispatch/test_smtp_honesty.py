"""Whatever a server does, a courier's word is true: taken is taken, refused is not taken, and doubt is said (G5)."""

import threading
import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import SmtpSettings
from dispatch.smtp import Courier, Later, Never, Unknown
from tests.fakes import ScriptedServer, Talk

# What a server may do at a stage; "ok" is the usual reply, most of the time.
DEEDS = ["ok", "ok", "ok", "ok", "450 not now", "550 never", "421 closing", "drop", "nonsense", "ok twice", "354 what"]
LETTERS = 4


class Moody:
    """A server that draws its next deed at every stage; it knows which letters it saw whole and which it kept."""

    def __init__(self, deeds: list[str]) -> None:
        self.deeds = deeds
        self.lock = threading.Lock()
        self.whole: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()

    def __call__(self, talk: Talk) -> None:
        talk.say("220 hello")
        while True:
            line = talk.hear()
            verb = line[:4].upper()
            if verb == "EHLO":
                talk.say("250-me", "250 PIPELINING")
            elif verb == "QUIT":
                talk.say("221 bye")
                return
            elif verb == "RSET":
                talk.say("250 ok")
            elif verb in ("MAIL", "RCPT"):
                self.do(talk, "250 ok")
            elif verb == "DATA" and self.do(talk, "354 go on").startswith("354"):
                self.take(talk)

    def do(self, talk: Talk, usual: str) -> str:
        with self.lock:
            deed = self.deeds.pop(0) if self.deeds else "ok"
        reply = usual if deed.startswith("ok") else deed
        if deed == "drop":
            raise EOFError
        talk.say(*([reply] * (2 if deed == "ok twice" else 1)))
        if deed.startswith("421"):
            raise EOFError
        return reply

    def take(self, talk: Talk) -> None:
        lines = []
        while (line := talk.hear()) != ".":
            lines.append(line)
        name = lines[0]
        with self.lock:
            self.whole[name] += 1
            keeps = not self.deeds or not self.deeds[0].startswith(("4", "5"))
        if keeps:
            self.kept[name] += 1
        self.do(talk, "250 kept")


@settings(max_examples=50, deadline=None, derandomize=True)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=24), pipelining=st.booleans())
def test_a_couriers_word_is_true(deeds: list[str], pipelining: bool) -> None:
    server = Moody(list(deeds))
    words: dict[str, str] = {}
    with ScriptedServer(server) as fake:
        courier = Courier(
            SmtpSettings(
                host="127.0.0.1", port=fake.port, tls="none", pipelining=pipelining, read_timeout=0.2, dot_timeout=0.2
            )
        )
        for number in range(LETTERS):
            name = f"Subject: {number}"
            try:
                courier.send("a@b.example", "c@d.example", f"{name}\r\n\r\nx\r\n".encode(), time.monotonic() + 20)
                words[name] = "taken"
            except (Later, Never):
                words[name] = "not taken"
            except Unknown:
                words[name] = "in doubt"
        courier.close()
    for name, word in words.items():
        assert server.whole[name] <= 1, "one try, one dot"
        if word == "taken":
            assert server.kept[name] == 1
        elif word == "not taken":
            assert server.kept[name] == 0
        else:
            assert server.whole[name] == 1
