"""The packages of consign used the obvious way: imapclient, mail-parser, pydantic, SQLAlchemy's ORM and smtplib, one
mail after the other, a commit each, a connection for each letter."""

import smtplib

import mailparser
from imapclient import IMAPClient
from pydantic import BaseModel
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.peers import labelled, letter
from bench.rig import Rig
from tests.servers import PASSWORD


class Base(DeclarativeBase):
    pass


class Row(Base):
    """An order."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[int]
    fields: Mapped[str]
    mail: Mapped[bytes]
    sent: Mapped[bool]


class Form(BaseModel):
    """What the mail says."""

    fields: dict[str, str]


def drain(bench: Rig) -> int:
    """Works off the mailbox; returns how many mails there were."""
    engine = create_engine(f"sqlite:///{bench.folder / 'peer.db'}")
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA journal_mode=wal"))
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=full"))
    Base.metadata.create_all(engine)
    with IMAPClient("127.0.0.1", bench.dovecot.imap_port, ssl=False) as box:
        box.login("orders", PASSWORD)
        box.select_folder("INBOX")
        uids = box.search("UNSEEN")
        for uid in uids:
            octets = box.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
            mail = mailparser.parse_from_bytes(octets)
            form = Form(fields=labelled((mail.text_plain or mail.text_html)[0]))
            with Session(engine) as session:
                row = Row(uid=uid, fields=form.model_dump_json(), mail=octets, sent=False)
                session.add(row)
                session.commit()
                with smtplib.SMTP("127.0.0.1", bench.sink_port, local_hostname="consign.example") as smtp:
                    smtp.send_message(letter(form.fields))
                row.sent = True
                session.commit()
            box.add_flags([uid], [rb"\Seen"])
    engine.dispose()
    return len(uids)
