"""What the group robots say of an event: kind, order number, outcome; nothing about a person."""

from collections.abc import Callable

from config.settings import Settings
from followup.console.words import knows, word
from intake.tables import Event


def sayer(settings: Settings) -> Callable[[Event, str], str]:
    """Words events in the language of the installation."""

    def say(event: Event, number: str) -> str:
        language = settings.language
        parts = [f"[{settings.company.name}]", _named("event", event.kind, language), number]
        for detail, prefixes in (("kind", ("kind",)), ("outcome", ("state", "outcome")), ("purpose", ("purpose",))):
            if value := event.details.get(detail):
                known = [f"{each}_{value}" for each in prefixes if knows(f"{each}_{value}")]
                parts += [word(key, language) for key in known[:1]]
        local = event.at.astimezone(settings.zone_info)
        return " ".join(part for part in (*parts, f"{local:%H:%M}") if part)

    return say


def _named(prefix: str, code: str, language: str) -> str:
    key = f"{prefix}_{code}"
    return word(key, language) if knows(key) else code
