"""What the runtime counts, for Prometheus: by flow, or for a relay by service."""

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("amends_records", "Records that a flow has moved past.", ["flow"])
ANSWERS = Counter("amends_answers", "Answers that a flow has given.", ["flow"])
DUPLICATES = Counter("amends_duplicates", "Events that a flow had heard before.", ["flow"])
LETTERS = Counter("amends_dead_letters", "Records that could not be read or decided.", ["flow", "kind"])
FENCED = Counter("amends_fenced", "Batches dropped since another member had moved the position.", ["flow"])
UNAVAILABLE = Counter("amends_unavailable", "Turns that found PostgreSQL or the bus away.", ["flow"])
BATCH_SECONDS = Histogram(
    "amends_batch_seconds",
    "From a batch in hand to its commit.",
    ["flow"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
BATCH_RECORDS = Histogram(
    "amends_batch_records", "Records in a batch.", ["flow"], buckets=(1, 2, 5, 10, 50, 100, 250, 500)
)
DOCUMENT_BYTES = Histogram(
    "amends_document_bytes",
    "The largest document of each batch.",
    ["flow"],
    buckets=(256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576),
)
LAG = Gauge("amends_lag_records", "Records behind the positions of this process.", ["flow"])
STOPPED = Gauge("amends_flow_stopped", "1 while a flow waits for a person.", ["flow"])
PUBLISHED = Counter("amends_published", "Events that the relay has put on the bus.", ["service"])
LEADING = Gauge("amends_leading", "1 in the process that holds the right.", ["right"])
