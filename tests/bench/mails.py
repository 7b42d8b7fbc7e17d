"""A corpus as an office gets it, the same for the same seed: mostly short plain mails, Outlook's HTML, some attachments, a few of some MB."""
import base64
import random

WORDS = ("vi vill förnya avtalet med universitetet och frågar när nomineringar för utbyte ska vara inne hej tack hälsningar our students would like to apply "
         "for the exchange programme next autumn and need a signed learning agreement before the deadline please let us know which documents").split()


def words(rng, count):
    out = []
    for i in range(count):
        out.append(rng.choice(WORDS))
        if i % 12 == 11:
            out.append("\n")
    return " ".join(out).replace(" \n ", "\n")


def encoded(data):
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


def mail(rng, number):
    kind = rng.random()
    head = ("Received: from mx%d.example.net by mx.uni.example; Mon, 2 Nov 2026 08:00:00 +0100\r\nFrom: Person %d <person%d@dept%d.example.net>\r\n"
            "To: international@uni.example\r\nSubject: Fraga %d om %s\r\nDate: Mon, 2 Nov 2026 08:%02d:%02d +0100\r\nMessage-ID: <bench-%d@example.net>\r\n"
            "MIME-Version: 1.0\r\n" % (number % 7, number, number, number % 50, number, rng.choice(WORDS), number // 60 % 60, number % 60, number))
    text = words(rng, rng.randint(600, 2500)).replace("\n", "\r\n")
    if kind < 0.60:
        return (head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n").encode()
    html = "<html><head><style>p.MsoNormal{margin:0}</style></head><body>" + "".join(
        "<p class=MsoNormal><span style='font-size:11.0pt;font-family:\"Calibri\",sans-serif'>%s</span></p>\r\n" % line for line in text.split("\r\n")) + "</body></html>"
    if kind < 0.90:
        return (head + "Content-Type: multipart/alternative; boundary=\"a\"\r\n\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text +
                "\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + "\r\n--a--\r\n").encode()
    size = rng.randint(80_000, 380_000) if kind < 0.98 else rng.randint(1_500_000, 3_700_000)
    return (head + "Content-Type: multipart/mixed; boundary=\"m\"\r\n\r\n--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text +
            "\r\n--m\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\n" +
            encoded(rng.randbytes(size)) + "--m--\r\n").encode()


def corpus(count, seed=1):
    rng = random.Random(seed)
    return [mail(rng, i) for i in range(count)]


def large(megabytes, seed=1):
    rng = random.Random(seed)
    return ("From: Large <large@example.net>\r\nTo: international@uni.example\r\nSubject: Samarbetsavtal\r\nDate: Mon, 2 Nov 2026 08:00:00 +0100\r\n"
            "Message-ID: <large@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"m\"\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n"
            "Se bilagan.\r\n--m\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            encoded(rng.randbytes(megabytes * 1000000 * 3 // 4)) + "--m--\r\n").encode()
