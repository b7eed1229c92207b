"""Alembic's way to the database: always over the connection that consign.schema hands in."""

from typing import Any

from alembic import context

from config.crashpoints import crash_point
from consign.schema import METADATA


def _step_made(*_: Any, **_named: Any) -> None:
    crash_point("schema_begun")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
    on_version_apply=_step_made,
)
with context.begin_transaction():
    context.run_migrations()
