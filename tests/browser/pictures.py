"""Takes the pictures of docs/desk.md and docs/reports.md from populated desks: python -m tests.browser.pictures"""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from followup import actions
from followup.console.app import create_app
from followup.console.server import ConsoleServer
from followup.tables import Task
from intake.tables import InboundMail
from tests.browser.conftest import FLAGS
from tests.deskworld import DeskWorld, open_world, populate
from tests.journeyworld import JourneyWorld
from tests.reportworld import ReportWorld, busy_days

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
COLOURS = 96  # a palette is enough for text, and keeps the files small


def first(world: DeskWorld, kind: str) -> int:
    with world.database.read() as session:
        return int(session.query(Task.id).filter_by(kind=kind).order_by(Task.id).limit(1).scalar())


def report_pictures(browser: Browser) -> None:
    """The pages of docs/reports.md, over three days of work."""
    pages = {"report-pickups": "/reports/pickups?period=this-month", "report-three-minutes": "/reports/three_minutes"}
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder))
        busy_days(ReportWorld(world.database))
        world.clock.advance(hours=9)
        server = ConsoleServer(
            create_app(world.database, lambda: world.company, world.settings, world.clock), "127.0.0.1", 0
        )
        url = server.start()
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.add_cookies([{"name": "consign", "value": world.token("zhao"), "url": url}])
        page = context.new_page()
        for name, path in pages.items():
            page.goto(url + path, wait_until="load")
            keep(page, name)
        context.close()
        server.stop()
        world.database.close()


def journey_pictures(browser: Browser) -> None:
    """The pages of docs/journey.md: goods that came late and in two parts, receipts that are out."""
    with tempfile.TemporaryDirectory() as folder:
        world = JourneyWorld(Path(folder), receipt_copies=2)
        shown = world.number
        for destination in ("宁波", "南京"):
            world.number = world.desk.order(receipt_copies=1, destination=destination)
            world.desk.settle()
            world.pick_up()
            world.wait(hours=2)
            world.move("arrived", world.now, f"{destination}站")
            world.sign()
        world.wait(days=9)
        world.number = shown
        world.pick_up()
        world.say("coordinate_destination", "station_informed", station="杭州东站", time=world.now)
        world.wait(hours=22)
        world.say("check_arrival", "delayed", time=world.now + timedelta(hours=24))
        world.wait(hours=23)
        world.say("check_arrival", "arrived", pieces="6", station="杭州东站")
        world.wait(hours=23)
        world.say("check_arrival", "arrived", pieces="4", station="杭州东站")
        world.wait(hours=1)
        desk = world.desk
        server = ConsoleServer(
            create_app(desk.database, lambda: desk.company, desk.settings, desk.clock), "127.0.0.1", 0
        )
        url = server.start()
        context = browser.new_context(viewport={"width": 1280, "height": 620})
        context.add_cookies([{"name": "consign", "value": desk.token("li"), "url": url}])
        page = context.new_page()
        for name, path in {"journey": f"/orders/{shown}", "receipts": "/receipts"}.items():
            page.goto(url + path, wait_until="load")
            keep(page, name)
        context.close()
        server.stop()
        world.close()


def keep(page: Page, name: str) -> None:
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world = open_world(Path(folder))
        numbers = populate(world)
        app = create_app(world.database, lambda: world.company, world.settings, world.clock)
        server = ConsoleServer(app, "127.0.0.1", 0)
        url = server.start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        task = first(world, "verify_pickup")
        actions.take(world.database, task, "li", world.clock())
        with world.database.read() as session:
            mail = session.query(InboundMail).filter_by(state="review").first()
            assert mail
        pages = {
            "queue": "/",
            "call": f"/tasks/{task}",
            "order": f"/orders/{numbers['mail']}",
            "review": f"/review/{mail.id}",
            "phone": f"/phone?like={numbers['now']}",
            "wall": "/wall",
        }
        for width, height, suffix in ((1280, 800, ""), (390, 780, "-small")):
            context = browser.new_context(viewport={"width": width, "height": height})
            context.add_cookies([{"name": "consign", "value": world.token("li"), "url": url}])
            page = context.new_page()
            for name, path in pages.items():
                if suffix and name not in ("queue", "call"):
                    continue
                page.goto(url + path, wait_until="load")
                if name == "phone":
                    for label, text in (("件数", "8"), ("重量", "1.2吨"), ("体积", "3方"), ("货名", "五金")):
                        page.get_by_label(label).fill(text)
                    page.locator("#check .figure").wait_for()
                keep(page, name + suffix)
            context.close()
        report_pictures(browser)
        journey_pictures(browser)
        browser.close()
        server.stop()
        world.database.close()


if __name__ == "__main__":
    main()
