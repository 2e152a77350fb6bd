"""The Django project of the atlas example: settings, URLs and the two entry points."""
