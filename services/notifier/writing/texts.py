"""The house's templates, as they were edited: in a sandbox, with nothing in them but names, choices and lists."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from shared.errors import Misconfigured
from shared.policy.tree import nearest
from shared.policy.wording import Wording

PLACE = re.compile(r"\{\{ *\w+ *\}\}")
"""Where a template says something that is known of the case."""
INCLUDE = re.compile(r'^% include "([\w-]+\.txt)"$', re.MULTILINE)
ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.For, nodes.Const, nodes.Tuple),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
)
"""Names and constants, `if`, `for`, `and`, `or`, `not`, comparisons: what else Jinja can do, no letter needs."""


def _said(value: Any) -> Any:
    """What is not known cannot be said: such a letter is not written, rather than sent with a gap."""
    if value is None:
        raise ValueError("a template says something that is not known here: ask for it with `if` first")
    return value


SANDBOX = SandboxedEnvironment(
    line_statement_prefix="%",
    trim_blocks=True,
    undefined=StrictUndefined,
    finalize=_said,
    autoescape=False,
)
"""Letters are plain text and nothing in them is escaped; whatever makes HTML of one escapes all of it."""
SANDBOX.globals.clear()  # no template of ours uses them, and they would be copied for every text


@lru_cache(maxsize=2048)
def compiled(text: str) -> Template:
    """The environment's own cache takes a lock and more, some times for each letter."""
    return SANDBOX.from_string(text)


class Texts(dict[str, str]):
    """A language's templates, each with what it includes in its place, which saves a third of the time of every letter."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        super().__init__()
        self._letters = letters

    def __missing__(self, name: str) -> str:
        text = self[name] = INCLUDE.sub(lambda found: self[_part(found)], self._letters[name])
        return text


def _part(included: re.Match[str]) -> str:
    return included[1].removesuffix(".txt")


def check_templates(wording: Wording, names: frozenset[str], needed: frozenset[str]) -> None:
    """Every template can be filled in from `names`, and those `needed` are there. Raises Misconfigured with file, line
    and fix."""
    for language, said in wording.languages.items():
        missing = sorted(needed - said.letters.keys())
        if missing:
            raise Misconfigured(f"{_file(wording, language, missing[0])}: the template is missing: write it")
        for name, text in said.letters.items():
            _check(_file(wording, language, name), text, names, said.letters)


def _file(wording: Wording, language: str, name: str) -> Path:
    return Path(wording.folder) / language / f"{name}.txt"


def _check(file: Path, text: str, names: frozenset[str], letters: Mapping[str, str]) -> None:
    for found in INCLUDE.finditer(text):
        if (name := found[1].removesuffix(".txt")) not in letters:
            _refuse(file, text.count("\n", 0, found.start()) + 1, f"there is no {found[1]}: {nearest(name, letters)}")
        if f'include "{file.name}"' in letters[name]:
            _refuse(file, text.count("\n", 0, found.start()) + 1, f"{found[1]} includes this one again: take one out")
    try:
        tree = SANDBOX.parse(INCLUDE.sub("", text))
    except TemplateSyntaxError as wrong:
        _refuse(file, wrong.lineno, f"{str(wrong.message).rstrip('.')}: write it as the other templates do")
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, ALLOWED):
            _refuse(file, node.lineno, f"{_name(node)} is not for letters: use names, `if`, `for` and comparisons only")
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in names | own:
            _refuse(file, node.lineno, f"nothing is known under `{node.name}`: {nearest(node.name, names | own)}")


def parts_of(letters: Mapping[str, str], name: str, above: frozenset[str] = frozenset()) -> frozenset[str]:
    """The template itself and all that it includes, through whatever else."""
    if name in above or name not in letters:
        return above
    parts = above | {name}
    return parts.union(*(parts_of(letters, _part(found), parts) for found in INCLUDE.finditer(letters[name])))


def _name(node: nodes.Node) -> str:
    return {"Call": "calling something", "Getattr": "`.`", "Getitem": "`[…]`", "Filter": "`|`"}.get(
        type(node).__name__, f"a {type(node).__name__.lower()}"
    )


def _refuse(file: Path, line: int, wrong: str) -> NoReturn:
    raise Misconfigured(f"{file}:{line}: {wrong}")
