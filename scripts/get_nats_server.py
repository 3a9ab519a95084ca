"""Print the path of a nats-server that is new enough, fetching one when there is none."""

from __future__ import annotations

import sys

from natstui.demo.nats_server import NatsServerError, get_nats_server

if __name__ == "__main__":
    try:
        print(get_nats_server())
    except NatsServerError as error:
        sys.exit(str(error))
