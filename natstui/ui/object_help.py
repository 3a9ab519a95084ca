"""What `?` says in the Objects pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

OBJECT_BUCKETS_HELP = """\
A bucket is a stream. Looking changes nothing: no consumer is made for it,
not for a download either.

COLUMNS
  infos     objects, links and deletions cannot be told from chunks here:
            messages counts them all
  limit     how much fits into it
  ttl       how long an object is kept

CHANGING  each says what it will do before it does
  C         create: a name, then ttl=1h replicas=3 storage=memory max=1GiB
  D         delete the bucket; saved before where it is not too large
  L         seal it: nothing in it can be changed any more, for ever

T shows the transfers, wherever they came from."""

OBJECTS_HELP = """\
What the bucket has an info of. What changes while you look appears by
itself, with a dot for a minute.

FILTER  words separated by spaces, in name, kind, target or description
  -deleted  leaves out what was deleted; link shows only links

MARKS
  a → b     a link to b; without a name behind the / to a whole bucket
  DEL       deleted; its mark stays
  ?         its info cannot be relied on: nothing is done with it

BYTES  they run beside each other, T shows them
  d         download into a new file, checked against the digest
  v         read it all and compare it with the digest
  u         upload a file; one that has the name already is replaced

CHANGING  each says what it will do, and goes only over what you saw
  l  B      link to the object under the cursor; to a whole bucket
  E         name, description, headers and metadata, as text
  D         delete; it wants the name; saved before up to 64 MiB
  K         what the bucket keeps, chunks of nobody too"""

OBJECT_HELP = """\
All that is known of one object. Nothing of its bytes was read for it.

stored      how many chunks the bucket keeps, and how many there should be

LOOKING
  b         its chunks, as the messages that they are
  m         its infos, all that the bucket keeps of them
  y         copy the digest

BYTES       d download, v check the digest, u upload another version
CHANGING    l link to it, E edit what is said of it, D delete"""

TRANSFERS_HELP = """\
Four run at a time, the others wait for their turn. They go on wherever you
look; leaving the explorer ends them and cleans up.

A server that goes away does not end them: they go on once it is back. An
upload then reads what arrived and compares it with the file; a download
goes on behind the last chunk. A file gets its name when its digest was
compared, an object its info when all of it is stored.

  ctrl+x    end the one under the cursor; nothing is left of it. Once more
            gives up cleaning up, and says what is left
  x         forget those that have ended"""

KEPT_HELP = """\
Chunks by the version of an object that they are of. Some may be nobody's:
of an upload that is under way, or of one that nobody could clean up after.

  P         remove the chunks that nothing refers to. There is no undo, and
            it breaks uploads under way: look at how old they are"""
