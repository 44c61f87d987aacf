"""The page of all integrations says what their files say."""

from __future__ import annotations

from page import PAGE, build_page


def test_the_page_is_as_new_as_the_integrations() -> None:
    """notebooks/integrations.md is what `make page` writes today."""
    assert PAGE.read_text(encoding="utf-8") == build_page(), "run: make page"
