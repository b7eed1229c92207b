"""The reports (SPEC 8): read-only; each is rows from the tables, pure figures of them, and words that define these."""
