"""Looks at an open page with axe-core: what keeps people from using it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Best practices and experimental rules are left out: these are the standards.
_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_SERIOUS = ("serious", "critical")


def serious_violations(page: Page) -> list[str]:
    """Return what is seriously wrong with the page as it is now, a line each."""
    # Nothing fades or slides while contrasts are measured.
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_timeout(350)
    found = Axe().run(page, options={"runOnly": _STANDARDS}).response["violations"]
    return [
        f"{each['id']}: {each['help']} ({', '.join(str(node['target']) for node in each['nodes'])})"
        for each in found
        if each["impact"] in _SERIOUS
    ]
