"""Written by `python -m vinyl makemigrations`."""
