"""Alembic's way to the database: always over the connection that consign.schema hands in."""

from alembic import context

from consign.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
