"""Contracts that are read quickly, and made to cost time or memory to compile or to be used."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hostile_contracts import HEAD, Shape

__all__ = ["COMPILED", "everyday_patterns", "with_patterns"]

_SPARE = 200
"""So many characters of a contract are not its pattern."""


def with_patterns(patterns: Iterable[str]) -> str:
    """Write a contract with one optional field for each pattern."""
    fields = (
        f"{{name: f{number},type: string,required: false,pattern: "
        f"{json.dumps(pattern, ensure_ascii=False)}}}"
        for number, pattern in enumerate(patterns)
    )
    return f"{HEAD}ontology: {{entities: [{','.join(fields)}]}}\n"


def _of(part: str, *, before: str = "", after: str = "", most: int = 2**30) -> Shape:
    """Make contracts of one pattern that repeats one part, so often at most."""
    cost = len(json.dumps(part, ensure_ascii=False).encode()) - 2

    def shape(size: int) -> str:
        return with_patterns([before + part * min(most, (size - _SPARE) // cost) + after])

    return shape


def _numbered(part: str, *, before: str = "", after: str = "", most: int = 2**30) -> Shape:
    """Make contracts of one pattern that repeats one part with the number of each in it."""

    def shape(size: int) -> str:
        count = min(most, (size - _SPARE) // (len(part.encode()) + 5))
        return with_patterns([before + "".join(part % number for number in range(count)) + after])

    return shape


def _fields(pattern: str, *, most: int = 2**30) -> Shape:
    """Make contracts of many fields, the number of each in its pattern."""

    def shape(size: int) -> str:
        cost = len(json.dumps(pattern, ensure_ascii=False).encode()) + 60
        return with_patterns(pattern % number for number in range(min(most, size // cost)))

    return shape


def _distinct_sets(before: str, after: str, *, is_one: bool) -> Shape:
    def shape(size: int) -> str:
        count = min(size // (80 if not is_one else 16), 30_000)
        sets = [f"{before}{chr(0x4E00 + number)}{after}" for number in range(count)]
        return with_patterns(["".join(sets)] if is_one else sets)

    return shape


def _anchored(size: int) -> str:
    """Share one pattern of alternatives between 50 fields."""
    words = "|".join(
        f"[a-z]{{{number % 7 + 1}}}x{number}" for number in range(min(1_800, size // 20))
    )
    fields = ",".join(f"{{name: f{n},type: string,pattern: *p }}" for n in range(1, 50))
    first = f"{{name: f0,type: string,pattern: &p {json.dumps(f'^(?:{words})$')}}}"
    return f"{HEAD}ontology: {{entities: [{first},{fields}]}}\n"


def _shared_fields(size: int) -> str:
    """Share an object of fields with patterns between many."""
    inner = ",".join(
        f'{{name: a{n},type: string,pattern: "a{n}"}}' for n in range(min(1_000, size // 40))
    )
    outer = ",".join(f"{{name: b{n},type: object,properties: *a }}" for n in range(90))
    return f"{HEAD}x: &a [{inner}]\nontology: {{entities: [{outer}]}}\n"


def _rules(rule: str) -> Shape:
    return lambda size: (
        f"{HEAD}ontology: {{entities: []}}\nquality: [{(rule + ',') * (size // (len(rule) + 1))}]\n"
    )


def _many_rules(size: int) -> str:
    rules = (f"{{type: freshness,field: a{n},max_age_seconds: 5}}," for n in range(size // 50))
    return f"{HEAD}ontology: {{entities: []}}\nquality: [{''.join(rules)}]\n"


_EVERYDAY = (
    r"^[a-zA-Z0-9._%+-]{1,#}@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
    r"^[\w.+-]{1,#}@[\w-]+\.[\w.-]+$",
    r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:/#)?$",
    r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:/#)?$",
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,#})?(?:Z|[+-]\d{2}:\d{2})$",
    r"^ord_#_[0-9]+$",
    r"^[a-z0-9]+(?:-[a-z0-9]+){0,#}$",
    r"^\p{L}[\p{L}\p{M}'’. -]{0,#}$",
    r"^\w{1,#}$",
    r"(?i)^[a-z]{2}#[a-z0-9 ]+$",
    r"^https?://[^\s/$.?#]#\.[^\s]*$",
    r"^\+?[1-9]\d{1,#}$",
    r"^(?:EUR|USD|GBP|JPY|CHF)#?$",
    r"^[A-Z]{2}\d{2}[A-Z0-9]{#}$",
    r"^[\p{Lu}][\p{L}\s-]{1,#}$",
    r"^\S(?:.{0,#}\S)?$",
    r"\bsku-#\b",
    r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::#)?$",
    r"^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]{1,#})?$",
    r"^#(?:[0-9a-fA-F]{3}){1,2}$",
)
"""E-mail addresses, UUIDs, dates, times, ids, slugs, names, words, and so on; # is a number."""


def everyday_patterns(count: int) -> list[str]:
    """Write so many distinct patterns as contracts have."""
    kinds = len(_EVERYDAY)
    return [_EVERYDAY[n % kinds].replace("#", str(n // kinds + 2)) for n in range(count)]


COMPILED: dict[str, Shape] = {
    "one pattern in 50 fields": _anchored,
    "a shared object with patterns": _shared_fields,
    "one literal": _of("a"),
    "a long literal": _of("a", most=300_000),
    "groups": _of("(a)"),
    "many groups": _of("(a)", most=19_000),
    "optional parts": _of("a?"),
    "many optional parts": _of("a?", before="^", after="$", most=20_000),
    "counted repetitions": _of("a{3}b"),
    "15,000 counted repetitions": _of("[a-z]{1,2}x", most=15_000),
    "many counted repetitions": _of("a{3}b", before="^", after="$", most=14_000),
    "counted groups": _of("(?:ab?){9}", before="^", after="$", most=5_000),
    "stacked repetitions": _of("{2}", before="a"),
    "classes": _of("[ab]"),
    "many classes": _of("[ab]", most=35_000),
    "Unicode classes": _of(r"\pL"),
    "assertions": _of(r"\b", most=37_000),
    "branches": _of("a|b|"),
    "empty branches": _of("|", most=40_000),
    "words": _numbered("w%d|", before="^(?:", after="x)$"),
    "many words": _numbered("w%d|", before="^(?:", after="x)$", most=12_000),
    "words that may end early": _numbered("w%d?|", before="^(?:", after="x)$", most=9_000),
    "named groups": _numbered("(?P<n%d>a)", most=14_000),
    "flags": _of("(?i)"),
    "folded letters": _of("a", before="(?i)", most=40_000),
    "folded classes": _of(r"[\pL]", before="(?i)"),
    "a class of many classes": _of(r"\pL", before="[", after="]"),
    "intersections": _of("[" + r"\pL&&" * 200 + "a]"),
    "a class of many characters": lambda size: with_patterns(
        ["[" + "".join(chr(0x10000 + 2 * n) for n in range(min(size // 4 - 50, 100_000))) + "]"]
    ),
    "nested groups": _of("(" * 100 + "a" + ")" * 100),
    "distinct sets": _distinct_sets(r"[\pL", "]", is_one=True),
    "distinct sets in fields": _distinct_sets(r"[\pL", "]", is_one=False),
    "distinct sets in fields, repeated": _distinct_sets(r"[\pL", "]{200}", is_one=False),
    "folded distinct sets in fields": _distinct_sets(r"(?i)[\pL", "]", is_one=False),
    "sets at the limit of the size": _fields(r"^\w{1,205}x%d$"),
    "dots at the limit of the size": _fields(r".{10480}%d"),
    "counted groups in fields": _fields(r"^(?:a?b?c){1000}x%d"),
    "small patterns": _fields("a%d"),
    "Cyrillic names": _fields("^[А-Яа-яЁё -]{1,%d}$"),
    "everyday patterns": lambda size: with_patterns(everyday_patterns(size // 100)),
    "2,000 patterns": _fields("^[a-z]{2}[0-9]{3}-%d$", most=2_000),
    "freshness rules on one field": _rules("{type: freshness,field: a,max_age_seconds: 5}"),
    "freshness rules on many fields": _many_rules,
    "rules with long paths": _rules("{type: completeness,field: " + "a." * 500 + "}"),
}
"""What takes long to compile, or is refused."""
