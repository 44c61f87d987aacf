"""A customer export with the mess of a real one, the same for the same seed. Not the sandbox's own state.

What is wrong with it, on purpose: names in many scripts, composed and decomposed accents, emoji, blanks
that do not show, missing e-mails, rows exported twice, four ways to write a date, notes like formulas.
"""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta

COLUMNS = ("customer_id", "name", "email", "phone", "city", "signed_up", "description")

_FIRST = (
    "Anna", "Björn", "Chloë", "Đorđe", "Émile", "Fatma", "Γιώργος", "Hồng", "İpek", "Jürgen", "Kwame",
    "Łukasz", "María José", "Ngọc", "Øyvind", "Renée", "Søren", "Tomáš", "Úrsúla", "Владимир", "Wiremu",
    "Xóchitl", "Yıldız", "Zoë", "美咲", "志明", "지우", "أحمد", "נועה", "प्रिया", "สมชาย",
)  # fmt: skip
_LAST = (
    "Åkesson", "Brontë", "Çelik", "D’Angelo", "Eriksdóttir", "Fernández-Muñoz", "Großmann", "Hòa", "Ivanović",
    "Kovács", "L'Écuyer", "Müller", "Nuñez", "O'Brien", "Petrov", "Quispe", "Rødgaard", "Sørensen", "Țurcanu",
    "van der Berg", "Wójcik", "Žižek", "佐藤", "王", "김", "الحسن", "כהן",
)  # fmt: skip
_CITIES = ("København", "São Paulo", "München", "Kraków", "Αθήνα", "Київ", "東京", "서울", "Québec", None)
_NOTES = (None, None, "VIP 🎉", "invoice\nby post", "\u00a0", '"call first"', "=1+1", "NULL")
_SPOILERS = (" ", "  ", "\u00a0", "\u200b", "\t")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def build_messy_customers(count: int = 1000, *, seed: int = 7) -> list[dict[str, str | None]]:
    """Return an export of `count` different customers, some of them in it twice (15 in 1,000).

    A missing value is None. `customer_id` tells customers apart; a repeated row is the same in every column.
    """
    chance = random.Random(seed)
    rows = [_customer(number, chance) for number in range(1, count + 1)]
    for repeated in chance.sample(rows, k=count * 15 // 1000):
        rows.insert(chance.randrange(len(rows) + 1), dict(repeated))
    return rows


def _customer(number: int, chance: random.Random) -> dict[str, str | None]:
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    if chance.random() < 0.10:  # as a file typed on a Mac has it: é as e and an accent
        name = unicodedata.normalize("NFD", name)
    if chance.random() < 0.05:
        name = name.upper()
    if chance.random() < 0.08:
        name += chance.choice(_SPOILERS)
    return {
        "customer_id": f"C-{number:05d}",
        "name": name,
        "email": _email(number, chance),
        "phone": _phone(chance),
        "city": chance.choice(_CITIES),
        "signed_up": _written(date(2019, 1, 1) + timedelta(days=chance.randrange(2500)), chance),
        "description": chance.choice(_NOTES),
    }


def _email(number: int, chance: random.Random) -> str | None:
    if chance.random() < 0.06:
        return None
    address = f"customer{number}@example.{chance.choice(('com', 'org', 'net'))}"
    if chance.random() < 0.05:
        address = address.replace("customer", "Customer.").upper()
    elif chance.random() < 0.04:
        address = address.replace("@", "+news@")
    return address


def _phone(chance: random.Random) -> str | None:
    number = f"{chance.randrange(10**7):07d}"
    spelled = (None, f"+45 {number[:4]} {number[4:]}", f"0{number}", f"(0{number[:2]}) {number[2:]}")
    return chance.choice(spelled)


def _written(day: date, chance: random.Random) -> str | None:
    return chance.choice(
        (
            day.isoformat(),
            f"{day.day}.{day.month}.{day.year}",
            f"{day.month}/{day.day}/{day.year % 100:02d}",
            f"{_MONTHS[day.month - 1]} {day.day}, {day.year}",
            None,
        )
    )
