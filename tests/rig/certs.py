"""A private CA and server certificates, the good one and the bad ones, made with openssl."""
import os
import subprocess

# name: (subjectAltName, extendedKeyUsage, days from now it is valid, signed by)
CERTS = {
    "good": ("DNS:localhost,IP:127.0.0.1", "serverAuth", (-1, 1500), "ca"),
    "selfsigned": ("DNS:localhost,IP:127.0.0.1,IP:127.0.0.2", "serverAuth", (-1, 30), None),
    "wronghost": ("DNS:mail.elsewhere.example", "serverAuth", (-1, 30), "ca"),
    "expired": ("DNS:localhost,IP:127.0.0.1,IP:127.0.0.4", "serverAuth", (-30, -1), "ca"),
    "clientonly": ("DNS:localhost,IP:127.0.0.1,IP:127.0.0.5", "clientAuth", (-1, 30), "ca"),
}
# The private Dovecot shows each of them on an address of its own.
HOSTS = {"good": "127.0.0.1", "selfsigned": "127.0.0.2", "wronghost": "127.0.0.3", "expired": "127.0.0.4", "clientonly": "127.0.0.5"}

CA_CONF = """
[ca]
default_ca = it
[it]
database = {dir}/index
new_certs_dir = {dir}
serial = {dir}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
commonName = {cn}
[v3_ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[v3_server]
basicConstraints = CA:false
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = {eku}
subjectAltName = {san}
"""


def _date(days):
    import time
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def make_certs(directory, names=tuple(CERTS)):
    """Makes directory/ca.pem and, for each name, directory/<name>.pem and .key. Keys are for the test servers alone."""
    os.makedirs(directory, exist_ok=True)
    conf = os.path.join(directory, "openssl.cnf")
    path = lambda name: os.path.join(directory, name)

    def configure(cn, san="DNS:localhost", eku="serverAuth"):
        with open(conf, "w") as f:
            f.write(CA_CONF.format(dir=directory, cn=cn, san=san, eku=eku))

    def openssl(*args):
        p = subprocess.run(("openssl",) + args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode:
            raise RuntimeError("openssl %s failed:\n%s" % (args[0], p.stdout))

    def sign(name, ext, days, issuer):
        by = ("-selfsign", "-keyfile", path(name + ".key")) if issuer is None else ("-cert", path("ca.pem"), "-keyfile", path("ca.key"))
        openssl("ca", "-batch", "-notext", "-config", conf, "-extensions", ext, "-startdate", _date(days[0]), "-enddate", _date(days[1]),
                "-in", path(name + ".csr"), "-out", path(name + ".pem"), *by)

    open(path("index"), "w").close()
    with open(path("serial"), "w") as f:
        f.write("1000\n")
    jobs = [("ca", "Private CA of Ingang's tests", {}, "v3_ca", (-60, 1500), None)]
    for name in names:
        san, eku, days, issuer = CERTS[name]
        jobs.append((name, "test server (%s)" % name, {"san": san, "eku": eku}, "v3_server", days, issuer))
    for name, cn, extra, ext, days, issuer in jobs:
        configure(cn, **extra)
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", conf,
                "-keyout", path(name + ".key"), "-out", path(name + ".csr"))
        sign(name, ext, days, issuer)
        os.chmod(path(name + ".key"), 0o644)  # read by the unprivileged servers
    return path("ca.pem")
