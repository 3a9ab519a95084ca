"""What `?` says in the Server pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

_PAGES = """\
PAGES  from everywhere in this pane; esc goes back
  n         connections     a  accounts        J  JetStream by server
  t         topology        v  advisories      m  me: what I may"""

SERVER_HELP = f"""\
What servers answer to $SYS.REQ.SERVER.PING: they do for users of the
system account. For all others there is what they may know: who they
are, what they may, limits and use; what they may not see is named by
its subject. Nothing is changed by looking; the last line says how many
requests a look takes, and how many answers came.

{_PAGES}

STATES
  ok        it answers
  N slow    so many clients were cut off for being slow since we look
  silent    twice in a row there was no answer; since when

COLUMNS
  in, out   messages a second over ten seconds, routes included
  slow      slow consumers since the server was started

FILTER  / with words of the name, host, cluster, version, state"""

CONNECTIONS_HELP = f"""\
Every connection that the servers tell of; without the system account
those of your own account. The busiest come first; o sorts by bytes a
second, all bytes, subscriptions, pending, round trip.
Of each server come 1,024: the ones that moved something last, or those
with the most of what it is sorted by. How many there are is said above.

{_PAGES}

KEYS
  enter     one in full, with its subscriptions
  x         those that were closed of late, and why: slow consumers
            are red; x goes back

COLUMNS
  pending   bytes that the server holds for it
  rtt       the round trip from its server, as measured last

FILTER  / with words of the name, server, account, user, address,
  library, reason"""

ACCOUNTS_HELP = f"""\
Every account, its numbers added up over all servers; without the system
account your own. enter shows the connections of one.

{_PAGES}

COLUMNS
  in, out   messages a second that came from clients, and went to them
  stored    on all servers: a stream with three replicas counts thrice
  slow      slow consumers since the servers were started
  api       requests to JetStream, and those answered with an error"""

ASSETS_HELP = f"""\
Above: what each server leads and holds, and who leads JetStream. Below:
every stream of every account, the worst first. How far a follower lags
its leader knows, so the leader's words count.

{_PAGES}

STATES  the worst first
  no leader    nothing can be stored; too few servers are there
  offline      a follower is gone
  not current  a follower has not caught up
  lags         a follower is a hundred entries behind, or more

COLUMNS
  lag       entries that the furthest follower has not got
  R         replicas, the leader included"""

TOPOLOGY_HELP = f"""\
Connections between servers, each as its server tells it: routes within
a cluster (several to each peer), gateways between clusters, leaf nodes
with the account they are bound to.

{_PAGES}

COLUMNS
  rtt       the round trip, as measured last
  waiting   bytes that wait to be sent"""

EVENTS_HELP = f"""\
What servers and JetStream say by themselves, from when this page was
first opened; red is what somebody should look at. enter shows one as
it came. Connections and servers are only told of in the system account;
advisories about streams in the account that these are in.
Left out is what only counts, and the audit of every API request.

{_PAGES}"""

OWN_HELP = f"""\
What the server tells a user of themselves ($SYS.REQ.USER.INFO), limits
and use of JetStream, and the account over all servers. Permissions are
those of the user; an account may allow less.

{_PAGES}"""
