"""The results as files: JSON for machines, one page for people."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_HEAD = """# Results

Made by `make bench`; the JSON files beside this page hold every figure. Medians, with the least and the most of the
rounds in brackets. Both systems were measured in turn on the same machine, PostgreSQL, Redis, clinic and mail server;
patients, clinic and mail server share its processors, so compare the two columns rather than machines. A workflow
counts as notified when another connection can read that state.
"""


def write(folder: Path, results: Mapping[str, Any]) -> None:
    """Write one JSON file for each part that was measured, then the page over all parts that are there."""
    for name, measured in results.items():
        text = json.dumps(measured, indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n")
    kept = {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))}
    parts = [_HEAD, *(render(kept[name]) for name, render in _PARTS.items() if name in kept)]
    (folder / "README.md").write_text("\n".join(parts))


def machine(servers: Mapping[str, str]) -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **servers,
    }


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _figure(spread: Mapping[str, float]) -> str:
    return f"**{_short(spread['median'])}** ({_short(spread['least'])}-{_short(spread['most'])})"


def _short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"


def _machine(measured: Mapping[str, Any]) -> str:
    return "\n" + _table(["measured on", ""], [[name, str(value)] for name, value in measured.items()])


_FIGURES = {
    "per_second": "workflows per second, {at_once} in flight",
    "loaded_p50": "submit to notified p50, {at_once} in flight, ms",
    "loaded_p99": "the same, p99, ms",
    "accepted_p50": "submit call p50, {at_once} in flight, ms",
    "accepted_p99": "the same, p99, ms",
    "idle_p50": "submit to notified p50, one at a time, ms",
    "idle_p99": "the same, p99, ms",
    "cpu_ms": "processor time of API and workers per workflow, ms",
    "commits": "transactions per workflow, everything counted",
}


def _workflows(measured: Mapping[str, Any]) -> str:
    amounts = measured["amounts"]
    each = "{idle} one at a time, then {loaded} with {at_once} in flight, after {warm_up} to warm up"
    parts = [f"\n## Whole workflows\n\nEach round: {each.format(**amounts)}.\n"]
    for shape in measured["shapes"]:
        systems = shape["systems"]
        parts.append(
            f"\n### API 1 x {shape['api_threads']} threads, workers {shape['worker_processes']} x"
            f" {shape['worker_threads']} threads\n\n"
        )
        rows = [
            [text.format(**amounts), *(_figure(figures[name]) for figures in systems.values()), _ratio(systems, name)]
            for name, text in _FIGURES.items()
        ]
        parts.append(_table(["", *systems, "ratio"], rows))
    parts.append(f"\n```json\n{json.dumps(measured['configuration'], indent=2, ensure_ascii=False)}\n```\n")
    return "".join(parts)


def _ratio(systems: Mapping[str, Any], name: str) -> str:
    """Return the first system's median over the second's."""
    first, second = (figures[name]["median"] for figures in systems.values())
    return f"{first / second:.2f}" if second else "-"


def _recovery(measured: Mapping[str, Any]) -> str:
    return (
        f"\n## A killed worker's job\n\nFrom SIGKILL until another worker makes the same call again, with a lease of"
        f" {measured['lease_seconds']:g} s: {_figure(measured['seconds'])} s, n = {measured['seconds']['n']}.\n"
    )


def _rates(measured: Mapping[str, Any]) -> str:
    kinds = ("decisions per second", "events verified per second")
    rows = [[f"{kind}: {name}", _figure(figures)] for kind in kinds for name, figures in measured[kind].items()]
    return "\n## Decisions and evidence, one thread\n\n" + _table(["", "per second"], rows)


def _rights(measured: Mapping[str, Any]) -> str:
    rows = [[f"a patient's acts, {name}", _figure(of)] for name, of in measured["rights per second"].items()]
    head = f"\n## What may a patient do, one thread\n\nLoad of the machine: {_load(measured)}.\n\n"
    return head + _table(["", "decisions per second"], rows)


def _lists(measured: Mapping[str, Any]) -> str:
    few, many = (str(each) for each in measured["stored"])
    head = f"\n## Lists with {few} and with {many} requests stored\n\nMilliseconds of a whole call, in one process."
    rows = [
        [name, path, _figure(of[few]), _figure(of[many])]
        for name in ("PostgreSQL", "SQLite")
        for path, of in measured[name].items()
    ]
    return f"{head} Load of the machine: {_load(measured)}.\n\n" + _table(["database", "list", few, many], rows)


def _load(measured: Mapping[str, Any]) -> str:
    return ", ".join(map(str, measured["load"]))


def _calendar(measured: Mapping[str, Any]) -> str:
    return (
        f"\n## Free times\n\nA month with one practitioner, {measured['times_found']} free times found among 10,000"
        f" in one query: {_figure(measured['milliseconds'])} ms, n = {measured['milliseconds']['n']}."
        f" Putting the 10,000 in force took {measured['synchronised_seconds']:g} s.\n"
    )


def _steps(measured: Mapping[str, Any]) -> str:
    rows = [[name, *(str(count) for count in counts.values())] for name, counts in measured.items()]
    return "\n## Commits and statements per step\n\n" + _table(["step", "statements", "commits", "only read"], rows)


def _enumeration(measured: Mapping[str, Any]) -> str:
    targets = measured["targets"]
    wanted = f"at most {targets['auc']}, and medians at most {targets['medians_apart_ms']:g} ms apart"
    parts = [
        "\n## Telling people apart by the time of an answer\n",
        "\nA stranger asks about one person after the other, of every class in random order.",
        f" AUC 0.5 is guessing; wanted: {wanted}.",
        f" Load of the machine over the last 1, 5 and 15 minutes: {', '.join(map(str, measured['load']))}.\n",
    ]
    for door, found in measured.items():
        if door not in {"targets", "load"}:
            parts += [f"\n### {door.capitalize()}\n\n", _classes(found["classes"]), "\n", _pairs(found["pairs"])]
    return "".join(parts)


def _classes(classes: Mapping[str, Any]) -> str:
    rows = [
        [name, str(of["n"]), *(f"{of[figure]:.2f}" for figure in ("p5_ms", "median_ms", "p95_ms"))]
        for name, of in classes.items()
    ]
    return _table(["class", "n", "p5, ms", "median, ms", "p95, ms"], rows)


def _pairs(pairs: Sequence[Mapping[str, Any]]) -> str:
    rows = [[" and ".join(pair["classes"]), f"{pair['auc']:.3f}", f"{pair['medians_apart_ms']:.2f}"] for pair in pairs]
    return _table(["classes", "AUC", "medians apart, ms"], rows)


_PARTS = {
    "machine": _machine,
    "workflows": _workflows,
    "recovery": _recovery,
    "enumeration": _enumeration,
    "rates": _rates,
    "rights": _rights,
    "lists": _lists,
    "calendar": _calendar,
    "steps": _steps,
}
