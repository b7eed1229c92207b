"""What the tables of consign.toml have in common: keys that are known, addresses, times of day, hosts."""

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Tls = Literal["implicit", "starttls", "none"]
MEGABYTE = 1024 * 1024
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
# One address, nothing round it: it stands in envelopes and headers (RELIABILITY §6 rows 2, 3).
ADDRESS = r"""^[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]{1,253}$"""
Address = Annotated[str, Field(pattern=ADDRESS)]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Section(BaseModel):
    """A table of consign.toml; a key that is not known is a fault, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
