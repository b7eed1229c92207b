"""What agents do all day, in a real browser."""

import re

from playwright.sync_api import Page, expect

from followup import casebook, people
from followup.tables import Task
from tests.browser.conftest import Desk
from tests.deskworld import PASSWORD, DeskWorld


def tasks(world: DeskWorld, **wanted: object) -> list[Task]:
    with world.database.read() as session:
        return session.query(Task).filter_by(**wanted).order_by(Task.due_at).all()


def rows(page: Page) -> list[str]:
    return page.locator(".tasks > li .what a").all_inner_texts()


def log_in(page: Page) -> None:
    page.get_by_label("登录名").fill("li")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_log_in_verify_not_yet_and_close(desk: Desk) -> None:
    """Logs in, takes the verification call, records 未提货 16:00, sees it return, closes it."""
    world = desk.world
    with world.database.write() as session:
        people.set_password(session, "li", PASSWORD, world.clock(), "test")
    page = desk.page()
    log_in(page)
    page.get_by_role("button", name=f"处理：核实提货 {desk.numbers['now']}").click()
    expect(page.locator(".tel")).to_have_attribute("href", re.compile(r"^tel:1\d{10}$"))
    page.get_by_role("button", name="未提货").click()
    expect(page.get_by_label("时间")).to_be_focused()  # asked for before anything is sent
    page.get_by_label("时间").fill("16:00")
    expect(page.locator("#time-said")).to_contain_text("今天 16:00")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("未提货 今天 16:00")
    desk.settle()
    page.goto(desk.url + "/?all=1")
    (task,) = [one for one in tasks(world, kind="verify_pickup") if one.attempts]
    assert task.due_at.astimezone(world.settings.zone_info).hour == 16
    page.goto("about:blank")  # else the queue, which asks by itself, may lead to the log-in meanwhile
    world.clock.now = task.due_at
    page.goto(desk.url + "/?all=1")  # four silent hours later the session has ended
    log_in(page)
    page.get_by_role("button", name=f"处理：核实提货 {desk.numbers['now']}").click()
    expect(page.locator(".history")).to_contain_text("今天 16:00 再打")
    page.get_by_label("司机", exact=True).fill("王师傅")
    page.get_by_role("button", name="已提货").click()
    expect(page.locator(".toast")).to_contain_text("已提货")
    desk.settle()
    (closed,) = tasks(world, id=task.id)
    assert (closed.state, closed.outcome, closed.closed_by) == ("closed", "picked_up", "agent:li")


def test_two_agents_at_one_queue(desk: Desk) -> None:
    """What one takes is shown as taken to the other at once, and what one closes vanishes there."""
    li, chen = desk.page("li"), desk.page("chen")
    expect(chen.get_by_role("button", name=f"处理：核实提货 {desk.numbers['late']}")).to_be_visible()
    li.get_by_role("button", name=f"处理：核实提货 {desk.numbers['late']}").click()
    expect(chen.get_by_text("li 处理中")).to_be_visible()
    expect(chen.get_by_role("button", name=f"处理：核实提货 {desk.numbers['late']}")).to_have_count(0)
    li.get_by_role("button", name="已提货").click()
    expect(chen.get_by_text(desk.numbers["late"])).to_have_count(0)
    assert desk.numbers["now"] in rows(chen)


def test_a_sheet_says_when_its_task_was_closed_elsewhere(desk: Desk) -> None:
    page = desk.page("li")
    page.get_by_role("button", name="接下一个").click()
    page.get_by_label("备注").fill("正在写")
    order_id = tasks(desk.world, id=int(page.url.split("/")[-1]))[0].order_id
    with desk.world.database.write() as session:
        casebook.close_open(session, order_id or 0, None, "picked_up", "dispatcher:sh-west", desk.world.clock())
    expect(page.locator("#elsewhere")).to_contain_text("已结束：已提货")
    expect(page.get_by_label("备注")).to_have_value("正在写")


def test_taking_back(desk: Desk) -> None:
    page = desk.page("li")
    page.get_by_role("button", name="接下一个").click()
    first = page.url
    page.get_by_label("备注").fill("门卫不让进")
    page.get_by_role("button", name="有问题").click()
    expect(page.locator(".toast")).to_be_visible()
    assert page.url != first
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_label("备注")).to_have_value("门卫不让进")
    desk.settle()
    assert [one for one in tasks(desk.world) if one.attempts] == []


def test_keyboard_only(desk: Desk) -> None:
    """From the queue to a recorded outcome and back without a mouse."""
    page = desk.page("li")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="放回队列")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("队列")
    page.keyboard.press("n")
    expect(page.locator(".tel")).to_be_visible()
    first = page.url
    page.keyboard.press("2")
    expect(page.get_by_label("时间")).to_be_focused()
    page.keyboard.type("30分钟后")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    expect(page.locator(".toast")).to_contain_text("未提货 今天 12:30")
    page.keyboard.press("z")
    expect(page.get_by_label("时间")).to_have_value("2026-11-24 12:30")
    page.keyboard.press("4")
    expect(page.locator(".toast")).to_contain_text("联系不上")
    page.keyboard.press("/")
    page.keyboard.type("漕溪")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=desk.numbers["late"])).to_be_visible()


def test_phone_order_to_work_order(desk: Desk) -> None:
    """Area, deadline and price appear while it is typed; the order, its work order and confirming mail follow."""
    page = desk.page("li")
    page.get_by_role("link", name="电话下单").click()
    check = page.locator("#check")
    page.get_by_label("提货地址").fill("上海市静安区南京西路1号")
    expect(check).to_contain_text("城区")
    expect(check).to_contain_text("今天 18:00")
    page.get_by_label("发往").fill("杭州")
    page.get_by_label("货名").fill("服装")
    page.get_by_label("件数").fill("5")
    page.get_by_label("重量").fill("60公斤")
    page.get_by_label("体积").fill("0.5方")
    expect(check.locator(".figure")).to_contain_text("¥")
    expect(check).to_contain_text("收货人电话：缺少必填项")
    for label, text in (
        ("发货人 *", "钱伟"),
        ("发货人电话", "13812345678"),
        ("收货人 *", "林芳"),
        ("收货人电话", "13987654321"),
        ("客户邮箱", "qian@shipper.example"),
    ):
        page.get_by_label(label).first.fill(text)
    page.get_by_label("付费方式").select_option(label="到付")
    expect(check).to_contain_text("已受理")
    page.get_by_role("button", name="下单", exact=True).click()
    expect(page.locator("h1")).to_contain_text("订单 20261124-")
    desk.settle()
    page.reload()
    letters = page.locator("section", has=page.get_by_role("heading", name="发出的信"))
    expect(letters).to_contain_text("派车单")
    expect(letters).to_contain_text("受理通知")
    expect(letters).to_contain_text("qian@shipper.example")


def test_review_of_a_broken_mail(desk: Desk) -> None:
    page = desk.page("li")
    page.get_by_role("link", name="待审邮件").click()
    page.locator("tr", has_text="读取失败").get_by_role("link", name="处理").click()
    expect(page.locator("pre.mail")).to_contain_text("发货人")
    page.get_by_role("button", name="录入并答复发件人").click()
    expect(page.get_by_role("alert")).to_contain_text("订单还不完整")
    for label, text in (
        ("客户邮箱", "someone@shipper.example"),
        ("发货人 *", "赵四"),
        ("发货人电话", "13812345678"),
        ("货名", "纸箱"),
        ("件数", "20"),
        ("重量", "200公斤"),
        ("体积", "1.5方"),
        ("提货地址", "上海市徐汇区漕溪北路100号"),
        ("发往", "南京"),
        ("收货人 *", "李四"),
        ("收货人电话", "13987654321"),
    ):
        page.get_by_label(label).first.fill(text)
    page.get_by_label("付费方式").select_option(label="现付")
    expect(page.locator("#check")).to_contain_text("已受理")
    page.get_by_role("button", name="录入并答复发件人").click()
    expect(page.locator("h1")).to_contain_text("订单 20261124-")
    desk.troubles[:] = [said for said in desk.troubles if "422" not in said]  # the refused first try


def test_where_a_value_was_read_lights_up(desk: Desk) -> None:
    page = desk.page("li")
    page.goto(f"{desk.url}/orders/{desk.numbers['mail']}")
    mark = page.locator('mark[data-origin~="consignee.phone"]')
    assert "lit" not in (mark.get_attribute("class") or "")
    page.locator('dd[data-origin="consignee.phone"]').hover()
    expect(mark).to_have_class(re.compile("lit"))
    page.locator('dd[data-origin="pickup_address"]').focus()
    expect(page.locator('mark[data-origin~="pickup_address"]')).to_have_class(re.compile("lit"))
