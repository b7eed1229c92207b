"""A place in China as far as a text gives it: the value that all address rules pass on."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Place:
    """Province, city, county and town by their official names; None where the text does not give the level.

    A municipality is its own city, and so is a county directly under its province (济源市): its name then stands in
    both levels. A city without counties (东莞市) has county None. `confidence` is 0 to 1: 1 is a complete official
    path; below 0.6 something in the text speaks against it and `note` says what.
    """

    province: str | None
    city: str | None
    county: str | None
    town: str | None
    confidence: float = 1.0
    note: str = ""

    @property
    def levels(self) -> tuple[str | None, str | None, str | None, str | None]:
        return (self.province, self.city, self.county, self.town)

    @property
    def path(self) -> str:
        """The known levels joined: 上海市/上海市/闵行区/莘庄镇."""
        return "/".join(level for level in self.levels if level)

    def contains(self, other: "Place") -> bool:
        """Whether `other` is this place or lies in it. A level that this place leaves open is open to all."""
        return all(mine is None or mine == theirs for mine, theirs in zip(self.levels, other.levels, strict=True))

    def agrees(self, other: "Place") -> bool:
        """Whether both may be the same place: no level that both know differs."""
        pairs = zip(self.levels, other.levels, strict=True)
        return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)

    def city_only(self) -> "Place":
        """The same without county and town."""
        return replace(self, county=None, town=None)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The text fits several places and nothing at hand decides between them: to be asked, never guessed."""

    paths: tuple[Place, ...]
