"""What a dialogue says should have come: each sentence of a file that is no action."""
import re

from . import actions
from .received import excerpt, squeeze
from .script import Mismatch, ScriptFault

NUMBERS = {"no": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
KIND = "|".join(sorted(actions.KINDS, key=len, reverse=True))
SENTENCES = []


def expectation(pattern):
    def add(function):
        SENTENCES.append((re.compile(pattern), function))
        return function
    return add


def check(play, step):
    for pattern, function in SENTENCES:
        m = pattern.match(step.words)
        if m:
            return function(play, step, *m.groups())
    raise ScriptFault("what does this mean?")


def miss(text, *mails):
    raise Mismatch("\n".join([text] + ["    %s" % m.line() for m in mails]))


def number(words):
    return NUMBERS[words] if words in NUMBERS else int(words)


def names(play, words):
    return [play.person(w) for w in re.split(r",\s*|\s+and\s+", words.strip()) if w]


# --- mails ---

@expectation(r"^(.+?) gets? (?:an|a|the|another) (%s)(?: from (.+))?$" % KIND)
def gets(play, step, who, kind, writer):
    for person in names(play, who):
        there = [m for m in play.news if m.to in person.addresses and not m.used]
        fitting = [m for m in there if actions.KINDS[kind] is None or m.kind in actions.KINDS[kind]]
        if not fitting:
            miss("%s got no %s. What came to %s:" % (person.name, kind, person.name) if there else
                 "%s got no %s, and nothing else. What came to others:" % (person.name, kind), *(there or [m for m in play.news if not m.used]))
        faults = []
        for m in fitting:
            found = list(mail_faults(play, step, m, person, writer))
            if not found:
                m.used = True
                break
            faults.append((m, found))
        else:
            m, found = min(faults, key=lambda f: len(f[1]))
            miss("the %s to %s: %s\n%s" % (kind, person.name, "\n      and ".join(found), excerpt(m, 60)))


@expectation(r"^nobody gets (?:anything|a mail)( else)?$")
def nobody(play, step, _else):
    left = [m for m in play.news if not m.used]
    if left:
        miss("mails came that nobody should get:\n%s" % "\n".join(m.line() + "\n" + excerpt(m, 12) for m in left))


@expectation(r"^(.+?) gets? nothing( else)?$")
def nothing(play, step, who, _else):
    if who in ("staff", "Staff"):
        left = [m for m in play.news if not m.used and play.staff(m.to)]
    elif who in ("nobody outside", "Nobody outside"):
        left = [m for m in play.news if not m.used and not play.staff(m.to)]
    else:
        people = names(play, who)
        left = [m for m in play.news if not m.used and any(m.to in p.addresses for p in people)]
    if left:
        miss("%s should get nothing%s:\n%s" % (who, _else or "", "\n".join(m.line() + "\n" + excerpt(m, 12) for m in left)))


@expectation(r"^nobody outside gets anything but (?:an |a |the )?(%s)s?$" % KIND)
def nothing_but(play, step, kind):
    left = [m for m in play.news if not m.used and not play.staff(m.to)]
    for m in left:
        m.used = True
    if any(m.kind not in actions.KINDS[kind] for m in left):
        miss("somebody got something else:\n%s" % "\n".join(m.line() + "\n" + excerpt(m, 12) for m in left))


@expectation(r"^(.+?) gets? (at most )?(\w+) (%s)s?$" % KIND)
def how_many(play, step, who, most, count, kind):
    for person in names(play, who):
        found = [m for m in play.news if m.to in person.addresses and not m.used and (actions.KINDS[kind] is None or m.kind in actions.KINDS[kind])]
        if len(found) > number(count) or (not most and len(found) < number(count)):
            miss("%s got %d:" % (person.name, len(found)), *found)
        for m in found:
            m.used = True


@expectation(r"^in all at most (\w+) mails? (?:goes|go|went) to (.+)$")
def in_all(play, step, count, who):
    for person in names(play, who):
        found = [m for m in play.mails if m.kind != "written" and m.to in person.addresses]
        for m in found:
            m.used = True
        if len(found) > number(count):
            miss("%d went to %s:" % (len(found), person.name), *found)


def readable(m):
    return squeeze(m.subject + "\n" + m.text), squeeze("%s\n%s\n%s" % (m.subject, m.part("text/plain") or "", m.html or ""))


def has(text, wanted):
    wanted = wanted.strip()
    if len(wanted) > 2 and wanted[0] == wanted[-1] == "/":
        return re.search(wanted[1:-1], text, re.I | re.S) is not None
    return any(squeeze(w).lower() in text.lower() for w in wanted.split(" || "))


def mail_faults(play, step, m, person, writer):
    text, everything = readable(m)
    if writer and not re.search(re.escape(play.person(writer).name if play.is_person(writer) else writer), m.from_name):
        yield "is from %s" % m.from_name
    for key, value in step.props:
        value = play.fill(value)
        check_prop = PROPS.get(key)
        if check_prop is None:
            raise ScriptFault("there is no '- %s:' here" % key)
        fault = check_prop(play, m, person, value, text, everything)
        if fault:
            yield fault


def prop_has(play, m, person, value, text, everything):
    return None if has(text, value) else "has not: %s" % value


def prop_has_not(play, m, person, value, text, everything):
    return "has: %s" % value if has(everything, value) else None


def prop_html(play, m, person, value, text, everything):
    return "has no HTML" if m.html is None else None if has(squeeze(m.html), value) else "has not in HTML: %s\n%s" % (value, m.html[:3000])


def prop_html_not(play, m, person, value, text, everything):
    return "has in HTML: %s" % value if m.html is not None and has(squeeze(m.html), value) else None


def prop_subject(play, m, person, value, text, everything):
    return None if m.subject == value or (value[:1] == "/" and has(m.subject, value)) else "has the subject %r" % m.subject


def prop_from(play, m, person, value, text, everything):
    return None if squeeze(m.from_name) == value else "is from %r" % m.from_name


def same_people(field):
    def prop(play, m, person, value, text, everything):
        want = {a.lower() for _, a in actions.email.utils.getaddresses(actions.people_list(play, value))} if value != "nobody" else set()
        got = {a for _, a in m.addresses(*field)}
        return None if want == got else "has %s: %s" % (" and ".join(field), ", ".join(sorted(got)) or "nobody")
    return prop


def prop_threaded(play, m, person, value, text, everything):
    """In the receiver's own program it stands under the mail they wrote: RFC 5322 3.6.4."""
    if value:
        want = actions.find_mail(play, None, value).message_id
    else:
        mine = [x for x in play.mails if x.kind == "written" and x.writer is person and x.message_id]
        if not mine:
            return "answers nothing that %s wrote" % person.name
        want = mine[-1].message_id
    if m.in_reply_to != want:
        return "has In-Reply-To %s, not %s" % (m.in_reply_to, want)
    if m.references[-1:] != [want]:
        return "has References that do not end with %s: %s" % (want, " ".join(m.references))
    return None


def prop_attached(play, m, person, value, text, everything):
    there = {name: data for name, _, data in m.attachments()}
    for name in [n.strip() for n in value.split(",")] if value != "nothing" else []:
        if name not in there:
            return "has not the file %s; has %s" % (name, ", ".join(there) or "none")
        if there[name] != actions.clients.attachment(name)[2]:
            return "has the file %s with other contents" % name
    return "has files: %s" % ", ".join(there) if value == "nothing" and there else None


def prop_picture(play, m, person, value, text, everything):
    cid = next((p["Content-ID"].strip().strip("<>") for p in m.mail.walk() if p["Content-ID"] and p.get_payload(decode=True) == actions.clients.attachment(value)[2]), None)
    return "has not the picture %s" % value if cid is None else None if "cid:" + cid in (m.html or "") else "has the picture %s, and its HTML does not show it" % value


def prop_header(play, m, person, value, text, everything):
    name, _, want = value.partition(":")
    got = m.header(name)
    return None if got is not None and has(got, want.strip() or "/.*/") else "has %s: %s" % (name, got)


def prop_no_header(play, m, person, value, text, everything):
    return None if m.mail[value] is None else "has %s: %s" % (value, m.header(value))


def prop_envelope(play, m, person, value, text, everything):
    want = {"empty": "", "the office": actions.OFFICE}.get(value, value)
    return None if m.sender == want else "has the envelope sender <%s>" % m.sender


def prop_link(play, m, person, value, text, everything):
    return None if any(actions.fits(value, words, target) for words, target in m.links()) else "has no link '%s'; there are: %s" % (value, ", ".join(w for w, _ in m.links()) or "none")


def prop_in(play, m, person, value, text, everything):
    """Which language the desk's own words are in."""
    words = {"Swedish": ("och", "är", "det", "du", "har", "på", "som", "till", "svar", "ärende"), "English": ("the", "and", "is", "you", "your", "this", "that", "to", "answer", "ticket")}
    count = {lang: sum(len(re.findall(r"(?<!\w)%s(?!\w)" % w, m.text.lower())) for w in ws) for lang, ws in words.items()}
    other = "English" if value == "Swedish" else "Swedish"
    return None if count[value] > count[other] else "does not read like %s" % value


def prop_about(play, m, person, value, text, everything):
    return None if m.ticket == play.number(int(value.split()[-1])) else "is about ticket INT-%s" % m.ticket


PROPS = {"has": prop_has, "has not": prop_has_not, "html has": prop_html, "html has not": prop_html_not, "subject": prop_subject, "from": prop_from, "to": same_people(("To",)),
         "cc": same_people(("Cc",)), "for": same_people(("To", "Cc")), "reply to": same_people(("Reply-To",)), "threaded": prop_threaded, "threaded under": prop_threaded,
         "attached": prop_attached, "picture": prop_picture, "header": prop_header, "no header": prop_no_header, "envelope": prop_envelope, "link": prop_link, "in": prop_in, "about": prop_about}


# --- tickets ---

@expectation(r"^(?:the ticket|ticket (\d)) (?:is|stays) (.+)$")
def ticket_is(play, step, which, words):
    t = play.show(int(which or 1))
    for word in [w.strip() for w in words.split(",")]:
        fault = ticket_fault(play, t, word)
        if fault:
            miss("ticket INT-%d: %s" % (t["id"], fault))


def ticket_fault(play, t, word):
    if word in ("open", "pending", "closed"):
        return None if t["status"] == word else "is %s, not %s" % (t["status"], word)
    m = re.fullmatch(r"owned by (.+)|with owner (.+)", word)
    if m:
        who = (m.group(1) or m.group(2))
        want = None if who == "nobody" else play.person(who).addresses
        got = (t["owner"] or "").lower()
        return None if (not got if want is None else got in want) else "its owner is %s" % (t["owner"] or "nobody")
    m = re.fullmatch(r"from (.+)", word)
    if m:
        got = (t["requester"] or {}).get("addr") or ""
        return None if got.lower() in play.person(m.group(1)).addresses else "is from %s" % got
    m = re.fullmatch(r"also (.+)", word)
    if m:
        want = None if m.group(1) == "nothing" else m.group(1)
        return None if t["second_topic"] == want else "its second topic is %s" % t["second_topic"]
    m = re.fullmatch(r"in (Swedish|English)", word)
    if m:
        return None if t["lang"] == {"Swedish": "sv", "English": "en"}[m.group(1)] else "its language is %s" % t["lang"]
    if word in ("agreements", "mobility", "recruitment", "networks", "triage"):
        return None if (t["topic"] or "triage") == word else "its topic is %s, not %s" % (t["topic"] or "triage", word)
    raise ScriptFault("a ticket is not '%s'" % word)


@expectation(r"^there (?:is|are) (?:still )?(\w+) tickets?$")
def ticket_count(play, step, count):
    if len(play.numbers()) != number(count):
        miss("there are %d: %s" % (len(play.numbers()), "; ".join("%s from %s" % (play.desk.tickets[n]["subject"], play.desk.tickets[n]["requester"]["addr"]) for n in play.numbers())))


@expectation(r"^the history(?: of ticket (\d))? has( not| no word of)?: (.+)$")
def history(play, step, which, no, wanted):
    t = play.show(int(which or 1))
    text = "\n".join("%s: %s" % (e["actor"], e["what"]) for e in t["events"])
    if has(squeeze(text), play.fill(wanted)) == bool(no):
        miss("the history is:\n%s" % text)


@expectation(r"^(?:the ticket|ticket (\d)) has (no|\w+) mails?(?: from (.+))?$")
def ticket_mails(play, step, which, count, who):
    t = play.show(int(which or 1))
    found = [m for m in t["messages"] if m["direction"] == "in" and (not who or (m["from"] or "").lower() in play.person(who).addresses)]
    want = 1 if count == "a" else number(count)
    if len(found) != want:
        miss("it has %d: %s" % (len(found), ", ".join(m["from"] or "?" for m in found)))
