"""Reads an offline run back with W&B's own reader, and compares every value with the JSON Lines. Not part of the
tests, which need no W&B: `pip install "soar-rl[wandb]"`, then

    WANDB_MODE=offline soar-wandb trackers/jsonl/my-run.jsonl
    python libs/python/scripts/open_wandb.py wandb/offline-run-*/run-*.wandb trackers/jsonl/my-run.jsonl
"""

import json
import sys

from wandb.proto import wandb_internal_pb2 as internal
from wandb.sdk.internal.datastore import DataStore


def records_of(path):
    store = DataStore()
    store.open_for_scan(path)
    while (data := store.scan_data()) is not None:
        record = internal.Record()
        record.ParseFromString(data)
        yield record


def values_of(items):
    return {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}


def main(stored, lines):
    with open(lines, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    head = rows[0]
    records = list(records_of(stored))
    kinds = {}
    for record in records:
        kind = record.WhichOneof("record_type")
        kinds[kind] = kinds.get(kind, 0) + 1
    print(f"records: {kinds}")

    run = next(record.run for record in records if record.HasField("run"))
    config = values_of(run.config.update)

    def leaf(path):
        node = config
        for part in path.split("."):
            node = node[part]
        return node

    for path, value in head["parameters"].items():
        assert leaf(path) == value, (path, leaf(path), value)
    print(f"run {run.run_id} of project {run.project}: {len(head['parameters'])} parameters, all equal")

    history = {}
    for record in records:
        if record.HasField("history"):
            row = values_of(record.history.item)
            for name, value in row.items():
                arm = name.split("/")[1] if name.startswith("training/") else ""
                step = row.get(f"training/{arm}/step" if arm else "outer/step")
                history.setdefault(name, []).append((step, value))
    expected = {}
    for row in rows:
        if row["kind"] == "scalar":
            arm = row.get("arm")
            name = f"training/{arm}/{row['tag'].rsplit('/', 1)[-1]}" if arm else row["tag"]
            expected.setdefault(name, []).append((row["step"], row["value"]))
    for name, points in expected.items():
        assert history[name] == points, (name, history[name][:3], points[:3])
    print(f"{len(expected)} curves, {sum(map(len, expected.values()))} points, all equal and in order")

    metrics = {
        record.metric.name or record.metric.glob_name: record.metric.step_metric
        for record in records
        if record.HasField("metric")
    }
    print(f"step metrics: {dict(sorted(metrics.items()))}")

    summary = {}
    for record in records:
        if record.HasField("summary"):
            summary.update(values_of(record.summary.update))
    results = {row["name"]: row["value"] for row in rows if row["kind"] == "result"}
    for name, value in results.items():
        assert summary[name] == value, (name, summary.get(name), value)
    table = {name: points[-1][1] for name, points in history.items() if name.startswith("questions")}
    table = table.get("questions", {"nrows": table.get("questions/nrows", 0)})
    questions = sum(row["kind"] == "question" for row in rows)
    assert table.get("nrows", 0) == questions, table
    artifacts = [
        record.request.log_artifact.artifact if record.HasField("request") else record.artifact
        for record in records
        if record.WhichOneof("record_type") == "artifact"
    ]
    print(f"artifacts: {[(each.name, each.type, len(each.manifest.contents)) for each in artifacts]}")
    print(f"{len(results)} results, all equal; a table of {questions} questions; complete: {summary.get('complete')}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
