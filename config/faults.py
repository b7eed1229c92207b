"""What is wrong with a configuration or rule file, said so that a person can mend it without asking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: where it stands, what is wrong and how to mend it."""

    file: str
    line: int | None  # 1-based; None where the fault is not at a line (a missing file)
    key: str  # dotted key of a setting, or column name of a rule file
    message: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message} -> {self.mend}"


class ConfigurationError(Exception):
    """The configuration has faults; all of them are listed, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
