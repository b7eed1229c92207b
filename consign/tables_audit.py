"""The table of the audit chain: a seal for each event of the timeline. Only consign.audit writes it."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = BigInteger().with_variant(Integer, "sqlite")


class Seal(Base):
    """One link: its digest covers the link before, what the event is, and a commitment to the event's details.

    Details hold words about people, who may have them erased: the commitment is salted, and without its salt it says
    nothing any more, while the chain over it still holds.
    """

    __tablename__ = "seal"
    place: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)  # 1, 2, 3, … without a gap
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)  # None: the words of the event were erased
    commitment: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of salt and details
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256 of the digest before and of this link
