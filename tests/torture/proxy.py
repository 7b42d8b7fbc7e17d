"""A network that fails: a TCP proxy on loopback, one fault, at its first connection (or its first `hits`)."""
import re
import socket
import ssl
import struct
import threading


class Broken(Exception):
    """The fault has come to its end: both sides are closed."""


class Proxy:
    """fault: (what, …), one of
      cut|rst|stall|half|flip DIRECTION N   at the N-th byte; DIRECTION "in" is to the daemon, "out" from it. As the bytes are on the wire.
      chunk DIRECTION N                     N bytes at a time
      before|lost VERB                      closed before the command is handed on; closed after the server did it, without its answer
      no|bad VERB                           the command is answered so (IMAP), and not handed on
      say REGEX TEXT                        what the server says is changed
    The last five look into TLS: `certs` then holds what the proxy shows."""

    def __init__(self, port, fault, certs=None, hits=1):
        self.port_to, self.fault, self.left, self.hits = port, fault, hits, 0
        self.lock, self.open, self.ended = threading.Lock(), [], threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = None
        if fault[0] in ("before", "lost", "no", "bad", "say"):
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certs + "/good.pem", certs + "/good.key")
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.listener.close()
        for s in self.open:
            s.close()

    def _listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with self.lock:
            faulty, self.left = self.left > 0, self.left - 1
        try:
            server = socket.create_connection(("127.0.0.1", self.port_to))
            self.open += [client, server]
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
                plain = ssl.create_default_context()
                plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
                server = plain.wrap_socket(server)
                self.open += [client, server]
        except OSError:
            return client.close()
        session = Session(self, client, server, self.fault if faulty else ("none",))
        for way in ("out", "in"):
            threading.Thread(target=session.carry, args=(way,), daemon=True).start()


class Session:
    def __init__(self, proxy, client, server, fault):
        self.proxy, self.client, self.server, self.fault = proxy, client, server, fault
        self.seen = {"in": 0, "out": 0}
        self.lost = False

    def carry(self, way):
        source, target = (self.client, self.server) if way == "out" else (self.server, self.client)
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                for piece in self.through(way, data):
                    target.sendall(piece)
        except (OSError, ValueError, Broken):
            pass
        for s in (self.client, self.server):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def through(self, way, data):
        what, at = self.fault[0], self.seen[way]
        self.seen[way] += len(data)
        if what in ("cut", "rst", "stall", "half", "flip") and self.fault[1] == way and at <= self.fault[2] < at + len(data):
            yield from self.at_byte(what, data, self.fault[2] - at)
        elif what == "chunk" and self.fault[1] == way:
            yield from (data[i:i + self.fault[2]] for i in range(0, len(data), self.fault[2]))
        elif what in ("before", "lost", "no", "bad") and way == "out" and self.fault[1].encode() in data:
            yield from self.at_command(what, data)
        elif way == "in" and self.lost:
            raise Broken
        elif what == "say" and way == "in" and re.search(self.fault[1].encode(), data):
            self.proxy.hits += 1
            yield re.sub(self.fault[1].encode(), self.fault[2].encode(), data)
        else:
            yield data

    def at_byte(self, what, data, n):
        self.proxy.hits += 1
        if what == "flip":
            yield data[:n] + bytes([data[n] ^ 4]) + data[n + 1:]
            return
        yield data[:n]
        if what == "stall":
            self.proxy.ended.wait(300)
        elif what == "half":
            (self.client if self.fault[1] == "in" else self.server).shutdown(socket.SHUT_WR)
            self.proxy.ended.wait(300)
        elif what == "rst":
            for s in (self.client, self.server):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Broken

    def at_command(self, what, data):
        self.proxy.hits += 1
        if what == "before":
            raise Broken
        if what == "lost":
            self.lost = True
            yield data
            return
        self.client.sendall(data.split()[0] + b" " + what.upper().encode() + b" not today\r\n")
        self.fault = ("none",)
