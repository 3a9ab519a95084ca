"""A consumer's state, cluster and configuration, in the words of the `nats` tool.

What it has no words for, because a newer server says it, comes with the name that it has there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from natstui.client.js.api import Timestamp
from natstui.client.js.api.base import NANOSECONDS, ZERO_TIME
from natstui.model.consumer_row import ConsumerRow
from natstui.model.stream_edit import duration_text
from natstui.ui import words
from natstui.ui.drawing import Span

Line = list[Span]

_NAME_CELLS = 22


def _plain(value: Any) -> Line:
    match value:
        case bool():
            return [("literal", str(value).lower())]
        case int():
            return [("number", f"{value:,}")]
        case str():
            return [("plain", value)]
        case list() if all(isinstance(each, str) for each in value):
            return [("plain", ", ".join(value))]
    return [("plain", json.dumps(value, ensure_ascii=False))]


def _title(value: Any) -> Line:
    return [("plain", str(value).replace("_", " ").title())]


def _limit(value: Any) -> Line:
    return [("faint", "unlimited")] if value == -1 else _plain(value)


def _duration(value: Any) -> Line:
    return [("number", str(duration_text(value)))] if value else [("faint", "none")]


def _durations(value: Any) -> Line:
    values = value if isinstance(value, list) else [value]
    return [("number", ", ".join(str(duration_text(each)) for each in values))]


def _size(value: Any) -> Line:
    return [("number", words.size(value))] if isinstance(value, int) else _plain(value)


def _moment(value: Any) -> Line:
    return [("plain", moment(value))]


# What the nats tool calls the fields, in its order.
FIELDS: dict[str, tuple[str, Callable[[Any], Line]]] = {
    "name": ("Name", _plain),
    "durable_name": ("Durable Name", _plain),
    "description": ("Description", _plain),
    "deliver_subject": ("Delivery Subject", _plain),
    "deliver_group": ("Delivery Queue Group", _plain),
    "filter_subject": ("Filter Subject", _plain),
    "filter_subjects": ("Filter Subjects", _plain),
    "deliver_policy": ("Deliver Policy", _title),
    "opt_start_seq": ("Start Sequence", _plain),
    "opt_start_time": ("Start Time", _moment),
    "ack_policy": ("Ack Policy", _title),
    "ack_wait": ("Ack Wait", _duration),
    "replay_policy": ("Replay Policy", _title),
    "max_deliver": ("Maximum Deliveries", _limit),
    "backoff": ("Backoff", _durations),
    "rate_limit_bps": ("Rate Limit", _plain),
    "sample_freq": ("Sampling Rate", _plain),
    "max_ack_pending": ("Max Ack Pending", _limit),
    "max_waiting": ("Max Waiting Pulls", _plain),
    "idle_heartbeat": ("Idle Heartbeat", _duration),
    "flow_control": ("Flow Control", _plain),
    "headers_only": ("Headers Only", _plain),
    "inactive_threshold": ("Inactive Threshold", _duration),
    "max_expires": ("Max Pull Expire", _duration),
    "max_batch": ("Max Pull Batch", _plain),
    "max_bytes": ("Max Pull MaxBytes", _size),
    "num_replicas": ("Replicas", _plain),
    "mem_storage": ("Memory Storage", _plain),
    "pause_until": ("Paused Until Deadline", _moment),
    "priority_policy": ("Priority Policy", _title),
    "priority_groups": ("Priority Groups", _plain),
    "priority_timeout": ("Priority Pinned TTL", _duration),
}
_STATE_KEYS = frozenset(
    {
        "stream_name",
        "name",
        "created",
        "config",
        "delivered",
        "ack_floor",
        "num_ack_pending",
        "num_redelivered",
        "num_waiting",
        "num_pending",
        "push_bound",
        "paused",
        "pause_remaining",
        "priority_groups",
        "cluster",
        "ts",
        "type",
    }
)


def info_lines(row: ConsumerRow, notes: list[Line]) -> list[Line]:
    """State first: it is what changes."""
    if not row.info:
        return []
    lines: list[Line] = [[("title", "STATE")], *_state(row), *(_indent(note) for note in notes)]
    if cluster := row.info.get("cluster"):
        lines += [[], [("title", "CLUSTER")], *_cluster(cluster)]
    lines += [[], [("title", "CONFIGURATION")], *_configuration(row.config)]
    rest = {key: value for key, value in row.info.items() if key not in _STATE_KEYS}
    if rest:
        lines += [[], [("title", "MORE")]]
        lines += [_field(key, _plain(value)) for key, value in rest.items()]
    return lines


def _state(row: ConsumerRow) -> list[Line]:
    config = row.config
    metadata = config.get("metadata") or {}
    lines = [
        _field("Created", [("plain", moment(row.info.get("created")))]),
        _field("Last Delivered Message", _place(row.info.get("delivered"), row)),
        _field("Acknowledgment Floor", _place(row.info.get("ack_floor"), row)),
    ]
    if row.acknowledges:
        limit = f" out of maximum {row.ack_limit:,}" if row.ack_limit else ""
        lines.append(_field("Outstanding Acks", [*_plain(row.outstanding), ("muted", limit)]))
    lines.append(_field("Redelivered Messages", _plain(row.redelivered)))
    lines.append(_field("Unprocessed Messages", _plain(row.pending)))
    if row.is_push:
        lines.append(_field("Active Interest", _interest(row)))
    else:
        most = row.count("config", "max_waiting")
        limit = f" of maximum {most:,}" if most else ""
        lines.append(_field("Waiting Pulls", [*_plain(row.waiting), ("muted", limit)]))
    if row.paused_until:
        lines.append(_field("Paused Until", [("warn", moment(row.paused_until))]))
    lines += [_field("Pinned", _pinned(group)) for group in row.info.get("priority_groups") or []]
    if version := metadata.get("_nats.ver"):
        lines.append(_field("Host Version", _plain(version)))
    return lines


def _place(place: Any, row: ConsumerRow) -> Line:
    place = place if isinstance(place, dict) else {}
    line: Line = [
        ("muted", "Consumer sequence: "),
        *_plain(place.get("consumer_seq", 0)),
        ("muted", " Stream sequence: "),
        *_plain(place.get("stream_seq", 0)),
    ]
    last, now = seconds(place.get("last_active")), seconds(row.info.get("ts"))
    if last and now:
        line.append(("muted", f", {words.age(now - last)} ago"))
    return line


def _interest(row: ConsumerRow) -> Line:
    if not row.is_bound:
        return [("bad", "No interest")]
    group = row.config.get("deliver_group")
    return [("good", f"Active using Queue Group {group}" if group else "Active")]


def _pinned(group: Any) -> Line:
    if not isinstance(group, dict):
        return _plain(group)
    name, client = str(group.get("group", "")), group.get("pinned_client_id")
    if not client:
        return [("plain", f"{name}: "), ("faint", "no client")]
    return [("plain", f"{name}: {client}"), ("muted", f" since {moment(group.get('pinned_ts'))}")]


def _cluster(cluster: Any) -> list[Line]:
    if not isinstance(cluster, dict):
        return [_field("Cluster", _plain(cluster))]
    leader = cluster.get("leader")
    lines = [
        _field("Name", _plain(cluster.get("name", ""))),
        _field("Leader", _plain(leader) if leader else [("alarm", "none")]),
    ]
    for replica in cluster.get("replicas") or []:
        lines.append(_field("Replica", _replica(replica)))
    return lines


def _replica(replica: dict[str, Any]) -> Line:
    current = bool(replica.get("current"))
    said: Line = [
        ("plain", str(replica.get("name", ""))),
        ("good" if current else "alarm", ", current" if current else ", outdated"),
    ]
    if replica.get("offline"):
        said.append(("alarm", ", offline"))
    if lag := replica.get("lag"):
        said.append(("warn", f", {lag:,} operations behind"))
    seen = replica.get("active") or 0
    said.append(("muted", f", seen {words.seconds(seen / NANOSECONDS)} ago"))
    return said


def _configuration(config: dict[str, Any]) -> list[Line]:
    lines = []
    if not config.get("deliver_subject"):
        lines.append(_field("Pull Mode", [("literal", "true")]))
    for key, (name, said) in FIELDS.items():
        if key in config:
            lines.append(_field(name, said(config[key])))
    for key, value in config.items():
        if key not in FIELDS and key != "metadata":
            lines.append(_field(key, _plain(value)))
    metadata = config.get("metadata") or {}
    if metadata:
        lines.append([("muted", "  Metadata")])
        lines += [_field(f"  {key}", _plain(value)) for key, value in metadata.items()]
    return lines


def _field(name: str, value: Line) -> Line:
    return [("muted", f"  {name:<{_NAME_CELLS}} "), *value]


def _indent(line: Line) -> Line:
    return [("plain", "  "), *line]


def moment(text: Any) -> str:
    """An RFC 3339 time as the local date and time."""
    at = seconds(text)
    return words.day_and_time(at) if at else "never" if text == ZERO_TIME else str(text)


def seconds(text: Any) -> float:
    """An RFC 3339 time as seconds since the epoch, 0 if it is none."""
    if not isinstance(text, str) or text == ZERO_TIME:
        return 0.0
    try:
        return Timestamp.parse(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
