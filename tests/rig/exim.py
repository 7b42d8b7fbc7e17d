"""A real MTA: the private copy of Exim (scripts/get-exim), unprivileged, on a loopback port, delivering into the private Dovecot.

The desk sends as `courier`. Any address is a user too, with the password that it has at Dovecot; mail that a user sends under another address
in From is taken, but not vouched for in Authentication-Results."""
import os
import shlex
import shutil
import signal
import subprocess

from . import dovecot
from .process import RigError, alive, free_ports, listening, owned_dir, read_pid, run_daemon, server_user, stop_pid, tail, unprivileged, wait_until
from .sink import PASSWORD, USER

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

CONF = """
primary_hostname = mx.uni.example
spool_directory = {run}/spool
log_file_path = {run}/%slog
pid_file_path = {run}/exim.pid
process_log_path = {run}/process
keep_environment = LD_PRELOAD
exim_path = {program}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
{tls_on_connect}
tls_advertise_hosts = *
tls_certificate = {certs}/good.pem
tls_privatekey = {certs}/good.key
trusted_users = {user}
never_users =
deliver_drop_privilege = true
host_lookup =
rfc1413_hosts =
rfc1413_query_timeout = 0s
dns_ipv4_lookup = *
disable_ipv6 = true
smtputf8_advertise_hosts = *
accept_8bitmime = true
message_size_limit = 50M
queue_only = false
queue_run_max = 2
smtp_accept_max = 50
smtp_accept_max_per_connection = 1000
smtp_accept_queue_per_connection = 0
remote_max_parallel = 2
untrusted_set_sender = *
qualify_domain = uni.example
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl
rcpt:
  deny    !authenticated = *
          message = 5.7.0 authentication required
  deny    domains = nowhere.example
          message = 5.1.2 no such domain
  accept
data:
  warn    remove_header = Authentication-Results
          add_header = :at_start:Authentication-Results: mx.uni.example; auth=pass smtp.auth=$authenticated_id; \
            dmarc=${{if eqi{{$authenticated_id}}{{${{address:$rh_From:}}}}{{pass}}{{none}}}} header.from=${{domain:${{address:$rh_From:}}}}
  accept

begin routers
group_addresses:
  driver = redirect
  data = ${{lookup{{$local_part@$domain}}lsearch{{{run}/aliases}}}}
into_dovecot:
  driver = manualroute
  domains = *
  route_data = 127.0.0.1
  self = send
  transport = lmtp

begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  port = {lmtp}
  hosts_try_fastopen =
  allow_localhost = true

begin retry
* * F,1h,1m

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_prompts = :
  server_condition = {plain_ok}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_prompts = Username:: : Password::
  server_condition = {login_ok}
  server_set_id = $auth1
"""


def login_condition(user, password):
    """As whom one may log in: the desk's account, or an address. Arguments: the variables that hold what was said."""
    either = ["{and {{eq{$%s}{%s}} {eq{$%s}{%s}}}}" % (user, USER, password, PASSWORD),
              "{and {{match{$%s}{@}} {eq{$%s}{%s}}}}" % (user, password, dovecot.PASSWORD)]
    return "${if or {%s}}" % " ".join(either)


class Exim:
    def __init__(self, directory, lmtp, tls=False, aliases=None):
        """aliases: {group address: [address, …]}."""
        self.run = os.path.join(os.path.abspath(directory), "exim")
        self.certs = os.path.join(os.path.abspath(directory), "certs")
        self.conf = os.path.join(self.run, "exim.conf")
        self.pid_file = os.path.join(self.run, "exim.pid")
        self.program = os.path.join(self.run, "exim4")
        self.lmtp, self.tls, self.aliases, self.port = lmtp, tls, dict(aliases or {}), None

    def start(self):
        owned_dir(self.run)
        self._take_program()
        problem = ""
        for _ in range(5):
            self.port = free_ports(1)[0]
            self._write_conf()
            code, problem = run_daemon(self._argv("-bd", "-q1m"), self.run + ".out")
            if code == 0:
                wait_until(lambda: read_pid(self.pid_file) and listening(self.port), "Exim's port")
                return self
            if "in use" not in problem + self.log():
                break
        raise RigError("Exim does not start:\n%s%s" % (problem, self.log()))

    def _take_program(self):
        """The copy under the build folder may lie where the server's user cannot look."""
        source = os.path.join(os.environ.get("INGANG_EXIM") or os.path.join(TOP, os.environ.get("BUILD", "build"), "rig", "exim"), "exim4")
        if not os.path.exists(source):
            raise RigError("there is no private copy of Exim: run 'scripts/get-exim'")
        shutil.copy(source, self.program)
        os.chmod(self.program, 0o755)
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exim_user.c")
        p = subprocess.run(shlex.split(os.environ.get("CC", "cc")) + ["-shared", "-fPIC", "-O1", "-o", os.path.join(self.run, "exim_user.so"), source, "-ldl"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode:
            raise RigError("cannot compile %s:\n%s" % (source, p.stdout))

    def _write_conf(self):
        with open(os.path.join(self.run, "aliases"), "w") as f:
            f.writelines("%s: %s\n" % (group, ", ".join(people)) for group, people in self.aliases.items())
        with open(self.conf, "w") as f:
            f.write(CONF.format(run=self.run, certs=self.certs, port=self.port, lmtp=self.lmtp, program=self.program,
                                user=server_user().pw_name, plain_ok=login_condition("auth2", "auth3"), login_ok=login_condition("auth1", "auth2"),
                                tls_on_connect="tls_on_connect_ports = %d" % self.port if self.tls else ""))

    def _argv(self, *args):
        preload = "LD_PRELOAD=" + os.path.join(self.run, "exim_user.so")
        return unprivileged(["env", preload, self.program, "-C", self.conf] + list(args))

    def stop(self):
        pid = read_pid(self.pid_file)
        if pid and alive(pid):
            stop_pid(pid)
            try:
                os.killpg(pid, signal.SIGTERM)  # deliveries under way
            except ProcessLookupError:
                pass

    def log(self, lines=20):
        return tail(os.path.join(self.run, "mainlog"), lines) + tail(os.path.join(self.run, "paniclog"), lines)
