"""Run by Alembic for each command, on the connection that ``migrations.upgrade`` gives it."""

from alembic import context

from vaguemestre.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
