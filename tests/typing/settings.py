"""What django-stubs' plugin for mypy reads."""

INSTALLED_APPS = ["django.contrib.contenttypes", "tests.typing"]
SECRET_KEY = "only for tests"
