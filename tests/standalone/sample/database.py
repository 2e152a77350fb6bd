"""Configure, as each program of the sample does before it imports models."""

from __future__ import annotations

import os

import vinyl

vinyl.configure(
    os.environ["DATABASE_URL"], apps=["service.auth.accounts", "service.billing", "blog"]
)
