/* chain: the hash of a line of the history, which covers the line before it, so that a changed or missing line shows.
 *
 * A line's hash is SHA-256 over: the hash of the line before it (32 bytes; none for the first line), "TICKET TIME ACTOR-BYTES WHAT-BYTES\n" with
 * the four numbers in decimal, the actor, and what happened. Who can write to the store can also reckon the chain anew: a hash that was noted
 * elsewhere tells even that. */
#ifndef STORE_CHAIN_H
#define STORE_CHAIN_H

#include <sqlite3.h>

int chain_register(sqlite3 *handle); /* event_hash(previous, ticket, time, actor, what) for SQL; SQLITE_OK */

#endif
