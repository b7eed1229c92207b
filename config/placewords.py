"""What a name of a division may mean and how firmly, and sets of names that a text is searched for."""

from collections import defaultdict

PROVINCE, CITY, COUNTY, TOWN = range(4)
Weights = dict[int, float]  # unit -> how much a name speaks for it

FULL = 1.0  # the official name
SHORT_CITY = 0.8  # 杭州, 浙江
SHORT_COUNTY = 0.7  # 余杭
SHORT_TOWN = 0.7  # 莘庄
OTHER_SUFFIX = 0.6  # 余杭市, 昆山县: the right root with a suffix it no longer has
STRAY_TOWN = 0.6  # an official town name with nothing before it that it belongs to
PLACE = 0.8  # 下沙, 张江高科
FORMER = 0.9  # 下城区, and nothing else has this name today
SPLIT = 0.6  # 余杭区 meant as the part that is 临平区 today


class Names:
    """A set of surfaces with a two-character index, so that a scan asks only for lengths that can occur."""

    __slots__ = ("heads", "meanings")

    def __init__(self) -> None:
        self.meanings: dict[str, Weights] = {}
        self.heads: dict[str, tuple[int, ...]] = {}

    def add(self, surface: str, unit: int, weight: float) -> None:
        meaning = self.meanings.get(surface)
        if meaning is None:
            self.meanings[surface] = {unit: weight}
        elif weight > meaning.get(unit, 0.0):
            meaning[unit] = weight

    def close(self) -> None:
        """Make the two-character index; call once after the last `add`."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for surface in self.meanings:
            lengths[surface[:2]].add(len(surface))
        self.heads = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def longest(self, text: str, start: int) -> str | None:
        """The longest surface that stands at `start`."""
        for length in self.heads.get(text[start : start + 2], ()):
            surface = text[start : start + length]
            if surface in self.meanings:
                return surface
        return None
