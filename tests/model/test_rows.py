"""Rows: sorted, filtered, and found again by what they are."""

from __future__ import annotations

from natstui.model.rows import Rows

Item = tuple[str, int]


def rows(*items: Item) -> Rows[Item]:
    made: Rows[Item] = Rows(lambda item: item[0], lambda item: f"{item[0]} about tea")
    made.set_items(items)
    return made


def names(of: Rows[Item]) -> str:
    return "".join(of[row][0] for row in range(len(of)))


def test_they_come_as_they_were_given_until_they_are_sorted() -> None:
    some = rows(("b", 1), ("a", 3), ("c", 2))
    assert names(some) == "bac"
    some.sort(lambda item: item[1])
    assert names(some) == "bca"
    some.sort(lambda item: item[1], descending=True)
    assert names(some) == "acb"
    some.sort(None, descending=True)
    assert names(some) == "cab"


def test_new_items_are_sorted_and_filtered_as_the_old_ones_were() -> None:
    some = rows(("b", 1))
    some.sort(lambda item: item[0])
    some.set_filter("-c")
    some.set_items([("b", 1), ("c", 1), ("a", 1)])
    assert names(some) == "ab"
    assert (len(some), some.total) == (2, 3)


def test_a_filter_wants_all_words_in_any_case_and_excludes_with_a_minus() -> None:
    some = rows(("Orders", 1), ("orders-eu", 2), ("JOBS", 3))
    for text, found in [
        ("orders", "Ordersorders-eu"),
        ("ORDERS tea", "Ordersorders-eu"),
        ("orders -eu", "Orders"),
        ("absent", ""),
        (" ", "Ordersorders-euJOBS"),
        ("-", "Ordersorders-euJOBS"),
    ]:
        some.set_filter(text)
        assert names(some) == found, text


def test_an_item_is_found_again_wherever_it_went() -> None:
    some = rows(("b", 1), ("a", 2))
    assert some.identity(0) == "b"
    some.sort(lambda item: item[0])
    assert some.row_of("b") == 1
    some.set_filter("-b")
    assert some.row_of("b") is None
    assert some.identity(5) is None


def test_the_version_grows_with_everything_that_could_be_seen() -> None:
    some = rows(("b", 1))
    versions = [some.version]
    some.sort(lambda item: item[0])
    versions.append(some.version)
    some.set_filter("b")
    versions.append(some.version)
    some.set_items([])
    versions.append(some.version)
    assert versions == sorted(set(versions))
