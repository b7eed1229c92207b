"""A database as it is after years: a million orders of many customers, fifty thousand open tasks; for bench.pages.

Every order is a copy, row by row, of one that went the whole way, with names, phones, addresses and goods of its own,
and the words by which it is found. The octets of letters are cut to a kilobyte: pages list letters and do not open
them, and the file would have thirty gigabytes instead of fourteen.
"""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects.sqlite import dialect

from bench.burst import waiting
from bench.cost import Chain
from config.company import load_company
from config.database import Base, open_database
from config.settings import Settings
from config.zone import Zone
from consign import schema
from dispatch.tables import Letter
from followup import people
from followup.agenda import AGENT, DUE, SUPERVISOR
from followup.people import Role
from followup.searchwords import words_of
from followup.tables import Shipment, Task
from followup.tables_desk import SearchWord
from intake.orderform import OrderForm
from intake.tables import Event, InboundMail, Order, Revision

TOGETHER = 100_000  # orders whose words are sorted together: an index is written fastest in its own sequence
A_DAY = 2000  # orders
CUSTOMERS = 50_000
FIRST = 1000  # id of the first copy
TABLES: tuple[type[Base], ...] = (InboundMail, Order, Revision, Letter, Task, Shipment, Event, SearchWord)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向常"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲芬燕梅兰凤洁琳莉建国文辉力健永林飞鹏志浩宇轩子涵欣怡梓"
    "晨思雨佳琪俊凯博远航晓东海波天翔立新春生小龙云峰振宏鑫淼"
)
DISTRICTS = ["静安", "长宁", "徐汇", "普陀", "虹口", "杨浦", "黄浦", "闵行", "宝山", "嘉定", "松江", "青浦", "奉贤"]
ROADS = [
    "南京西",
    "仙霞",
    "漕溪北",
    "曹杨",
    "四川北",
    "控江",
    "淮海中",
    "七莘",
    "共和新",
    "曹安",
    "莘砖",
    "外青松",
    "航南",
    "沪闵",
    "中山北",
    "延安西",
    "虹桥",
    "江场",
    "灵石",
    "真北",
]
PARKS = [
    "恒隆广场",
    "宏图大厦",
    "张江科技园",
    "海通仓库",
    "顺丰产业园",
    "新桥工业区",
    "远东物流港",
    "东方商厦",
    "金桥仓",
    "联华配送中心",
]
TOWNS = [
    "杭州",
    "宁波",
    "温州",
    "苏州",
    "南京",
    "无锡",
    "常州",
    "嘉兴",
    "绍兴",
    "金华",
    "台州",
    "合肥",
    "武汉",
    "广州",
    "深圳",
    "成都",
    "北京",
    "天津",
    "青岛",
    "厦门",
]
GOODS = [
    "日用百货",
    "机床配件",
    "电子元件",
    "服装",
    "轴承",
    "阀门",
    "塑料粒子",
    "纸箱",
    "五金工具",
    "汽车零件",
    "家具",
    "灯具",
    "瓷砖",
    "电缆",
    "办公用品",
]
TRADES = [
    "精工机械",
    "海通贸易",
    "宏远电子",
    "恒达服饰",
    "联华五金",
    "东方仪表",
    "新华建材",
    "顺达汽配",
    "金桥塑胶",
    "远景照明",
]


@dataclass(frozen=True)
class Customer:
    """Who ships: what stays the same in all his orders."""

    name: str
    phone: str
    company: str
    pickup: str
    address: str


def _name(chance: random.Random) -> str:
    return SURNAMES[int(len(SURNAMES) * chance.random() ** 2)] + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))


def _phone(chance: random.Random) -> str:
    return f"1{chance.choice('35789')}{chance.randrange(10**9):09}"


def _street(chance: random.Random) -> str:
    return f"{chance.choice(ROADS)}路{chance.randrange(1, 2000)}号{chance.choice(PARKS)}{chance.randrange(1, 40)}栋"


def customers(chance: random.Random) -> list[Customer]:
    return [
        Customer(
            _name(chance),
            _phone(chance),
            f"上海{_name(chance)[1:]}{chance.choice(TRADES)}有限公司",
            f"上海市{chance.choice(DISTRICTS)}区{_street(chance)}",
            f"c{number}@shipper{number % 9000}.example",
        )
        for number in range(CUSTOMERS)
    ]


class Models:
    """The rows of the order that is copied, as SQLite holds them, and the statements that write their copies."""

    def __init__(self, file: Path, tables: Iterable[Table]) -> None:
        reading = sqlite3.connect(file)
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.columns: dict[str, dict[str, int]] = {}
        self.insert: dict[str, str] = {}
        for table in tables:
            names = [column.name for column in table.columns]
            of = "id" if table.name in ("orders", "inbound_mail") else "order_id"
            read = f"SELECT {', '.join(names)} FROM {table.name} WHERE {of} = 1"  # noqa: S608 (names of our own tables)
            self.rows[table.name] = reading.execute(read).fetchall()
            self.columns[table.name] = {name: place for place, name in enumerate(names)}
            self.insert[table.name] = str(insert(table).compile(dialect=dialect()))
        reading.close()

    def copy(self, table: str, place: int, **changes: Any) -> tuple[Any, ...]:
        row = list(self.rows[table][place])
        for name, value in changes.items():
            row[self.columns[table][name]] = value
        return tuple(row)


class Filling:
    """Copies for one file; the same numbers give the same file, but for the times, which end now."""

    def __init__(self, file: Path, orders: int, tasks: int) -> None:
        self.file, self.orders, self.tasks = file, orders, tasks
        self.chance = random.Random(20261124)
        self.now = datetime.now(UTC)
        self.known = customers(self.chance)
        self.zones = [zone.value for zone in Zone if zone is not Zone.OUTSIDE]
        self.drivers: list[str] = []
        self.rows: dict[str, list[tuple[Any, ...]]] = {}

    def run(self) -> None:
        """Makes the file. Raises FileExistsError where there is one."""
        self.file.touch(exist_ok=False)
        self._first()
        tables: list[Any] = [one.__table__ for one in TABLES]
        self.models = Models(self.file, tables)
        writing = sqlite3.connect(self.file, isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-1000000"):
            writing.execute(f"PRAGMA {pragma}")
        for start in range(0, self.orders, TOGETHER):
            self.rows = {table.name: [] for table in tables}
            for number in range(start, min(start + TOGETHER, self.orders)):
                self._order(number)
            writing.execute("BEGIN")
            for name, rows in self.rows.items():
                writing.executemany(self.models.insert[name], sorted(rows) if name == "search_word" else rows)
            writing.execute("COMMIT")
        writing.close()

    def _first(self) -> None:
        """The schema, the agents, and the order that is copied: it goes the whole way."""
        settings = Settings()
        company = load_company(settings)
        self.drivers = [dispatcher.key for dispatcher in company.dispatchers]
        database = open_database(f"sqlite:///{self.file}")
        schema.upgrade(database)
        with database.write() as session:
            for name, role in (("li", Role.AGENT), ("zhao", Role.SUPERVISOR)):
                people.add(session, name, role, "", name, self.now, "bench")
        Chain(database, company, settings, "").run(waiting(1))
        database.close()

    def _order(self, number: int) -> None:
        chance, models = self.chance, self.models
        shipper = self.known[int(CUSTOMERS * chance.random() ** 3)]
        key = FIRST + number
        day = self.now - timedelta(days=1 + (self.orders - 1 - number) // A_DAY)
        at = day + timedelta(seconds=30 * (number % A_DAY))
        shown = f"{day:%Y%m%d}-{1 + number % A_DAY:04}"
        form = self._form(shipper)
        common = {"mail_id": key, "order_id": key}
        add = self.rows
        add["inbound_mail"].append(
            models.copy("inbound_mail", 0, id=key, uid=key, fingerprint=f"{key}", sender=shipper.address)
        )
        add["orders"].append(
            models.copy(
                "orders", 0, id=key, number=shown, mail_id=key, shipper_address=shipper.address, opened_at=_sql(at)
            )
        )
        revision = {"id": key, "form": form.model_dump_json(), "content_key": f"{key}", "ordered_at": _sql(at)}
        add["revision"].append(models.copy("revision", 0, **common, **revision))
        for name in ("letter", "event"):
            many = len(models.rows[name])
            add[name] += [self._further(name, place, key, key * many + place, at) for place in range(many)]
        self._task(number, key, shown, shipper)
        add["search_word"] += [(word, key) for word in words_of(form, shipper.address)]

    def _further(self, name: str, place: int, key: int, own: int, at: datetime) -> tuple[Any, ...]:
        """A letter or an event of the order, a few seconds after it."""
        columns = self.models.columns[name]
        changes: dict[str, Any] = {"id": own, "order_id": key}
        model = self.models.rows[name][place]
        for column in ("mail_id", "letter_id"):
            if column in columns and model[columns[column]] is not None:
                changes[column] = key
        for column in ("key", "message_id"):
            if column in columns:
                changes[column] = f"{model[columns[column]]}~{key}"
        for column, seconds in (("at", 1), ("clear_at", 0), ("sent_at", 4), ("due_by", 180)):
            if column in columns and model[columns[column]] is not None:
                changes[column] = _sql(at + timedelta(seconds=seconds))
        if "octets" in columns:
            changes["octets"] = model[columns["octets"]][:1024]
        return self.models.copy(name, place, **changes)

    def _form(self, shipper: Customer) -> OrderForm:
        chance = self.chance
        form = json.loads(self.models.rows["revision"][0][self.models.columns["revision"]["form"]])
        form["shipper"] |= {"name": shipper.name, "phone": shipper.phone, "company": shipper.company}
        form["consignee"] |= {"name": _name(chance), "phone": _phone(chance)}
        form["cargo"]["description"] = chance.choice(GOODS)
        return OrderForm.model_validate(
            form | {"pickup_address": shipper.pickup, "destination": TOWNS[int(len(TOWNS) * chance.random() ** 2)]}
        )

    def _task(self, number: int, key: int, shown: str, shipper: Customer) -> None:
        """The newest orders have a task that is open, the others one that was done; few are overdue."""
        chance = self.chance
        is_open = number >= self.orders - self.tasks
        kind = chance.choice(list(DUE))
        due = self.now + timedelta(minutes=chance.randrange(-60, 2880))
        zone, driver = chance.choice(self.zones), chance.choice(self.drivers)
        role = SUPERVISOR if chance.random() < 0.05 else AGENT
        changes: dict[str, Any] = {"id": key, "order_id": key, "key": f"{shown}/{kind}/1", "kind": str(kind)}
        changes |= {"whom": shipper.name, "phone": shipper.phone, "role": role, "zone": zone, "dispatcher": driver}
        changes |= {"due_at": _sql(due), "call_from": _sql(due - timedelta(minutes=10))}
        done = _sql(self.now - timedelta(days=2, seconds=number))
        if not is_open:
            changes |= {"state": "closed", "outcome": "picked_up", "closed_at": done, "closed_by": "agent:li"}
        self.rows["task"].append(self.models.copy("task", 0, **changes))
        fetched = {} if is_open else {"picked_up_at": done, "closed_at": done, "stage": "closed"}
        self.rows["shipment"].append(
            self.models.copy("shipment", 0, order_id=key, zone=zone, dispatcher=driver, **fetched)
        )


def _sql(at: datetime) -> str:
    """A time as SQLAlchemy writes it for SQLite."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def fill(file: Path, orders: int, tasks: int, clock: Callable[[], float] = time.monotonic) -> float:
    """Makes the file; returns the seconds that it took. A file that is there stays as it is, and took none."""
    if file.exists():
        return 0.0
    began = clock()
    Filling(file, orders, tasks).run()
    return clock() - began
