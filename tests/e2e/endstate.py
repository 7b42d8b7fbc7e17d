"""What must be true when all has come to rest, seen from outside: the mailbox, the SMTP sink, and what ingangctl says."""
import collections
import email
import email.policy


def message_id(raw):
    value = email.message_from_bytes(raw, policy=email.policy.compat32)["Message-ID"]
    return value.strip().strip("<>") if value else None


def faults(office, mails, duplicates=False):
    """A list of what is wrong. `mails`: what was delivered, each with a Message-ID of its own. With `duplicates`, a mail may have
    come to the sink more than once, always with the same Message-ID."""
    found = []
    aside = {message_id(raw) for raw in office.filed().get("returned", ())}  # reports about mail that is none of ours: no ticket
    ids = [i for i in map(message_id, mails) if i not in aside]
    tickets = {t["id"]: office.show(t["id"]) for t in office.tickets()}
    found += _mailbox(office, ids, tickets)
    home, more = _tickets(ids, tickets)
    found += more
    found += _sent(office, ids, tickets, home, duplicates)
    verify = office.ctl_run("verify")
    if verify.returncode != 0:
        found.append("ingangctl verify: %s%s" % (verify.stdout, verify.stderr))
    return found


def _mailbox(office, ids, tickets):
    """The inbox is empty; each original lies once in the folder of its ticket's topic."""
    if office.inbox():
        yield "%d mails lie in the inbox" % office.inbox()
    topics = {m["message_id"]: t["topic"] or "triage" for t in tickets.values() for m in t["messages"] if m["direction"] == "in"}
    places = collections.defaultdict(list)
    for topic, raws in office.filed().items():
        for raw in raws:
            places[message_id(raw)].append(topic)
    for i in ids:
        if len(places[i]) != 1:
            yield "the original of %s lies in %s" % (i, places[i] or "no folder")
        elif places[i] != [topics.get(i)]:
            yield "the original of %s lies in %s, its ticket is in %s" % (i, places[i][0], topics.get(i))


def _tickets(ids, tickets):
    """({Message-ID: ticket}, faults): each mail is on one ticket, once."""
    on = collections.defaultdict(list)
    for number, ticket in tickets.items():
        for m in ticket["messages"]:
            if m["direction"] == "in":
                on[m["message_id"]].append(number)
    wrong = ["%s is on %s" % (i, "the tickets %s" % on[i] if i in on else "no ticket") for i in ids if len(on.get(i, ())) != 1]
    wrong += ["the tickets %s have a mail that was never delivered: %s" % (on[i], i) for i in on if i not in ids]
    return {i: numbers[0] for i, numbers in on.items()}, wrong


def _sent(office, ids, tickets, home, duplicates):
    """One forward of each mail to each of its topic's staff; at most one acknowledgement a ticket; nothing that the outbox does not know."""
    promised = {row["message_id"]: row for row in office.outbox()}
    copies, forwards, receipts = collections.Counter(), collections.defaultdict(set), collections.defaultdict(set)
    for sunk in office.sink.mails():
        sent_id = (sunk.message_id or "").strip("<>")
        for to in sunk.recipients:
            copies[sent_id, to] += 1
            if sent_id not in promised:
                yield "a mail to %s is not in the outbox: %s" % (to, sent_id)
            elif to not in promised[sent_id]["to"]:
                yield "%s went to %s and not to %s" % (sent_id, to, promised[sent_id]["to"])
        number = int(sunk.mail["X-Ingang-Ticket"].split("-")[1])
        if sunk.sender == "":
            receipts[number].add(sent_id)
        else:
            original = sunk.mail["References"].split()[-1].strip("<>")
            forwards[original, sunk.recipients[0]].add(sent_id)
        if sunk.info["bare-newline"] != "no" or sunk.info["tls"] != "yes":
            yield "%s: bare newline: %s, TLS: %s" % (sent_id, sunk.info["bare-newline"], sunk.info["tls"])
    for (sent_id, to), n in copies.items():
        if n > 1 and not duplicates:
            yield "%s came to %s %d times" % (sent_id, to, n)
    for row in promised.values():
        if row["state"] == "sent" and not copies[row["message_id"], row["to"][0]]:
            yield "%s to %s counts as sent, and never came" % (row["message_id"], row["to"][0])
        elif row["state"] not in ("sent", "unknown"):
            yield "the outbox row %s (%s to %s) is %s: %s" % (row["id"], row["kind"], row["to"][0], row["state"], row["error"])
    for i in ids:
        if i not in home:
            continue
        topic = tickets[home[i]]["topic"] or "triage"
        want = {"%s@uni.example" % topic}
        got = {to for (original, to) in forwards if original == i}
        if got != want:
            yield "%s (%s) was forwarded to %s" % (i, topic, sorted(got) or "nobody")
        for to in got & want:
            if len(forwards[i, to]) != 1:
                yield "%s was forwarded to %s as %d different mails" % (i, to, len(forwards[i, to]))
    for number, sent in receipts.items():
        if len(sent) > 1:
            yield "ticket %s was acknowledged with %d different mails" % (number, len(sent))
