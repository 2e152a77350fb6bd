"""Settings for Django's runtests.py, like its test_sqlite.py."""

from __future__ import annotations

import django

from tests.django_suite import config

DATABASES = config.databases()
SECRET_KEY = "django_tests_secret_key"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = False
if django.VERSION < (6, 0):  # as in the test_sqlite.py of those versions
    DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
TEST_RUNNER = "tests.django_suite.runner.RecordingRunner"
