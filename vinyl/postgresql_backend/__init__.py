"""A Django ENGINE for PostgreSQL, for a `vinyl_<alias>` entry of DATABASES."""
