"""Migrations of the world: Django's own."""
