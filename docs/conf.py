from __future__ import annotations

project = "vinyl"
author = "The vinyl contributors"
project_copyright = "2026, the vinyl contributors"

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "vinyl"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nitpicky = True
