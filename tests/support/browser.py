"""Headless Chromium, and what every page must hold."""

import re

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

from support.paths import CHROMIUM, SCREENSHOTS

NARROW, WIDE = 400, 1400


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium; as root it runs without its sandbox."""
    return playwright.chromium.launch(
        executable_path=str(CHROMIUM),
        args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    )


class Watched:
    """A browser window of one person; whatever the browser complains about is an error."""

    def __init__(self, browser: Browser, address: str, width: int = WIDE, scheme: str = "light", friend: str | None = None) -> None:
        self.address = address
        # Another server that pages lead to, whose own pages may do as they like.
        self.friend = friend
        self.width = width
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.context: BrowserContext = browser.new_context(
            ignore_https_errors=True, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium notes every answer from 400 up as an error; that a page has such a status is no fault of the page.
        # What Terraform's own little listener does after the login is no fault of ours either.
        elsewhere = message.location.get("url", "").startswith(("http://localhost:", self.friend or "http://localhost:"))
        if message.type in ("error", "warning") and not elsewhere and "the server responded with a status of" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        allowed = (self.address, "http://localhost:", "data:", "about:")
        if self.friend and (request.url.startswith(self.friend) or self.page.url.startswith(self.friend)):
            return
        if not request.url.startswith(allowed):
            self.outside.append(request.url)

    def open(self, path: str) -> Page:
        """Go to a path of the server."""
        self.page.goto(f"{self.address}{path}")
        return self.page

    def sign_in(self, user: str, password: str) -> None:
        """Sign in by the form."""
        self.open("/app/sign-in")
        self.page.get_by_label(re.compile("user", re.I)).first.fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def check(self, name: str, screenshot: bool = True) -> None:
        """What holds for every page, with a picture of it."""
        page = self.page
        if screenshot:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}-{self.width}.png", full_page=True)
        assert page.title(), name
        assert page.locator("h1").count() == 1, f"{name}: {page.locator('h1').count()} headings of the first level"
        assert page.locator("html").get_attribute("lang") == "en"
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} px wider than a window of {self.width} px"
        unlabelled = page.evaluate(
            """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
               .filter(field => !field.labels.length && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby"))
               .map(field => field.outerHTML)"""
        )
        assert unlabelled == [], f"{name}: fields without a label: {unlabelled}"
        nameless = page.evaluate(
            """[...document.querySelectorAll("button, a[href]")]
               .filter(item => !item.innerText.trim() && !item.getAttribute("aria-label") && !item.textContent.trim())
               .map(item => item.outerHTML)"""
        )
        assert nameless == [], f"{name}: buttons or links without a name: {nameless}"
        self.is_content(name)

    def is_content(self, name: str) -> None:
        """The browser had nothing to complain about, and asked nobody else."""
        assert self.complaints == [], f"{name}: {self.complaints}"
        assert self.outside == [], f"{name} loads from elsewhere: {self.outside}"

    def close(self) -> None:
        """Close the window."""
        self.context.close()
