"""Django's system checks find in a twin's class what they find in the user's model."""

from __future__ import annotations

from inspect import getattr_static
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.app.models import Album

pytestmark = pytest.mark.usefixtures("snapshots")


def test_the_checks_of_a_model_are_those_of_the_users_class() -> None:
    assert Album.vinyl.model.check() == Album.check()


def test_the_command_runs_vinyls_checks(monkeypatch: Any) -> None:
    out = StringIO()
    call_command("check", stdout=out, stderr=out)
    assert "no issues" in out.getvalue()
    monkeypatch.setattr(getattr_static(Album, "vinyl"), "model", "no.such.path")
    with pytest.raises(SystemCheckError, match=r"shop\.Album: \(vinyl\.E001\)"):
        call_command("check", stdout=out, stderr=out)
