"""Whose letters go out by which mail server: a further company may have a server of its own."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from dispatch.tables import Letter


@dataclass(frozen=True)
class Outlet:
    """Those of the company `own`, or of all but the `others`, which have outlets of their own."""

    own: str | None = None
    others: tuple[str, ...] = ()

    def letters(self) -> ColumnElement[bool]:
        """The condition on a letter."""
        return Letter.company.not_in(self.others) if self.own is None else Letter.company == self.own


EVERYBODY = Outlet()
