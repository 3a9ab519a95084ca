from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.errors import AuthorizationError, Error, NoServersError, ServerNotInPoolError
from natstui.client.pool import Server, ServerPool
from natstui.client.protocol.info import ServerInfo

WAIT = 2.0
REFUSED = ConnectionRefusedError("refused")
DENIED = AuthorizationError("nats: 'Authorization Violation'")
EXPIRED = AuthorizationError("nats: 'User Authentication Expired'")


def make_pool(servers: str | Sequence[str] = "a,b,c", **options: Any) -> ServerPool:
    """A pool in which nothing is left to chance."""
    defaults: dict[str, Any] = {
        "randomize": False,
        "reconnect_time_wait": WAIT,
        "reconnect_jitter": 0,
        "reconnect_jitter_tls": 0,
    }
    return ServerPool(servers, **(defaults | options))


def hosts(servers: Sequence[Server]) -> list[str]:
    return [f"{server.url.hostname}" for server in servers]


def fail(pool: ServerPool, now: float, error: Exception = REFUSED) -> tuple[str, float]:
    """Make the next attempt, let it fail as soon as it may begin: which host, after what wait."""
    attempt = pool.next_attempt(now)
    assert attempt is not None
    pool.failed(attempt.server, now + attempt.delay, error)
    return f"{attempt.server.url.hostname}", attempt.delay


# The order


def test_servers_come_in_the_order_given_or_shuffled() -> None:
    names = [f"h{number}" for number in range(20)]
    assert hosts(make_pool(names).initial_order()) == names
    shuffled = [
        hosts(ServerPool(names, rng=random.Random(seed)).initial_order()) for seed in (1, 1, 2)
    ]
    assert shuffled[0] == shuffled[1] != shuffled[2] != names
    assert sorted(shuffled[2]) == sorted(names)


def test_the_lost_server_is_tried_last() -> None:
    pool = make_pool()
    pool.connected(pool.initial_order()[0])
    pool.lost()
    assert [fail(pool, 0)[0] for _ in range(3)] == ["b", "c", "a"]


def test_a_loss_before_any_connection_keeps_the_order() -> None:
    pool = make_pool()
    pool.lost()
    assert hosts(pool.servers) == ["a", "b", "c"]


def test_the_others_are_shuffled_at_a_loss() -> None:
    pool = make_pool([f"h{number}" for number in range(20)], randomize=True, rng=random.Random(1))
    current, *others = pool.initial_order()
    pool.connected(current)
    pool.lost()
    assert pool.servers[-1] is current
    assert set(pool.servers[:-1]) == set(others)
    assert pool.servers[:-1] != others


def test_a_failed_server_goes_to_the_end() -> None:
    pool = make_pool()
    assert [fail(pool, 0)[0] for _ in range(6)] == ["a", "b", "c", "a", "b", "c"]


# The waiting


def test_the_first_attempt_after_a_loss_is_immediate() -> None:
    for servers in ("a,b,c", "a"):
        pool = make_pool(servers)
        pool.connected(pool.initial_order()[0])
        pool.lost()
        assert fail(pool, 1000)[1] == 0


def test_there_is_a_wait_when_all_were_tried() -> None:
    pool = make_pool()
    assert [fail(pool, 0) for _ in range(4)] == [("a", 0), ("b", 0), ("c", 0), ("a", WAIT)]
    # All have waited by then.
    assert [fail(pool, WAIT) for _ in range(3)] == [("b", 0), ("c", 0), ("a", WAIT)]


def test_a_long_pass_needs_no_wait_after_it() -> None:
    pool = make_pool()
    delays = [fail(pool, now) for now in (0, 1, 2, 3)]
    assert delays == [("a", 0), ("b", 0), ("c", 0), ("a", 0)]


def test_the_wait_is_counted_from_the_failure() -> None:
    pool = make_pool("a")
    attempt = pool.next_attempt(10)
    assert attempt is not None
    pool.failed(attempt.server, 15, REFUSED)  # it took five seconds to fail
    assert fail(pool, 15) == ("a", WAIT)


def test_a_server_that_drops_connections_at_once_is_not_hammered() -> None:
    pool = make_pool("a")
    now, starts = 0.0, []
    for _ in range(5):
        attempt = pool.next_attempt(now)
        assert attempt is not None
        now += attempt.delay
        starts.append(now)
        pool.connected(attempt.server)
        pool.lost()
    assert starts == [0, WAIT, 2 * WAIT, 3 * WAIT, 4 * WAIT]


def test_a_server_that_held_for_a_while_is_tried_again_at_once() -> None:
    pool = make_pool("a")
    attempt = pool.next_attempt(0)
    assert attempt is not None
    pool.connected(attempt.server)
    pool.lost()
    assert fail(pool, WAIT)[1] == 0


def test_whoever_asks_to_reconnect_now_does_not_wait() -> None:
    pool = make_pool("a")
    fail(pool, 0)
    pool.release()
    assert fail(pool, 0) == ("a", 0)


@pytest.mark.parametrize(
    ("servers", "info", "longest"),
    [
        ("a", None, 0.1),
        ("tls://a", None, 1.0),
        ("a", ServerInfo(tls_required=True), 1.0),
        ("a", ServerInfo(), 0.1),
    ],
)
def test_jitter_spreads_the_attempts_more_with_tls(
    servers: str, info: ServerInfo | None, longest: float
) -> None:
    delays = []
    for seed in range(200):
        pool = ServerPool(servers, reconnect_time_wait=WAIT, rng=random.Random(seed))
        pool.servers[0].info = info
        fail(pool, 0)
        delays.append(fail(pool, 0)[1])
    assert WAIT <= min(delays) < WAIT + longest / 10
    assert WAIT + longest * 0.9 < max(delays) <= WAIT + longest


# Giving up


def test_a_server_leaves_after_its_last_attempt() -> None:
    pool = make_pool("a,b", max_reconnect_attempts=2)
    tried = [fail(pool, now)[0] for now in (0, 0, 10, 10)]
    assert tried == ["a", "b", "a", "b"]
    assert pool.next_attempt(20) is None
    assert pool.servers == []
    assert pool.last_error is REFUSED


@pytest.mark.parametrize("unlimited", [0, -1])
def test_without_a_limit_no_server_leaves(unlimited: int) -> None:
    pool = make_pool("a", max_reconnect_attempts=unlimited)
    for number in range(1000):
        fail(pool, number * 10)
    assert pool.servers[0].reconnects == 1000


def test_a_success_starts_the_count_again() -> None:
    pool = make_pool("a", max_reconnect_attempts=3)
    (server,) = pool.servers
    for _ in range(5):
        fail(pool, 0)
        fail(pool, 0)
        pool.connected(server)
        assert (server.reconnects, server.last_error, pool.last_error) == (0, None, None)
        assert pool.current is server
        pool.lost()
        assert pool.current is None
    assert pool.servers == [server]
    assert server.did_connect


def test_failures_of_the_first_pass_do_not_count() -> None:
    pool = make_pool("a,b", max_reconnect_attempts=1)
    for server in pool.initial_order():
        pool.failed(server, 0, REFUSED, initial=True)
    assert [server.reconnects for server in pool.servers] == [0, 0]
    # But it was an attempt: the next one waits.
    assert fail(pool, 0) == ("a", WAIT)


def test_the_same_refusal_twice_is_final() -> None:
    pool = make_pool("a,b")
    fail(pool, 0, DENIED)
    fail(pool, 0, REFUSED)
    assert fail(pool, 10, DENIED)[0] == "a"
    assert hosts(pool.servers) == ["b"]
    assert pool.last_error is DENIED


@pytest.mark.parametrize(
    "errors",
    [
        [DENIED, REFUSED, DENIED, REFUSED],
        [DENIED, AuthorizationError("nats: 'Authentication Timeout'"), DENIED],
        [EXPIRED, EXPIRED, EXPIRED],
        [NoServersError(), NoServersError()],
    ],
)
def test_other_failures_in_a_row_are_not(errors: list[Exception]) -> None:
    pool = make_pool("a")
    for error in errors:
        fail(pool, 0, error)
    assert hosts(pool.servers) == ["a"]


def test_a_connection_between_two_refusals_makes_them_two_first_ones() -> None:
    pool = make_pool("a")
    fail(pool, 0, DENIED)
    pool.connected(pool.servers[0])
    pool.lost()
    fail(pool, 0, DENIED)
    assert hosts(pool.servers) == ["a"]


def test_refusals_can_be_borne() -> None:
    pool = make_pool("a", ignore_auth_error_abort=True)
    for _ in range(10):
        fail(pool, 0, DENIED)
    assert hosts(pool.servers) == ["a"]


# Attempts that somebody else chose


def test_a_chosen_server_is_held_back_like_any_other() -> None:
    pool = make_pool("a")
    pool.begin(pool.servers[0], 5)
    assert pool.servers[0].last_attempt == 5
    assert fail(pool, 5) == ("a", WAIT)


def test_a_chosen_server_must_be_in_the_pool() -> None:
    stranger = make_pool("u:secret@x").servers[0]
    with pytest.raises(ServerNotInPoolError) as caught:
        make_pool().begin(stranger, 0)
    assert "nats://x:4222" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_news_of_a_server_that_has_left_changes_nothing() -> None:
    pool = make_pool("a,b")
    gone = pool.servers[0]
    pool.replace("b")
    pool.failed(gone, 0, REFUSED)
    assert hosts(pool.servers) == ["b"]


# Discovery


def connected_pool(servers: str = "nats://hub.example:4222", **options: Any) -> ServerPool:
    pool = make_pool(servers, **options)
    pool.connected(pool.servers[0])
    return pool


def test_new_servers_join_the_end_and_are_told() -> None:
    pool = connected_pool("a,b")
    new = pool.update_discovered(["b:4222", "c:4222", "[::1]:4333", "c:4222"])
    assert hosts(new) == ["c", "::1"]
    assert hosts(pool.servers) == ["a", "b", "c", "::1"]
    assert pool.discovered == new
    assert pool.update_discovered(["c:4222", "[::1]:4333"]) == []


def test_servers_that_are_listed_no_longer_leave_except_the_current_and_the_explicit() -> None:
    pool = connected_pool("a,b")
    pool.update_discovered(["c:1", "d:1", "e:1"])
    pool.connected(pool.discovered[0])
    pool.update_discovered(["d:1", "f:1"])
    assert hosts(pool.servers) == ["a", "b", "c", "d", "f"]
    pool.connected(pool.servers[0])
    pool.update_discovered(["d:1"])
    assert hosts(pool.servers) == ["a", "b", "d"]


def test_an_empty_list_says_nothing() -> None:
    pool = connected_pool("a")
    pool.update_discovered(["b:1"])
    assert pool.update_discovered([]) == []
    assert hosts(pool.servers) == ["a", "b"]


def test_what_is_no_address_is_passed_over() -> None:
    pool = connected_pool("a")
    assert hosts(pool.update_discovered(["", "b:port", "c d:1", "e:1"])) == ["e"]


def test_discovery_can_be_ignored() -> None:
    pool = connected_pool("a", ignore_discovered=True)
    assert pool.update_discovered(["b:1"]) == []
    assert hosts(pool.servers) == ["a"]


def test_a_discovered_server_is_reached_like_the_current_one() -> None:
    pool = connected_pool("tls://derek:s3cret@hub.example:4222")
    pool.update_discovered(["10.0.0.1:4222"])
    (found,) = pool.discovered
    assert found.url.geturl() == "tls://derek:s3cret@10.0.0.1:4222"
    assert found.discovered
    assert found.secure


def test_an_address_without_a_name_is_verified_by_the_name_of_the_explicit_server() -> None:
    pool = connected_pool("tls://hub.example")
    pool.update_discovered(["10.0.0.1:4222", "[fe80::1%25eth0]:1", "other.example:4222"])
    assert [server.tls_name for server in pool.discovered] == ["hub.example", "hub.example", None]
    # It is handed on when the connection is to a discovered one.
    pool.connected(pool.discovered[0])
    (new,) = pool.update_discovered(["10.0.0.1:4222", "10.0.0.9:1"])
    assert new.tls_name == "hub.example"


def test_without_a_name_there_is_none_to_inherit() -> None:
    pool = connected_pool("10.0.0.1")
    (new,) = pool.update_discovered(["10.0.0.2:4222"])
    assert new.tls_name is None


def test_a_websocket_pool_discovers_websocket_servers() -> None:
    pool = connected_pool("ws://hub:8080/path")
    (new,) = pool.update_discovered(["10.0.0.2:8080"])
    assert new.url.geturl() == "ws://10.0.0.2:8080"


def test_discovery_before_the_first_connection_follows_the_first_server() -> None:
    pool = make_pool("tls://a")
    (new,) = pool.update_discovered(["b:1"])
    assert new.url.geturl() == "tls://b:1"


def test_an_empty_pool_discovers_nothing_and_has_no_next() -> None:
    pool = make_pool("a", max_reconnect_attempts=1)
    fail(pool, 0)
    assert pool.update_discovered(["b:1"]) == []
    assert pool.next_attempt(0) is None


# Another list


def test_a_new_list_keeps_what_is_known_of_those_that_stay() -> None:
    pool = connected_pool("a,b")
    b = pool.servers[1]
    pool.failed(b, 0, REFUSED)
    pool.update_discovered(["d:4222"])
    pool.replace("b,c,d")
    assert hosts(pool.servers) == ["b", "c", "d"]
    assert pool.servers[0] is b
    assert b.reconnects == 1
    assert pool.discovered == []


def test_the_current_server_need_not_be_in_the_new_list() -> None:
    pool = connected_pool("a")
    a = pool.current
    pool.replace("b")
    assert pool.current is a
    pool.lost()
    assert hosts(pool.servers) == ["b"]
    pool.replace("a,b")
    assert hosts(pool.servers) == ["a", "b"]


def test_the_current_server_is_the_same_object_in_a_later_list() -> None:
    pool = connected_pool("a")
    a = pool.current
    pool.replace("b")
    pool.replace("a,b")
    assert pool.servers[0] is a


def test_a_bad_list_leaves_the_old_one() -> None:
    pool = make_pool("a,b")
    for bad in ("", "http://x", "c,ws://d"):
        with pytest.raises(Error):
            pool.replace(bad)
    assert hosts(pool.servers) == ["a", "b"]


def test_a_pool_of_mixed_or_bad_servers_cannot_be_made() -> None:
    for bad in ("", "http://x", "c,ws://d"):
        with pytest.raises(Error):
            make_pool(bad)


def test_a_server_shows_itself_without_its_password() -> None:
    assert repr(make_pool("u:secret@a").servers[0]) == (
        "<Server nats://a:4222 explicit, 0 failures>"
    )


# Whatever happens


class Outage:
    """Servers that fail or drop as told, each attempt taking its time; checks what must hold."""

    def __init__(self, count: int, wait: float, limit: int, seed: int) -> None:
        self.wait = wait
        self.limit = limit
        self.pool = ServerPool(
            [f"h{number}" for number in range(count)],
            reconnect_time_wait=wait,
            max_reconnect_attempts=limit,
            rng=random.Random(seed),
        )
        self.now = 100.0
        self.free_from: dict[Server, float] = {}
        self.tried: list[Server] = []
        self.in_a_row: Counter[Server] = Counter()

    def attempt(self, succeeds: bool, seconds: float) -> bool:
        servers = set(self.pool.servers)
        attempt = self.pool.next_attempt(self.now)
        if attempt is None:
            assert not servers
            return False
        server, delay = attempt
        longest = 0.1
        assert server in servers
        assert 0 <= delay <= self.wait + longest
        if delay:
            # Somebody waits only when there is nobody who may be tried.
            assert all(self.now < self.free_from[each] + longest for each in servers)
        self.now += delay
        assert self.now >= self.free_from.get(server, 0) - 1e-6
        self.free_from[server] = self.now + self.wait
        self.tried.append(server)
        self.now += seconds
        if succeeds:
            self.succeed(server)
        else:
            self.fail(server)
        return True

    def succeed(self, server: Server) -> None:
        self.in_a_row[server] = 0
        self.pool.connected(server)
        self.pool.lost()
        assert self.pool.servers[-1] is server

    def fail(self, server: Server) -> None:
        self.in_a_row[server] += 1
        self.free_from[server] = self.now + self.wait
        self.pool.failed(server, self.now, REFUSED)
        gone = 0 < self.limit <= self.in_a_row[server]
        assert (server in self.pool.servers) is not gone


OUTCOMES = st.lists(
    st.tuples(
        st.sampled_from([False, False, False, True]), st.sampled_from([0.0, 0.001, 0.5, 3.0])
    ),
    min_size=1,
    max_size=60,
)


WAITS = st.sampled_from([0.0, 0.05, 2.0])


@given(st.integers(1, 5), WAITS, st.sampled_from([0, 1, 3]), st.integers(), OUTCOMES)
def test_no_server_is_tried_too_soon_or_too_often(
    count: int, wait: float, limit: int, seed: int, outcomes: list[tuple[bool, float]]
) -> None:
    outage = Outage(count, wait, limit, seed)
    for succeeds, seconds in outcomes:
        if not outage.attempt(succeeds, seconds):
            break


@given(st.integers(1, 5), st.sampled_from([0.2, 2.0]), st.integers(), OUTCOMES)
def test_no_server_is_forgotten(
    count: int, wait: float, seed: int, outcomes: list[tuple[bool, float]]
) -> None:
    outage = Outage(count, wait, 0, seed)
    for _, seconds in outcomes:
        outage.attempt(False, seconds)
    assert len(set(outage.tried[:count])) == min(count, len(outage.tried))
    # Jitter, being shorter than the wait, may let one overtake another, but by no more than a pass.
    for start in range(len(outage.tried) - 3 * count):
        assert len(set(outage.tried[start : start + 3 * count])) == count


@given(st.integers(1, 5), st.integers(1, 4), st.integers())
def test_attempts_are_bounded_and_take_their_time(count: int, limit: int, seed: int) -> None:
    outage = Outage(count, WAIT, limit, seed)
    start = outage.now
    while outage.attempt(False, 0):
        pass
    assert Counter(outage.tried) == dict.fromkeys(outage.in_a_row, limit)
    assert len(outage.tried) == count * limit
    assert outage.now - start >= (limit - 1) * WAIT
