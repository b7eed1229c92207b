"""after the pickup"""

import sqlalchemy as sa
from alembic import op

from config.database import Money, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "erasing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasing")),
    )
    op.create_table(
        "report_mailing",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "period", name=op.f("pk_report_mailing")),
    )
    op.create_table(
        "shift_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_note")),
    )
    with op.batch_alter_table("shift_note", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_note_at"), ["at"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_batch_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("order_id", "place", name=op.f("uq_batch_order_id_place")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_legal_hold_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_legal_hold_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold", recreate="never") as batch_op:
        batch_op.create_index(
            "ix_legal_hold_standing",
            ["id"],
            unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "order_reference",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_reference_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_reference")),
        sa.UniqueConstraint("key", name=op.f("uq_order_reference_key")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_reference_order_id")),
    )
    op.create_table(
        "receipt",
        sa.Column(
            "order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("responsible", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.Column("handed_at", UtcDateTime(), nullable=True),
        sa.Column("handed_to", sa.String(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.Column("lost_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_receipt_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", recreate="never") as batch_op:
        batch_op.create_index("ix_receipt_due", ["due_at"], unique=False)
        batch_op.create_index(
            "ix_receipt_out",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("handed_at IS NULL AND lost_at IS NULL"),
            postgresql_where=sa.text("handed_at IS NULL AND lost_at IS NULL"),
        )

    op.create_table(
        "satisfaction",
        sa.Column(
            "order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_satisfaction_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_satisfaction")),
    )
    with op.batch_alter_table("satisfaction", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_satisfaction_at"), ["at"], unique=False)

    op.create_table(
        "seal",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_seal_event_id")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_seal_event_id")),
    )
    op.create_table(
        "exception_case",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("compared", sa.Text(), nullable=False),
        sa.Column("beyond_control", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("compensation", Money(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_exception_case_order_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_exception_case_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_case")),
    )
    with op.batch_alter_table("exception_case", recreate="never") as batch_op:
        batch_op.create_index(
            "ix_exception_case_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_exception_case_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_exception_case_order_id"), ["order_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("exception_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["exception_id"], ["exception_case.id"], name=op.f("fk_attachment_exception_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_attachment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_order_id"), ["order_id"], unique=False)

    op.create_table(
        "complaint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("exception_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("complainant", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("compensation", Money(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exception_id"], ["exception_case.id"], name=op.f("fk_complaint_exception_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["inbound_mail.id"], name=op.f("fk_complaint_mail_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_complaint_order_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_complaint_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_complaint_mail_id")),
    )
    with op.batch_alter_table("complaint", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_exception_id"), ["exception_id"], unique=False)
        batch_op.create_index(
            "ix_complaint_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_complaint_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_order_id"), ["order_id"], unique=False)

    op.create_table(
        "penalty",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("exception_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["exception_id"], ["exception_case.id"], name=op.f("fk_penalty_exception_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_penalty_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalty")),
        sa.UniqueConstraint("key", name=op.f("uq_penalty_key")),
    )
    with op.batch_alter_table("penalty", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_penalty_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_penalty_proposed_at"), ["proposed_at"], unique=False)

    with op.batch_alter_table("attempt", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("taken_at", UtcDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)

    with op.batch_alter_table("inbound_mail", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("company", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("stream", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("turn", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("stranger", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch_op.drop_index(batch_op.f("ix_inbound_mail_waiting"), sqlite_where=sa.text("state = 'stored'"))
        batch_op.create_index(
            "ix_inbound_mail_next",
            ["turn", "stranger", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'stored'"),
            postgresql_where=sa.text("state = 'stored'"),
        )
        batch_op.create_index(
            "ix_inbound_mail_set_aside",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'quarantined'"),
            postgresql_where=sa.text("state = 'quarantined'"),
        )
        batch_op.create_index(
            "ix_inbound_mail_stream",
            ["stream", "turn"],
            unique=False,
            sqlite_where=sa.text("state = 'stored'"),
            postgresql_where=sa.text("state = 'stored'"),
        )

    with op.batch_alter_table("letter", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("company", sa.String(), server_default="", nullable=False))
        batch_op.create_index(
            "ix_letter_clear",
            ["clear_at"],
            unique=False,
            sqlite_where=sa.text("clear_at IS NOT NULL"),
            postgresql_where=sa.text("clear_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_letter_refused",
            ["written_at"],
            unique=False,
            sqlite_where=sa.text("state = 'refused'"),
            postgresql_where=sa.text("state = 'refused'"),
        )

    with op.batch_alter_table("orders", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("company", sa.String(), server_default="", nullable=False))

    with op.batch_alter_table("shipment", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("price", Money(), nullable=True))
        batch_op.add_column(sa.Column("destination", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("transfers", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("arrive_by", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("promised_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("batches", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("arrived_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("signed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("signed_by", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("receipt_state", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("closed_why", sa.String(), server_default="", nullable=False))
        batch_op.create_index("ix_shipment_arrive_by", ["arrive_by"], unique=False)
        batch_op.create_index("ix_shipment_pickup_by", ["pickup_by"], unique=False)

    with op.batch_alter_table("task", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("first_due_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("taken_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("rung", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_index(batch_op.f("ix_task_open"), sqlite_where=sa.text("state = 'open'"))
        batch_op.create_index(
            "ix_task_open",
            ["due_at", "priority", "role", "kind", "zone", "dispatcher", "call_from", "state"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_task_climbs",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open' AND role <> 'manager'"),
            postgresql_where=sa.text("state = 'open' AND role <> 'manager'"),
        )
        batch_op.create_index("ix_task_first_due", ["first_due_at", "kind"], unique=False)
        batch_op.create_index(
            "ix_task_held",
            ["holder", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open' AND holder IS NOT NULL"),
            postgresql_where=sa.text("state = 'open' AND holder IS NOT NULL"),
        )

    compare_bytewise()
    open_to_erasure()


def compare_bytewise() -> None:
    """What is looked for by its beginning is compared sign by sign, whatever the language of the server."""
    if op.get_bind().dialect.name != "sqlite":
        for table, column in (("orders", "number"), ("search_word", "word")):
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR COLLATE "C"')


# What may change of an event, and when: its details, while a transaction holds the key (consign.tables.Erasing).
ERASURE = """
EXISTS (SELECT 1 FROM erasing)
AND NEW.id = OLD.id AND NEW.kind = OLD.kind AND NEW.at = OLD.at AND NEW.actor = OLD.actor
AND COALESCE(NEW.order_id, 0) = COALESCE(OLD.order_id, 0)
AND COALESCE(NEW.mail_id, 0) = COALESCE(OLD.mail_id, 0)
"""


def open_to_erasure() -> None:
    """The timeline can still not be changed, but words about people in it be emptied (RELIABILITY §8, G20)."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER event_no_update")
        op.execute(
            f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event WHEN NOT ({ERASURE}) "
            "BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {ERASURE} THEN RETURN NEW; END IF; END IF; "
        "RAISE EXCEPTION 'the timeline is append-only'; END $$"
    )


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before the upgrade")
