"""A Django ENGINE for SQLite, for a `vinyl_<alias>` entry of DATABASES."""
