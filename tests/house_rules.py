"""The rules of the house that a reader of the code relies on, checked on the code's own syntax tree.

Each rule takes the modules of a tree and returns what breaks it, one sentence each: module, line, and what is wrong.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

WINGS = ("host", "runtime", "bus", "policy")
"""Each stands on those after it; the words (events, money, errors) lie below all."""
LANGUAGE = {
    "form": set[str](),
    "arithmetic": {"form"},
    "reading": {"form", "arithmetic"},
    "judging": {"form", "arithmetic"},
    "proving": {"form", "judging"},
    "testing": {"form", "reading", "judging", "proving"},
}
"""The packages of the policy language, and on which of them each stands."""
WORDS = {"shared.events", "shared.money", "shared.remedy", "shared.errors", "shared.ids"}
PURE_SHARED = WORDS | {"shared.policy", "shared.runtime.decider"}
PURE_CORES = re.compile(r"services/\w+/core\.py|services/verifier/judge\w*\.py|services/notifier/wording\.py")
PURE_TOO = re.compile(
    r"services/offer/(case|menu|life|limits|explanation)\.py|services/feeds/(statuspage|prometheus|upptime)\.py"
    r"|shared/policy/(\w+/)*\w+\.py|shared/runtime/decider\.py"
)
WAITS = {"asyncio", "concurrent", "multiprocessing", "selectors", "select", "signal", "subprocess", "threading", "time"}
LOOKS = {"http", "io", "logging", "os", "random", "secrets", "socket", "sqlite3", "ssl", "tempfile", "urllib"}
EFFECTS = WAITS | LOOKS
"""Parts of the standard library that wait, look around, draw a number or touch the machine."""
PURE_LIBRARIES = {"msgspec"}
LIBRARIES_OF = {
    "shared.money": {"iso4217"},
    "shared.policy": {"yaml", "lark", "holidays", "iso4217"},  # whatever loads it; the rest has no use for it
    "services.notifier.writing.voice": {"babel"},
    "services.notifier.writing.texts": {"jinja2"},
}
SEEDED = {"shared.policy.language.proving.drawn_cases", "shared.policy.language.proving.dead_checks"}
"""Draw cases from a fixed seed, so that the same file raises the same doubts; no decision rests on them."""
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
CLOCKS |= {f"time.{name}" for name in ("time", "time_ns", "gmtime", "localtime", "ctime", "strftime")}
SQL_CLOCKS = re.compile(
    r"(?<!clock\.)\bnow\(\)|\b(clock|statement|transaction)_timestamp\b|\bcurrent_(timestamp|date|time)\b"
)
ON_THE_ROAD = re.compile(r"services/|shared/(runtime|bus|policy)/")
MACHINE_TIME = re.compile(r"shared/bus/embedded\w*\.py")
"""Whether a member is alive and a record old is a matter of the machine's time, which no rehearsal may stop."""
THEIR_TIME = "services/notifier/sending/webhooks.py"
"""Whoever receives a signed call compares its time with their own clock, whatever ours is set to."""
SCHEDULES = Path(__file__).resolve().parents[1] / "deploy" / "policy" / "schedules"
LINES = 300
LONG = {"shared/events.py": "every fact that crosses a topic, in one place"}
NO_NAMES = {"Manager", "Handler", "Helper", "Utils", "Util", "Abstract", "Impl", "Processor"}


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its path in the tree, its text and what it says."""

    name: str
    path: str
    text: str
    tree: ast.Module
    imports: tuple[tuple[str, int], ...]
    """Dotted names with their lines: a project's module by its full name, a library's as written."""

    def at(self, line: int, what: str) -> str:
        return f"{self.path}:{line} {what}"


Modules = dict[str, Module]


def read_modules(root: Path) -> Modules:
    """Every module under services/ and shared/ of the tree at `root`, by dotted name; a package's is its own name."""
    files = {
        name_of(file.relative_to(root)): file for top in ("services", "shared") for file in root.glob(f"{top}/**/*.py")
    }
    modules = {}
    for name, file in sorted(files.items()):
        text = file.read_text()
        tree = ast.parse(text)
        imports = tuple(imported(tree, files.keys() | packages(files)))
        modules[name] = Module(name, file.relative_to(root).as_posix(), text, tree, imports)
    return modules


def name_of(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def packages(files: dict[str, Path]) -> set[str]:
    return {name.rpartition(".")[0] for name in files}


def imported(tree: ast.Module, known: set[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                whole = {f"{module}.{alias.name}" for alias in names} & known
                yield from ((name, node.lineno) for name in (whole or {module}))
            case ast.ImportFrom():
                yield ("a relative import", node.lineno)
            case _:
                pass


def services_keep_apart(modules: Modules) -> list[str]:
    """A service knows no other; they meet in `__main__` and on the command line, where things are composed."""
    return [
        module.at(line, f"services must not import each other: {name}")
        for module in modules.values()
        if (mine := service_of(module.name)) and mine != "cli" and not module.path.endswith("__main__.py")
        for name, line in module.imports
        if service_of(name) not in {"", mine}
    ]


def service_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "services" and len(parts) > 1 else ""


def shared_stands_alone(modules: Modules) -> list[str]:
    """What is shared knows nothing of those who share it."""
    return [
        module.at(line, f"shared must not import {name}")
        for module in modules.values()
        if module.name.startswith("shared")
        for name, line in module.imports
        if name.split(".")[0] in {"services", "tests", "deploy"}
    ]


def wings_import_downwards(modules: Modules) -> list[str]:
    """host → runtime → bus → policy → words."""
    return [
        module.at(line, f"a wing must not import one above it: {name}")
        for module in modules.values()
        if module.name.startswith("shared.")
        for name, line in module.imports
        if name.startswith("shared.") and depth(name) < depth(module.name)
    ]


def the_language_stands_in_layers(modules: Modules) -> list[str]:
    """What a schedule is comes first; judging does not know how it was read, and proving not how it will be tried."""
    return [
        module.at(line, f"`{mine}` must not stand on `{other}`: {name}")
        for module in modules.values()
        if (mine := package_of_language(module.name))
        for name, line in module.imports
        if (other := package_of_language(name)) and other != mine and other not in LANGUAGE[mine]
    ]


def package_of_language(name: str) -> str:
    parts = name.split(".")
    return parts[3] if parts[:3] == ["shared", "policy", "language"] and len(parts) > 4 else ""


def depth(name: str) -> int:
    wing = name.split(".")[1]
    return WINGS.index(wing) if wing in WINGS else len(WINGS)


def cores_are_pure(modules: Modules) -> list[str]:
    """A core, and all of its service that it imports, answers from what it is given and from nothing else."""
    waiting = [
        module for module in modules.values() if PURE_CORES.fullmatch(module.path) or PURE_TOO.fullmatch(module.path)
    ]
    seen: set[str] = set()
    broken = []
    while waiting:
        module = waiting.pop()
        if module.name in seen:
            continue
        seen.add(module.name)
        broken += [
            module.at(line, f"is pure and must not import {name}")
            for name, line in module.imports
            if not pure(module, name)
        ]
        broken += [module.at(line, f"is pure and must not ask for {what}") for what, line in looks_around(module)]
        waiting += [modules[name] for name, _ in module.imports if is_own(module, name) and name in modules]
    return broken


def pure(module: Module, name: str) -> bool:
    top = name.partition(".")[0]
    if top in {"shared", "services"}:
        return is_own(module, name) or any(name == allowed or name.startswith(f"{allowed}.") for allowed in PURE_SHARED)
    if top in sys.stdlib_module_names:
        return top not in EFFECTS or (top == "random" and module.name in SEEDED)
    extra = (
        names for owner, names in LIBRARIES_OF.items() if module.name == owner or module.name.startswith(f"{owner}.")
    )
    return top in PURE_LIBRARIES.union(*extra)


def is_own(module: Module, name: str) -> bool:
    """Whether it is of the same service; then it is held to the same rule."""
    return service_of(module.name) != "" and service_of(name) == service_of(module.name)


def looks_around(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if f"{owner}.{attr}" in CLOCKS:
                yield f"{owner}.{attr}", node.lineno
            case ast.Name(id=("uuid1" | "uuid4" | "uuid7" | "input" | "print") as name):
                yield name, node.lineno
            case ast.Attribute(value=ast.Name(id="uuid"), attr=("uuid1" | "uuid4" | "uuid7") as name):
                yield name, node.lineno
            case _:
                pass


def one_clock(modules: Modules) -> list[str]:
    """On the road only PostgreSQL's function clock.now() knows the time; time.monotonic() is for deadlines."""
    return [
        module.at(getattr(node, "lineno", 0), f"the time is asked of clock.now() alone, not of {what}")
        for module in modules.values()
        if ON_THE_ROAD.match(module.path) and module.path != THEIR_TIME
        for node in ast.walk(module.tree)
        if (what := clock_in(node) or sql_clock_in(node, module))
    ]


def clock_in(node: ast.AST) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attr) if f"{owner}.{attr}" in CLOCKS:
            return f"{owner}.{attr}"
        case ast.Attribute(value=ast.Attribute(attr=owner), attr=attr) if f"{owner}.{attr}" in CLOCKS:
            return f"{owner}.{attr}"
        case ast.ImportFrom(module="time", names=names):
            return ", ".join(f"time.{alias.name}" for alias in names if f"time.{alias.name}" in CLOCKS)
        case _:
            return ""


def sql_clock_in(node: ast.AST, module: Module) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not MACHINE_TIME.fullmatch(module.path):
        found = SQL_CLOCKS.search(node.value)
        return found.group() if found else ""
    return ""


def packages_are_plain(modules: Modules) -> list[str]:
    """Every folder of modules is a package, and importing it runs nothing: its __init__.py is there and empty."""
    folders = {Path(module.path).parent.as_posix() for module in modules.values()}
    inits = {
        Path(module.path).parent.as_posix(): module
        for module in modules.values()
        if module.path.endswith("__init__.py")
    }
    missing = [f"{folder}/__init__.py is missing" for folder in sorted(folders - inits.keys())]
    return missing + [module.at(1, "must be empty") for module in inits.values() if module.text.strip()]


def files_are_short(modules: Modules) -> list[str]:
    """A file that needs scrolling for ever has two subjects."""
    return [
        module.at(LINES, f"has {count} lines; {LINES} are enough")
        for module in modules.values()
        if (count := module.text.count("\n")) > LINES and module.path not in LONG
    ]


def names_say_something(modules: Modules) -> list[str]:
    """A class is named for what it is in the business, not for its place in a pattern."""
    return [
        module.at(node.lineno, f"{node.name} says nothing; what is it?")
        for module in modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and NO_NAMES & set(re.findall(r"[A-Z][a-z]+", node.name))
    ]


def schedules_are_data(modules: Modules) -> list[str]:
    """No service knows a schedule by name: which one applies is said in applies.yaml."""
    names = {file.stem for file in SCHEDULES.glob("*.yaml")}
    spellings = sorted(
        {spelled for name in names for spelled in (name, name.replace("_", "-"), name.replace("-", "_"))}
    )
    return [
        module.at(module.text[: found.start()].count("\n") + 1, f"a service must not know {found[0]}")
        for module in modules.values()
        if module.path.startswith("services/")
        for found in re.finditer("|".join(spellings), module.text)
    ]


RULES: tuple[Callable[[Modules], list[str]], ...] = (
    services_keep_apart,
    shared_stands_alone,
    wings_import_downwards,
    the_language_stands_in_layers,
    cores_are_pure,
    one_clock,
    packages_are_plain,
    files_are_short,
    names_say_something,
    schedules_are_data,
)
