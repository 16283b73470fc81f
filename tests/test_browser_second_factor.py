"""The second factor, set up and asked for in headless Chromium."""

import hashlib
import hmac
import re
import struct
import time
import urllib.parse
from base64 import b32decode

import pexpect
import pytest
from support.browser import NARROW, WIDE, Watched
from support.login import start_login
from support.server import admin, stateward

pytestmark = pytest.mark.browser


class Device:
    """An authenticator app that has scanned the page's picture."""

    def __init__(self, page) -> None:
        address = page.locator("a[href^='otpauth:']").get_attribute("href")
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        assert query["algorithm"] == "SHA1" and query["digits"] == "6" and query["period"] == "30"
        self.secret = b32decode(query["secret"])
        self.used = 0

    def code(self) -> str:
        """The code of now; never one that was used already, for which it waits."""
        while int(time.time()) // 30 <= self.used:
            time.sleep(0.2)
        self.used = int(time.time()) // 30
        mac = hmac.new(self.secret, struct.pack(">Q", self.used), hashlib.sha1).digest()
        offset = mac[19] & 15
        return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@pytest.fixture
def window(browser):
    """Makes windows that are closed again."""
    opened = []

    def make(server, width: int = WIDE, scheme: str = "light") -> Watched:
        opened.append(Watched(browser, server.address, width, scheme))
        return opened[-1]

    yield make
    for watched in opened:
        watched.close()


def type_password(watched: Watched, person) -> None:
    """The first page of signing in."""
    watched.page.get_by_label(re.compile("user", re.I)).first.fill(person.name)
    watched.page.get_by_label("Password").fill(person.password)
    watched.page.get_by_role("button", name="Sign in").click()


def set_up(watched: Watched, person) -> tuple[Device, list[str]]:
    """Set it up on the account's page."""
    watched.open("/app/settings/account")
    watched.page.get_by_role("link", name="Set it up").click()
    device = Device(watched.page)
    watched.page.get_by_label("The code that it shows now").fill(device.code())
    watched.page.get_by_label("Your password").fill(person.password)
    watched.page.get_by_role("button", name="Switch it on").click()
    watched.page.get_by_role("heading", name="Your recovery codes").wait_for()
    return device, watched.page.locator(".recovery-codes code").all_inner_texts()


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "light"), (WIDE, "light"), (NARROW, "dark"), (WIDE, "dark")])
def test_from_the_account_to_the_next_sign_in(window, server, second_user, width, scheme):
    person = second_user("careful")
    watched = window(server, width, scheme)
    watched.sign_in(person.name, person.password)
    watched.open("/app/settings/second-factor")
    watched.check(f"second-factor-off-{scheme}")
    _, recovery = set_up(watched, person)
    watched.check(f"recovery-codes-{scheme}")
    assert len(recovery) == 10
    watched.page.get_by_role("link", name="Done").click()
    watched.check(f"account-with-second-factor-{scheme}")
    watched.page.get_by_role("link", name="Change").click()
    watched.check(f"second-factor-on-{scheme}")

    other = window(server, width, scheme)
    other.open("/app/settings/tokens")
    type_password(other, person)
    other.page.wait_for_url("**/app/sign-in/code?**")
    other.check(f"sign-in-code-{scheme}")
    # The cursor stands in the field.
    other.page.keyboard.type("000000")
    other.page.keyboard.press("Enter")
    other.page.get_by_text("This code is wrong").wait_for()
    other.check(f"sign-in-code-wrong-{scheme}")
    other.page.get_by_label("Code").fill(recovery[0])
    other.page.get_by_role("button", name="Sign in").click()
    # Where one wanted to go.
    other.page.wait_for_url(f"{server.address}/app/settings/tokens")
    other.open("/app/settings/second-factor")
    assert "9 recovery codes" in other.page.locator("main").inner_text()
    row = other.page.locator("form[action$='/remove']")
    row.get_by_label("Your password").fill(person.password)
    row.get_by_label("Code").fill(recovery[1])
    row.get_by_role("button", name="Switch it off").click()
    other.page.get_by_text("The second factor is off").wait_for()


def test_a_second_window_and_a_lost_ticket(window, server, second_user):
    person = second_user("busy")
    watched = window(server)
    watched.sign_in(person.name, person.password)
    _, recovery = set_up(watched, person)
    one = window(server)
    one.open("/app/settings/tokens")
    type_password(one, person)
    one.page.wait_for_url("**/app/sign-in/code?**")
    second = one.context.new_page()
    second.goto(f"{server.address}/app/sign-in")
    second.get_by_label(re.compile("user", re.I)).first.fill(person.name)
    second.get_by_label("Password").fill(person.password)
    second.get_by_role("button", name="Sign in").click()
    second.get_by_label("Code").fill(recovery[0])
    second.get_by_role("button", name="Sign in").click()
    second.wait_for_url(f"{server.address}/app")
    # The first window is signed in with it: whatever is typed there leads on.
    one.page.get_by_label("Code").fill("000000")
    one.page.get_by_role("button", name="Sign in").click()
    one.page.wait_for_url(f"{server.address}/app/settings/tokens")

    late = window(server, NARROW)
    late.open("/app/settings/tokens")
    type_password(late, person)
    late.page.wait_for_url("**/app/sign-in/code?**")
    late.context.clear_cookies()
    late.page.get_by_label("Code").fill(recovery[1])
    late.page.get_by_role("button", name="Sign in").click()
    late.page.get_by_text("That took too long").wait_for()
    late.check("sign-in-took-too-long")
    type_password(late, person)
    late.page.get_by_label("Code").fill(recovery[1])
    late.page.get_by_role("button", name="Sign in").click()
    late.page.wait_for_url(f"{server.address}/app/settings/tokens")
    # The way back in the history does not ask again.
    late.page.go_back()
    late.page.wait_for_url(f"{server.address}/app/settings/tokens")


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "light"), (WIDE, "dark")])
def test_where_it_is_required_terraform_login_leads_through_it(window, own_server, leaving_home, width, scheme):
    server = own_server(STATEWARD_REQUIRE_SECOND_FACTOR="true")
    leaving_home.environment["SSL_CERT_FILE"] = server.certificates
    terminal, url = start_login(leaving_home, server.host)
    watched = window(server, width, scheme)
    watched.page.goto(url)
    watched.page.get_by_label(re.compile("user", re.I)).first.fill(server.variables["STATEWARD_USER"])
    watched.page.get_by_label("Password").fill(server.variables["STATEWARD_PASSWORD"])
    watched.page.get_by_role("button", name="Sign in").click()
    watched.page.wait_for_url("**/app/sign-in/second-factor?**")
    watched.check(f"sign-in-set-up-{scheme}")
    device = Device(watched.page)
    watched.page.get_by_label("The code that it shows now").fill(device.code())
    watched.page.get_by_role("button", name="Switch it on and sign in").click()
    watched.page.get_by_role("heading", name="Your recovery codes").wait_for()
    watched.check(f"sign-in-recovery-codes-{scheme}")
    watched.page.get_by_role("link", name="Go on").click()
    watched.page.get_by_role("button", name="Approve").click()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0, terminal.before

    # Device and codes are lost; whoever runs the server takes it away, and another has to be set up.
    assert admin(server, "reset-second-factor", server.variables["STATEWARD_USER"])["reset"] == "true"
    assert "had no second factor" in stateward("admin", "--data-dir", str(server.folder), "reset-second-factor", "admin").stdout
    watched.open("/app")
    watched.page.get_by_label(re.compile("user", re.I)).first.fill(server.variables["STATEWARD_USER"])
    watched.page.get_by_label("Password").fill(server.variables["STATEWARD_PASSWORD"])
    watched.page.get_by_role("button", name="Sign in").click()
    watched.page.wait_for_url("**/app/sign-in/second-factor?**")
    assert Device(watched.page).secret != device.secret
