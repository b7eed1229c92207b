"""A working week, or a month, in minutes: people who write, drive and call, a clock that is told, the real rooms.

The rooms' steps run as in a daemon, on a real database, with mails as octets; only the people and the servers are
played. What they do is drawn from a seed, so the same seed gives the same week. What they saw with their own eyes is
counted beside it (`count`), and must be what the reports say.
"""
