"""How alembic runs here: on the connection that `shared.host.migrate` hands over, all revisions in one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
