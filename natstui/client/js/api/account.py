"""What an account uses of JetStream, and may use."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from natstui.client.js.api.base import Base


@dataclass
class AccountLimits(Base):
    """Account limits; sizes in bytes, -1 is unlimited"""

    max_memory: int
    max_storage: int
    max_streams: int
    max_consumers: int
    max_ack_pending: int
    memory_max_stream_bytes: int
    storage_max_stream_bytes: int
    max_bytes_required: bool


@dataclass
class Tier(Base):
    """Use and limits of one tier, such as streams with three replicas"""

    memory: int
    storage: int
    streams: int
    consumers: int
    limits: AccountLimits
    _: KW_ONLY
    reserved_memory: int | None = None
    reserved_storage: int | None = None


@dataclass
class APIStats(Base):
    """API stats; `level` is the API level that the server has (1 since 2.11)"""

    total: int
    errors: int
    _: KW_ONLY
    level: int | None = None
    inflight: int | None = None


@dataclass
class AccountInfo(Base):
    """Account information; `tiers` by name (R1, R3) where the account has tiered limits"""

    memory: int
    storage: int
    streams: int
    consumers: int
    limits: AccountLimits
    api: APIStats
    domain: str | None = None
    tiers: dict[str, Tier] | None = None
    _: KW_ONLY
    reserved_memory: int | None = None
    reserved_storage: int | None = None
