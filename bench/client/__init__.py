"""natstui.client beside nats-py: the same workloads, against the same server, in one run."""
