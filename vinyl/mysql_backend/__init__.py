"""A Django ENGINE for MySQL and MariaDB, for a `vinyl_<alias>` entry of DATABASES."""
