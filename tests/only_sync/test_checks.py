"""Django's system checks find in a twin's class what they find in the user's model."""

from __future__ import annotations

import pytest

from tests.app.models import Album

pytestmark = pytest.mark.usefixtures("snapshots")


def test_the_checks_of_a_model_are_those_of_the_users_class() -> None:
    assert Album.vinyl.model.check() == Album.check()
