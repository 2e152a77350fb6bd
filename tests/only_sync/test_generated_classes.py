"""The command's twin of a class in async style serves the sync mode."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import isolate_apps

import vinyl
from tests._async import custom
from tests.app.models import Label
from vinyl import VinylManager
from vinyl.unasync import OLDEST_PYTHON, command

pytestmark = pytest.mark.usefixtures("db")


def proxy_of_labels(**options: Any) -> Any:
    """Define a proxy, in a registry of its own, whose objects are of these classes."""
    with isolate_apps("tests.app"):

        class Tidy(Label):
            vinyl = VinylManager(**options)

            class Meta:
                app_label = "shop"
                proxy = True

    return Tidy


@pytest.mark.skipif(sys.version_info < OLDEST_PYTHON, reason="twins are built with Python 3.12")
def test_a_generated_class_serves_the_sync_mode(tmp_path: Path) -> None:
    twin = tmp_path / "tidy.py"
    assert command.main([custom.__file__, str(twin)]) == 0
    spec: Any = spec_from_file_location("generated_tidy", twin)
    generated = module_from_spec(spec)
    spec.loader.exec_module(generated)
    model = proxy_of_labels(model=custom.Label, sync_model=generated.Label)
    label = model.vinyl.create(code="new", name="  Padded ")
    assert label.name == Label.objects.get(code="new").name == "Padded"
    assert isinstance(label, generated.Label)


def test_a_class_in_async_style_without_its_twin_is_refused_with_the_way_out() -> None:
    model = proxy_of_labels(model=custom.Label)
    with pytest.raises(
        vinyl.WrongMode, match=r"custom\.Label is written in async style \(insert\)"
    ):
        model.vinyl.all()
    with pytest.raises(vinyl.WrongMode, match=r"python -m vinyl\.unasync SRC DST"):
        model.vinyl(code="new")
    with vinyl.async_mode(True):
        assert issubclass(model.vinyl.model, custom.Label)
