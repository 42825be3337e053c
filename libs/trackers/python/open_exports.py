"""Opens exports with the real tools and compares every value with the JSON Lines. Not part of the tests, which need no
Python: `pip install tensorboard mlflow`, export a run to each tracker, then

    python open_exports.py trackers/jsonl/my-run.jsonl --tensorboard trackers/tensorboard
    python open_exports.py trackers/jsonl/my-run.jsonl --mlflow http://127.0.0.1:5000
"""

import argparse
import json
import struct
import urllib.parse
import urllib.request


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def read(file):
    with open(file, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    curves = {}
    for row in rows:
        if row["kind"] == "scalar":
            curves.setdefault((row.get("arm", ""), row["tag"]), []).append((row["step"], row["value"]))
        if row["kind"] == "result":
            curves[("", row["name"])] = [(row["step"], row["value"])]
    return rows[0], curves, [row for row in rows if row["kind"] == "question"]


def open_tensorboard(folder, head, curves, questions):
    """Through the server's own HTTP interface, which its pages call."""
    from tensorboard import program

    board = program.TensorBoard()
    board.configure(argv=[None, "--logdir", folder, "--host", "127.0.0.1", "--port", "0", "--load_fast", "false"])
    base = board.launch()

    def get(path, **query):
        body = query.pop("body", None)
        url = f"{base}data/plugin/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, body and json.dumps(body).encode())
        if body:
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    import time

    for _ in range(60):
        tags = get("scalars/tags")
        if head["run"] in tags:
            break
        time.sleep(0.5)
    points = 0
    for (arm, tag), expected in curves.items():
        run = head["run"] + (f"/{arm}" if arm else "")
        found = [(int(step), value) for _, step, value in get("scalars/scalars", run=run, tag=tag)]
        assert found == [(step, float32(value)) for step, value in expected], (run, tag, found[:3], expected[:3])
        points += len(found)
    print(f"tensorboard: {sorted(tags)}: {len(curves)} curves, {points} points, all equal in float32")
    if questions:
        html = get("text/text", run=head["run"], tag="questions")[0]["text"]
        print(f"tensorboard: questions: {html.count('<tr>')} rows (one is the head): {html[-130:]!r}")
        assert html.count("<tr>") == len(questions) + 1
    groups = get("hparams/session_groups", body={"startIndex": 0, "sliceSize": 10, "allowedStatuses": [
        "STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"], "colParams": []})
    [group] = groups["sessionGroups"]
    session = group["sessions"][0]
    assert group["hparams"] == head["parameters"], "hyper-parameters differ"
    print(f"tensorboard: hparams: {session['status']}, {len(group['hparams'])} parameters, "
          f"{len(group['metricValues'])} metrics")


def open_mlflow(uri, experiment, head, curves, questions):
    from mlflow import MlflowClient
    from mlflow.artifacts import load_dict

    client = MlflowClient(uri)
    where = client.get_experiment_by_name(experiment).experiment_id
    [run] = client.search_runs([where], f"tags.`soar.run_id` = '{head['run']}'")
    points = 0
    for (arm, tag), expected in curves.items():
        history = client.get_metric_history(run.info.run_id, f"{tag}/{arm}" if arm else tag)
        found = sorted((metric.step, metric.value) for metric in history)
        assert found == sorted(expected), (arm, tag, found[:3], expected[:3])
        points += len(found)
    print(f"mlflow: {run.info.run_name} {run.info.status}: {len(curves)} curves, {points} points, all equal; "
          f"{len(run.data.params)} parameters")
    print("mlflow: artifacts:", [(file.path, file.file_size) for file in client.list_artifacts(run.info.run_id)])
    if questions:
        table = load_dict(f"{run.info.artifact_uri}/questions.json")
        assert len(table["data"]) == len(questions)
        print("mlflow: questions:", table["columns"], table["data"][-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("jsonl")
    parser.add_argument("--tensorboard")
    parser.add_argument("--mlflow")
    parser.add_argument("--experiment", default="soar")
    flags = parser.parse_args()
    exported = read(flags.jsonl)
    if flags.tensorboard:
        open_tensorboard(flags.tensorboard, *exported)
    if flags.mlflow:
        import mlflow

        mlflow.set_tracking_uri(flags.mlflow)
        open_mlflow(flags.mlflow, flags.experiment, *exported)


main()
