"""A private provider of OAuth2 tokens, over TLS, as Microsoft's and Google's are: client credentials with a secret or a signed assertion,
a service account's assertion, refresh tokens that rotate, sign-in on another device; and RFC 7662 introspection for Dovecot.

It runs in threads of the test itself, which looks into it and changes its ways: .asked, .granted, .next_errors, .lifetime, …"""
import base64
import http.server
import json
import os
import secrets
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

CLIENT, SECRET, SERVICE = "the-desk", "no-log-may-tell-this", "desk@project.example"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Refused(Exception):
    def __init__(self, error, status=400, **more):
        super().__init__(error)
        self.status, self.answer = status, dict(more, error=error)


class TokenServer:
    """Use start() and stop(). directory: for keys and the list of good tokens that the SMTP sink reads."""

    def __init__(self, directory, certs, mailbox, cert="good"):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.lock = threading.Lock()
        self.asked = []          # the forms
        self.tokens = {}         # access token: good until
        self.mailbox = mailbox   # whose they are
        self.refresh = None      # the one that counts now
        self.used_refresh = []
        self.next_errors = []    # Refused, raised one a question
        self.lifetime = 3600
        self.device = None       # [device code, questions until the person has done it]
        self.patience = 1        # so many questions
        self.public_key = None   # PEM file, for assertions
        self.tokens_file = os.path.join(directory, "tokens")
        self._write_tokens()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.http.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(certs, cert + ".pem"), os.path.join(certs, cert + ".key"))
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.http.server_address[1]
        self.url = "https://localhost:%d" % self.port

    def start(self):
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    # --- tokens ---

    def grant(self, more=None):
        token = "at-" + secrets.token_urlsafe(900)  # as long as Microsoft's
        self.tokens[token] = time.time() + self.lifetime
        self._write_tokens()
        return dict({"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token}, **(more or {}))

    def revoke_all(self):
        """Access tokens given so far are good no more."""
        with self.lock:
            self.tokens.clear()
            self._write_tokens()

    def _write_tokens(self):
        with open(self.tokens_file + ".tmp", "w") as f:
            f.writelines(token + "\n" for token in self.tokens)
        os.rename(self.tokens_file + ".tmp", self.tokens_file)

    def secrets(self):
        """What no log and no error may tell."""
        forms = [form[key] for form in self.asked for key in ("client_secret", "client_assertion", "assertion", "refresh_token", "device_code") if key in form]
        return set(forms) | set(self.tokens) | {SECRET}

    # --- the questions ---

    def answer(self, path, form):
        with self.lock:
            if path == "/introspect":
                good = self.tokens.get(form.get("token"), 0) > time.time()
                return {"active": True, "username": self.mailbox} if good else {"active": False}
            self.asked.append(form)
            if self.next_errors:
                raise self.next_errors.pop(0)
            if path == "/devicecode":
                self.device = ["dc-" + secrets.token_urlsafe(30), self.patience]
                return {"device_code": self.device[0], "user_code": "WDJB-MJHT", "verification_uri": self.url + "/device", "interval": 1, "expires_in": 60}
            if path != "/token":
                raise Refused("not_found", 404)
            return getattr(self, "_" + {"client_credentials": "client", JWT_BEARER: "service", "refresh_token": "renew", DEVICE: "on_device"}.get(
                form.get("grant_type"), "unknown"))(form)

    def _unknown(self, form):
        raise Refused("unsupported_grant_type")

    def _client(self, form):
        if form.get("client_id") != CLIENT or not form.get("scope", "").endswith("/.default"):
            raise Refused("invalid_request")
        if form.get("client_assertion_type") == ASSERTION:
            claims = self._checked(form["client_assertion"], "PS256")
            if claims["iss"] != CLIENT or claims["sub"] != CLIENT or len(claims["jti"]) < 16:
                raise Refused("invalid_client", 401)
        elif form.get("client_secret") != SECRET:
            raise Refused("invalid_client", 401, error_description="AADSTS7000215: Invalid client secret provided: %s" % form.get("client_secret"))
        return self.grant()

    def _service(self, form):
        claims = self._checked(form["assertion"], "RS256")
        if claims["iss"] != SERVICE or claims["scope"] != "https://mail.google.com/" or "@" not in claims["sub"]:
            raise Refused("unauthorized_client", 401)
        return self.grant()

    def _renew(self, form):
        if form.get("client_id") != CLIENT:
            raise Refused("invalid_client", 401)
        if form.get("refresh_token") != self.refresh:
            self.refresh = None  # used twice: somebody has stolen it
            raise Refused("invalid_grant", error_description="AADSTS70008: the refresh token has expired or was used before")
        return self._rotate()

    def _rotate(self):
        self.used_refresh.append(self.refresh)
        self.refresh = "rt-" + secrets.token_urlsafe(40)
        return self.grant({"refresh_token": self.refresh})

    def _on_device(self, form):
        if not self.device or form.get("device_code") != self.device[0]:
            raise Refused("invalid_grant")
        if self.device[1]:
            self.device[1] -= 1
            raise Refused("authorization_pending")
        self.device = None
        return self._rotate()

    def _checked(self, jwt, algorithm):
        """The claims, once openssl has found the signature good (RFC 7515, RFC 7518 §3.3, §3.5)."""
        head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in jwt.split("."))
        padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "PS256" else []
        with tempfile.NamedTemporaryFile() as f:
            f.write(signature)
            f.flush()
            good = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public_key, "-signature", f.name] + padding, input=jwt.rpartition(".")[0].encode(),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        head, claims = json.loads(head), json.loads(claims)
        if not good or head["alg"] != algorithm or claims["aud"] != self.url + "/token" or not time.time() - 60 < claims["iat"] <= time.time() + 1 < claims["exp"]:
            raise Refused("invalid_client", 401, error_description="the assertion is not good")
        return claims


def handler(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self):
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            try:
                status, answer = 200, server.answer(urllib.parse.urlsplit(self.path).path, form)
            except Refused as e:
                status, answer = e.status, e.answer
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return Handler


DOVECOT = """
auth_mechanisms = xoauth2 oauthbearer plain login
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {conf}
}}
"""
DOVECOT_OAUTH2 = """
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = username
active_attribute = active
active_value = true
force_introspection = yes
tls_ca_cert_file = {ca}
"""
