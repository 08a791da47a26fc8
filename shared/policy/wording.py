"""What the house's letters and pages say, language by language: read from wording/LANGUAGE/, or refused with file, line
and fix.

`words.yaml` has the words that letters and pages share, `page.yaml` those of the customer's page, `marks.yaml` the phrases by which a letter is proved, and each
`NAME.txt` is the template of one letter, or of a part of several where the name begins with `_`. That a template says
what it must is proved by the notifier, which fills it in.
"""

import re
from pathlib import Path
from string import Formatter

from msgspec import Struct
from msgspec.structs import fields

from shared.errors import Misconfigured
from shared.policy.shape import Places, read_shape
from shared.policy.tree import Place, nearest, read_tree

FOLDER = "wording"
WORDS, PAGE, MARKS = "words.yaml", "page.yaml", "marks.yaml"
TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
NAME = re.compile(r"[A-Za-z_]+")


class Words(Struct, frozen=True):
    """By section, words by name. `{…}` in them is filled in."""

    letter: dict[str, str]
    subjects: dict[str, str]
    things: dict[str, str]
    claims: dict[str, str]
    kinds: dict[str, str]
    forms: dict[str, str]
    reasons: dict[str, str]
    situations: dict[str, str]
    progress: dict[str, str]
    promises: dict[str, str]
    roles: dict[str, str]
    bodies: dict[str, str]
    arrives: dict[str, str]
    time: dict[str, str]


class Pages(Struct, frozen=True):
    """The words of the customer's page by name. `{…}` in them is filled in."""

    page: dict[str, str]


class Marks(Struct, frozen=True):
    """Phrases by which a letter is proved, in small letters. The first five have to be in it where they are due: whose
    `fault` it was, that it is put right (`repair`), `regret`, `thanks`, that no right is given up (`waives`). The
    others may be in none: `blame` of the customer, a plea for `patience`, that this is the `last` or all, `rebuttal` of who
    leaves, a `vague` promise without a day, asking for what is `on_file`, and a `cause` that no record gave.
    """

    fault: tuple[str, ...]
    repair: tuple[str, ...]
    regret: tuple[str, ...]
    thanks: tuple[str, ...]
    waives: tuple[str, ...]
    blame: tuple[str, ...]
    patience: tuple[str, ...]
    last: tuple[str, ...]
    rebuttal: tuple[str, ...]
    vague: tuple[str, ...]
    on_file: tuple[str, ...]
    cause: tuple[str, ...]


class Language(Struct, frozen=True):
    """One language: its words, those of the customer's page, its templates by name, and the phrases that prove them."""

    words: Words
    page: dict[str, str]
    letters: dict[str, str]
    marks: Marks


class Wording(Struct, frozen=True):
    """All languages by the names of their folders, such as `en` or `pt-BR`; `folder` is where they lie."""

    languages: dict[str, Language] = {}
    folder: str = ""

    def language_of(self, tag: str | None) -> str | None:
        """The nearest language that is spoken here: of `pt-BR` itself, else `pt`; none where neither is."""
        parts = (tag or "").replace("_", "-").split("-")[:3]
        known = {name.lower(): name for name in self.languages}
        spoken = ("-".join(parts[:size]).lower() for size in range(len(parts), 0, -1))
        return next((known[one] for one in spoken if one in known), None)


def read_wording(home: Path, house: str, place: Place) -> Wording:
    """The wording in the folder `home`; every language has what that of the house has, which is named at `place`.

    Raises Misconfigured.
    """
    if not home.is_dir():
        raise Misconfigured(f"{home}: the folder is missing: it has a folder for each language, such as {house}/")
    folders = {folder.name: folder for folder in sorted(home.iterdir()) if not folder.name.startswith(".")}
    for name, folder in folders.items():
        if not folder.is_dir() or not TAG.fullmatch(name):
            raise Misconfigured(f"{folder}: nothing reads this: a language is a folder, called like `en` or `pt-BR`")
    if house not in folders:
        place.refuse(f"`{house}` is not among the languages of {FOLDER}/: {nearest(house, folders)}")
    read = {name: _language(folder) for name, folder in folders.items()}
    languages = {name: language for name, (language, _) in read.items()}
    for name, (language, places) in read.items():
        _same(folders[name], language, places, languages[house], house)
    return Wording(languages, str(home))


def _language(folder: Path) -> tuple[Language, Places]:
    for file in sorted(folder.iterdir()):
        if file.name not in (WORDS, PAGE, MARKS) and file.suffix != ".txt":
            raise Misconfigured(
                f"{file}: nothing reads this file: a language has {WORDS}, {PAGE}, {MARKS} and NAME.txt"
            )
    words, places = read_shape(read_tree(folder / WORDS), Words)
    pages, places_of_page = read_shape(read_tree(folder / PAGE), Pages)
    letters = {file.stem: _text(file) for file in sorted(folder.glob("*.txt"))}
    marks, _ = read_shape(read_tree(folder / MARKS), Marks)
    return Language(words, pages.page, letters, marks), places | places_of_page


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        raise Misconfigured(f"{file}:1: the file cannot be read: save it as UTF-8 text") from None


def _same(folder: Path, language: Language, places: Places, other: Language, house: str) -> None:
    """Whatever language a customer reads, nothing is left unsaid: the house's own has the measure."""
    missing = sorted(other.letters.keys() - language.letters.keys())
    if missing:
        raise Misconfigured(f"{folder / missing[0]}.txt: the template is missing: {house} has it, write it here too")
    strange = sorted(language.letters.keys() - other.letters.keys())
    if strange:
        file = folder / f"{strange[0]}.txt"
        raise Misconfigured(f"{file}:1: {house} has no such template: {nearest(strange[0], other.letters)}")
    for section in (*(field.name for field in fields(Words)), "page"):
        mine, theirs = (language.page, other.page) if section == "page" else _both(section, language, other)
        for name in theirs:
            if name not in mine:
                places[section,].refuse(f"`{section}` has no `{name}`: write it as {house} does (`{theirs[name]}`)")
        for name, text in mine.items():
            if name not in theirs:
                places[section, name].refuse(f"{house} has no `{name}` here: {nearest(name, theirs)}")
            if (found := _filled_in(text)) != (wanted := _filled_in(theirs[name])):
                shown = ", ".join(f"{{{one}}}" for one in sorted(wanted or ())) or "no `{…}` at all"
                said = "a brace is not closed" if found is None else f"`{text}` is filled in otherwise than in {house}"
                places[section, name].refuse(f"{said}: it has {shown}")


def _both(section: str, *languages: Language) -> tuple[dict[str, str], ...]:
    return tuple(getattr(language.words, section) for language in languages)


def _filled_in(text: str) -> set[str] | None:
    """What is filled in to these words, as a sentence begins or not; none where the braces do not fit, or ask for more than a plain value."""
    try:
        parts = [(name, form, conversion) for _, name, form, conversion in Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    plain = all(NAME.fullmatch(name) and not form and not conversion for name, form, conversion in parts)
    return {name.lower() for name, _, _ in parts} if plain else None
