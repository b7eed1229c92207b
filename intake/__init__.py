"""Mail comes in and is judged: mailbox, reading, form, kind, judge, and the register of orders with its timeline."""
