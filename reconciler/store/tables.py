"""The tables, version 2. Their names have a prefix, since a team's PostgreSQL may hold other things too.

No value is kept here: of one there is its fingerprint, and for a rollback what it was before, encrypted.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite counts only in columns that are INTEGER to the letter.
_Id = BigInteger().with_variant(Integer(), "sqlite")

schema = Table("reconcile_schema", metadata, Column("version", Integer, nullable=False))

runs = Table(
    "reconcile_runs",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("plan_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("undoes", _Id),
    Column("digest", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("environments", JSON, nullable=False),
    Column("applied_by", Text, nullable=False),
    Column("approved_by", JSON, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("result", Text),
    sqlite_autoincrement=True,
)

planned_writes = Table(
    "reconcile_planned_writes",
    metadata,
    Column("run_id", _Id, ForeignKey(runs.c.id), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "sequence"),
)

steps = Table(
    "reconcile_steps",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("run_id", _Id, ForeignKey(runs.c.id), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    # Ciphertext under a key that the store is never given.
    Column("previous", Text),
    Column("is_kept", Boolean, nullable=False),
    Column("intended_at", BigInteger, nullable=False),
    Column("status", Text),
    Column("detail", Text),
    Column("settled_at", BigInteger),
    UniqueConstraint("run_id", "sequence"),
    Index("reconcile_steps_by_address", "address"),
    # Ids never come back, so "later" can be told from them even where somebody set the clock back.
    sqlite_autoincrement=True,
)

reaches = Table(
    "reconcile_reaches",
    metadata,
    Column("step_id", _Id, ForeignKey(steps.c.id), nullable=False),
    Column("address", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("is_left_out", Boolean, nullable=False),
    PrimaryKeyConstraint("step_id", "address"),
    Index("reconcile_reaches_by_target", "target_id"),
)

deploys = Table(
    "reconcile_deploys",
    metadata,
    Column("run_id", _Id, ForeignKey(runs.c.id), nullable=False),
    Column("address", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("is_left_out", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("newest_before", Text),
    Column("deploy_id", Text),
    Column("result", Text),
    Column("detail", Text),
    # The fingerprints of all declared values, by address, as they were read just before the deploy was asked for.
    Column("declared", JSON),
    # The last step that reached this target when the deploy was owed for earlier runs; none where it never was.
    Column("takes_over", _Id),
    # The last step that reached this target when the deploy was asked for or left out; none where neither was.
    Column("covers", _Id),
    Column("owed_at", BigInteger, nullable=False),
    Column("requested_at", BigInteger),
    Column("settled_at", BigInteger),
    PrimaryKeyConstraint("run_id", "address"),
    Index("reconcile_deploys_by_target", "target_id"),
)

matches = Table(
    "reconcile_matches",
    metadata,
    Column("run_id", _Id, ForeignKey(runs.c.id), nullable=False),
    Column("address", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("desired", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_id", "address"),
)

consumed_plans = Table(
    "reconcile_consumed_plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("run_id", _Id, ForeignKey(runs.c.id), nullable=False),
    Column("consumed_at", BigInteger, nullable=False),
)

locks = Table(
    "reconcile_locks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    Column("acquired_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
