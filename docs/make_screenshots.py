"""Make the pictures of the page: ``python docs/make_screenshots.py [SCENE ...]``, or ``make screenshots``.

What they show is what anybody sees: simulated workouts go through the real pipeline, a broker, the page's
server and its history, and Chromium takes the pictures. Only the waiting is left out, and the clock of the
browser is that of the stream. Needs ``pip install -e '.[test]'`` and Debian's chromium.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, expect  # noqa: E402
from staged import Moment, Staged, remember, simulated  # noqa: E402
from support.chromium import chromium  # noqa: E402

from firmware.readings import Cause, Trouble  # noqa: E402
from firmware.samples import SensorRole  # noqa: E402
from pi_service.dashboard.passwords import Secrets  # noqa: E402
from pi_service.dashboard.server import BackgroundDashboard  # noqa: E402
from pi_service.dashboard.settings import DashboardSettings  # noqa: E402
from pi_service.publish.broker import BrokerAddress  # noqa: E402
from pi_service.publish.embedded import EmbeddedBroker  # noqa: E402
from pi_service.publish.requests import Verb  # noqa: E402
from pi_service.workout.events import RepCounted, SetEnded  # noqa: E402

SCREENS = DOCS / "screens"
#: The history has weeks up to today's.
LOOSE = Trouble(SensorRole.LIMB, Cause.BUS, 0, "The limb sensor does not answer: look at its cable.")
STARTED_AT = datetime.now(UTC).replace(hour=17, minute=5, second=0, microsecond=0)
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "tv": (1920, 1080)}
#: So many colours are enough for text, lines and a curve.
COLOURS = 64
PLAN = """\
name = "Back"
[[step]]
exercise = "vertical_pull"
[[step]]
exercise = "face_pull"
[[step]]
exercise = "overhead_carry"
"""


def rep(set_number: int, count: int) -> Moment:
    """Return the moment when a rep has been counted."""
    wanted = (set_number, count)
    return lambda event: isinstance(event, RepCounted) and (event.set_number, event.count) == wanted


def set_over(number: int) -> Moment:
    """Return the moment when a set has been reviewed."""
    return lambda event: isinstance(event, SetEnded) and event.set_number == number


class Camera:
    """Takes pictures of the page in several sizes, in light and in dark."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url

    def take(
        self,
        name: str,
        path: str,
        ready: Callable[[Page], None],
        *,
        at: datetime = STARTED_AT,
        sizes: tuple[str, ...] = ("desktop", "phone"),
        schemes: tuple[str, ...] = ("light", "dark"),
        whole: bool = False,
    ) -> None:
        """Write ``NAME-SIZE-SCHEME.png`` for each size and scheme; `ready` waits for what shall be seen."""
        for size in sizes:
            width, height = SIZES[size]
            page = self._browser.new_page(
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
                locale="en-GB",
                timezone_id="UTC",
            )
            page.clock.set_fixed_time(at)
            page.goto(self._url + path)
            ready(page)
            for scheme in schemes:
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.wait_for_timeout(500)
                file = SCREENS / f"{name}-{size}-{scheme}.png"
                page.screenshot(path=file, full_page=whole)
                with Image.open(file) as picture:
                    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
                        file, optimize=True
                    )
                print(f"{file.relative_to(DOCS.parent)}  {file.stat().st_size / 1000:.0f} kB")
            page.close()


@contextmanager
def served(broker: BrokerAddress, browser: Browser, **settings: object) -> Iterator[Camera]:
    """Serve the page, and put a camera before it."""
    with BackgroundDashboard(DashboardSettings(broker, port=0, **settings)) as dashboard:  # type: ignore[arg-type]
        yield Camera(browser, dashboard.url)


def live(browser: Browser, traces: Path) -> None:
    """Show one station: in a set, at rest, asked for something, and with a loose cable."""
    trace = simulated(traces, "lat_pulldown", "--torso", "--sets", "3", "--reps", "11", "--rest", "70")
    with (
        EmbeddedBroker() as broker,
        served(broker.address, browser) as camera,
        Staged(broker.address, trace, "rack-1", STARTED_AT) as station,
    ):
        station.ask(Verb.LOAD_PLAN, plan=PLAN)
        station.ask(Verb.SET_ATHLETE, athlete="Ana")
        station.go_on(rep(2, 7), 2.6)
        now = STARTED_AT + timedelta(seconds=station.now_s)

        def counting(page: Page) -> None:
            expect(page.locator("#count-figure")).to_have_text("7")
            expect(page.locator("#sets li")).to_have_count(1)
            expect(page.locator("#status-text")).to_have_text("Live")

        camera.take("live", "", counting, at=now, sizes=("desktop", "phone", "tv"))

        def choosing(page: Page) -> None:
            counting(page)
            page.get_by_role("button", name="Exercise").click()
            page.locator("#choose-search").fill("pull")

        camera.take("exercise", "", choosing, at=now, schemes=("light",))

        def correcting(page: Page) -> None:
            counting(page)
            page.get_by_role("button", name="Correct set 1").click()

        camera.take("correct", "", correcting, at=now, sizes=("phone",), schemes=("light",))

        station.go_on(set_over(2), 24.0)
        now = STARTED_AT + timedelta(seconds=station.now_s)

        def resting(page: Page) -> None:
            expect(page.locator("#rest")).to_be_visible()

        camera.take("rest", "", resting, at=now, sizes=("desktop", "phone"))
        station.hear(LOOSE)

        def loose(page: Page) -> None:
            expect(page.get_by_role("alert")).to_be_visible()

        camera.take("fault", "", loose, at=now, sizes=("desktop",), schemes=("light",))


def wall(browser: Browser, traces: Path) -> None:
    """Show a gym: twelve stations, each elsewhere in its workout."""
    scenes: list[tuple[str, str, tuple[str, ...], Moment, float]] = [
        ("Ana", "lat_pulldown", ("--sets", "2", "--reps", "11"), rep(2, 7), 1.0),
        ("Ben", "dead_lift", ("--reps", "6"), rep(1, 4), 1.0),
        ("Chidi", "face_pull", ("--reps", "12"), rep(1, 11), 0.5),
        ("Dana", "thoracic_extension", (), lambda event: event.at_s > 34.0, 0.0),
        ("", "bent_over_row", ("--reps", "12"), rep(1, 3), 0.5),
        ("Ella", "overhead_carry", (), lambda event: event.at_s > 24.0, 0.0),
        ("Femi", "wall_retraction", ("--sets", "2", "--reps", "16", "--rest", "60"), set_over(1), 20.0),
        ("Gus", "lat_pulldown", ("--sets", "2", "--reps", "11", "--fault", "drop"), rep(1, 8), 1.0),
        ("", "dead_lift", ("--sets", "2", "--reps", "6", "--rest", "90"), set_over(1), 60.0),
        ("Hanna", "cross_band", ("--reps", "16"), rep(1, 5), 1.0),
        ("Ivo", "face_pull", ("--reps", "12", "--fault", "short_turn"), rep(1, 6), 1.0),
        ("", "lat_pulldown", ("--sets", "2", "--reps", "11"), rep(1, 2), 1.0),
    ]
    with EmbeddedBroker() as broker, served(broker.address, browser) as camera, ExitStack() as open_stations:
        for number, (athlete, exercise, options, moment, later_s) in enumerate(scenes, start=1):
            trace = simulated(traces, exercise, *options)
            station = Staged(broker.address, trace, f"rack-{number}", STARTED_AT)
            open_stations.enter_context(station)
            station.ask(Verb.SET_ATHLETE, athlete=athlete or None)
            station.go_on(moment, later_s)
            if number == len(scenes):
                station.hear(
                    Trouble(
                        SensorRole.LIMB, Cause.BUS, 0, "The limb sensor does not answer: look at its cable."
                    )
                )

        def there(page: Page) -> None:
            expect(page.locator(".card")).to_have_count(len(scenes))

        camera.take("wall", "wall", there, sizes=("tv", "desktop", "phone"))


def past(browser: Browser, traces: Path) -> None:
    """Show the history of three months, and one set of it."""
    pulls = [
        simulated(
            traces, "lat_pulldown", "--torso", "--sets", "2", "--reps", str(reps), "--seed", str(seed), *more
        )
        for reps, seed, more in ((12, 3, ("--fault", "rock")), (10, 1, ()), (11, 2, ()))
    ]
    lifts = [
        simulated(traces, "dead_lift", "--sets", "2", "--reps", str(reps), "--seed", "4") for reps in (5, 6)
    ]
    weeks = [STARTED_AT - timedelta(weeks=week, days=1) for week in range(26)]
    with (
        EmbeddedBroker() as broker,
        served(broker.address, browser, history=traces / "history") as camera,
    ):
        remember(broker.address, lifts, "rack-2", [day - timedelta(days=2) for day in weeks if day.day % 4])
        remember(broker.address, pulls, "rack-1", [day for day in weeks if day.day % 5])

        def filled(page: Page) -> None:
            expect(page.locator(".set-row").first).to_be_visible()
            expect(page.locator("#bests tbody tr").first).to_be_visible()

        camera.take("history", "history?exercise=vertical_pull", filled)

        def opened(page: Page) -> None:
            filled(page)
            page.locator(".set-row").first.click()
            expect(page.locator("#reps tbody tr").first).to_be_visible()
            page.wait_for_timeout(300)

        camera.take("set", "history?exercise=vertical_pull", opened, whole=True)


def login(browser: Browser, _traces: Path) -> None:
    """Show the page to sign in."""
    secrets = Secrets().with_password("a password of the pictures")
    with EmbeddedBroker() as broker, served(broker.address, browser, secrets=secrets) as camera:
        camera.take(
            "login", "login", lambda page: expect(page.locator("#login")).to_be_visible(), sizes=("phone",)
        )


SCENES: dict[str, Callable[[Browser, Path], None]] = {
    "live": live,
    "wall": wall,
    "past": past,
    "login": login,
}


def main() -> None:
    """Write the pictures into ``screens/``: all of them, or those of the scenes that are named."""
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name in sys.argv[1:] or SCENES:
            SCENES[name](browser, Path(folder))


if __name__ == "__main__":
    main()
