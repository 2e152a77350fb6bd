"""The demonstration: two servers on one database, the same questions, the answers side by side."""
