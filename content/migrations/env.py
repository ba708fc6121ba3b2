"""Runs the migrations: on the connection that the app hands over, or by ``alembic`` on DATABASE_URL."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, update

from attune_settings import Program, load
from content.database import open_engine
from content.tables import deployment, metadata


def shut_out_older_apps(ctx: Any, step: Any, heads: object, run_args: object) -> None:
    """Notes the last migration without which an app cannot use the database."""
    script = step.up_revision
    # The table's own migration fills it.
    if step.is_upgrade and not getattr(script.module, "older_apps_work", True) and script.revision != "0011":
        ctx.connection.execute(update(deployment).values(needs_revision=script.revision))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # Both databases can take back table changes, so a migration that dies half-way leaves nothing.
        transactional_ddl=True,
        on_version_apply=shut_out_older_apps,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    context.configure(url=load(Program.CONTENT).database_url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif "connection" in context.config.attributes:
    migrate(context.config.attributes["connection"])
else:
    with open_engine(load(Program.CONTENT).database_url).begin() as own_connection:
        migrate(own_connection)
