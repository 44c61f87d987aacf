"""What the browser draws by itself in a widget (radio buttons, bars) follows the notebook's theme, not the system's."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bridged import join
from fake_vault import FakeVault, some_accounts
from test_batch_progress_page import show as show_batch
from vault_page import full, show

from penstock.widgets.account_switcher import AccountSwitcher

SCHEME = "() => getComputedStyle(document.querySelector('.penstock')).colorScheme"
# How light a picture is in its middle, 0 to 255.
LIGHTNESS = """async (picture) => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const [red, green, blue] = context.getImageData(image.width / 2, image.height / 2, 1, 1).data;
    return (red + green + blue) / 3;
}"""


def switcher(page: Any, theme: str) -> None:
    join(
        page, AccountSwitcher("stripe", FakeVault(accounts=some_accounts())), "account_switcher", theme=theme
    )  # type: ignore[arg-type]


def vault(page: Any, theme: str) -> None:
    show(page, full(), theme=theme)


def batch(page: Any, theme: str) -> None:
    show_batch(page, theme)


def lightness(page: Any) -> float:
    """Return how light the middle of the radio button is that is not checked."""
    picture = page.locator("input[type=radio]:not(:checked)").screenshot()
    found = page.evaluate(LIGHTNESS, f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    return float(found)


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("draw", [switcher, vault, batch])
def test_the_scheme_is_the_themes(page: Any, draw: Callable[..., None], theme: str, system: str) -> None:
    """In JupyterLab's light and dark theme each widget has that scheme, whatever the system prefers."""
    page.emulate_media(color_scheme=system)
    draw(page, theme)
    assert page.evaluate(SCHEME) == theme


@pytest.mark.parametrize(
    ("classes", "scheme"),
    [
        ("vscode-light", "light"),
        ("vscode-dark", "dark"),
        ("vscode-high-contrast", "dark"),
        ("vscode-high-contrast vscode-high-contrast-light", "light"),
        ("", "light dark"),
    ],
)
def test_the_scheme_is_vs_codes(page: Any, classes: str, scheme: str) -> None:
    """In VS Code it is its theme's; where neither says anything it is the system's."""
    switcher(page, "light")
    page.evaluate(
        "(classes) => { delete document.body.dataset.jpThemeLight; document.body.className = classes; }",
        classes,
    )
    assert page.evaluate(SCHEME) == scheme


@pytest.mark.parametrize("system", ["light", "dark"])
def test_an_empty_radio_button_is_as_dark_as_its_place(
    page: Any, system: str, take: Callable[[Any, str], Path]
) -> None:
    """Unchecked it is dark in a dark theme and light in a light one; with the system's scheme it is not (the control)."""
    page.emulate_media(color_scheme=system)
    switcher(page, "dark")
    assert lightness(page) < 100
    take(page, f"switcher_dark_on_{system}")
    page.evaluate("() => document.body.setAttribute('data-jp-theme-light', 'true')")
    assert lightness(page) > 155
    page.evaluate(
        f"() => document.body.setAttribute('data-jp-theme-light', '{'false' if system == 'light' else 'true'}')"
    )
    page.add_style_tag(content=".penstock { color-scheme: light dark !important; }")
    assert (lightness(page) > 155) == (system == "light")
