"""The file of topics: read strictly, and wrong in no way that a start would only show later."""

from pathlib import Path

import pytest

from shared.bus.topics import DAY, load_topics
from shared.errors import Misconfigured
from shared.events import TOPICS

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "topics.yaml"
WITH_WORDS = {"crm.complaints.v1", "amends.complaints.v1", "amends.answers.v1"}


def test_the_shipped_file_names_every_topic_of_the_road() -> None:
    topics = load_topics(SHIPPED)
    assert set(topics) == set(TOPICS)
    assert {spec.partitions for spec in topics.values()} == {4}


def test_a_customers_words_are_kept_for_the_shortest_time() -> None:
    topics = load_topics(SHIPPED)
    shortest = {
        name for name, spec in topics.items() if spec.retention == min(spec.retention for spec in topics.values())
    }
    assert shortest == WITH_WORDS
    assert topics["crm.complaints.v1"].retention == 7 * DAY


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", ":1: no topic is named"),
        ("{}", ":1: no topic is named"),
        ("- a", ":1: names with values are wanted here"),
        ("a: {partitions: 4}", ":1: a: retention_days is missing"),
        ("a: {retention_days: 4}", ":1: a: partitions is missing"),
        ("a:\n  partitions: 4\n  retention_days: 1\n  colour: red", ":4: a: colour is not known"),
        ("a: {partitions: four, retention_days: 1}", ":1: a: partitions wants a number"),
        ("a: {partitions: 0, retention_days: 1}", ":1: a: partitions wants a number above 0"),
        ("a: {partitions: 1.5, retention_days: 1}", ":1: a: partitions wants a number"),
        ("a: {partitions: 1, retention_days: -1}", ":1: a: retention_days wants"),
        ("a: {partitions: 1, retention_days: .nan}", ":1: a: retention_days wants"),
        ("a: {partitions: [1], retention_days: 1}", ":1: a: partitions wants"),
        ("a: 4", ":1: names with values"),
        ("a: {partitions: 1, retention_days: 1}\n\na: {partitions: 1, retention_days: 1}", ":3: a is there twice"),
        ("a: [", ":1: "),
        (
            "amends.a: {partitions: 4, retention_days: 1}\namends.b: {partitions: 3, retention_days: 1}",
            ":2: amends.b has 3 partitions and amends.a has 4",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, written: str, words: str) -> None:
    file = tmp_path / "topics.yaml"
    file.write_text(written)
    with pytest.raises(Misconfigured) as refused:
        load_topics(file)
    assert f"{file}{words}" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.yaml: cannot be read"):
        load_topics(tmp_path / "nowhere.yaml")
