"""What `?` says in the Services pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

SERVICES_HELP = """\
What answers to $SRV.PING and $SRV.STATS, the worst first. Looking calls
no endpoint. The last line says how many requests a look takes, and how
many answers came.

STATES  the worst first
  silent    no instance answers any more; since when
  N silent  so many of its instances do not answer any more: twice in a
            row there was no answer. After fifteen minutes they are left
            out; x does it now
  errors    how many of the requests of the last ten seconds failed
  no stats  it answers to PING and not to STATS
  idle      no requests in the last ten seconds

COLUMNS
  inst      instances that answer, of how many where not all do
  req/s     requests a second over ten seconds; err/s: errors
  time      for a request, in the last ten seconds
  requests  since the instances were started; errors, average: too

FILTER  / with words of the service, its instances and metadata, its
  endpoints and subjects, its last error, its state: silent, -idle

CALL  C opens a dialog with the subject of the first endpoint. A call is
  a message to the service: it may change something, is refused with
  --read-only, and leaves a line in the audit file"""

SERVICE_HELP = """\
Above: the endpoints, each over all instances that have it. Below: the
instances. tab goes from one to the other, enter opens one in full.
A silent instance counts for no rate; its last numbers stay to be seen.

COLUMNS
  req/s     requests a second over ten seconds; err/s: errors
  time      for a request, in the last ten seconds
  average   for a request, since the instances were started
  ping      how long its last answer to $SRV.PING took, ours included
  up        since it was started, or its numbers were reset
  queue     the queue group; of those in one, one instance gets a request

CALL  C calls the endpoint under the cursor; of an instance, its first.
  ctrl+s    waits for one answer
  ctrl+r    waits for every answer until the timeout
  ] and [   go through the answers, each with how long it took
  A call may change something: it is refused with --read-only"""
