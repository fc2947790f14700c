"""The plain version of the same four steps, as one would write it with Celery, Redis and SQLAlchemy in an afternoon.

It keeps no history, seals nothing, knows no idempotency, checks no signature and no log-in, and may lose a job between
its commit and its enqueue. SQLAlchemy is used at its faster level (Core), connections are kept everywhere.
"""
