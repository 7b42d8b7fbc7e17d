#include "stream_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

int64_t stream_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

int stream_poll(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - stream_clock();
		if (left <= 0)
			return 0;
		struct pollfd p = {.fd = fd, .events = events};
		int r = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return -1;
	}
}

static bool is_ip(const char *host)
{
	unsigned char a[16];
	return inet_pton(AF_INET, host, a) == 1 || inet_pton(AF_INET6, host, a) == 1;
}

/* --- why a certificate did not pass --- */

static gnutls_x509_crt_t peer_certificate(gnutls_session_t session)
{
	unsigned n = 0;
	const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t crt = NULL;
	if (!der || !n || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &der[0], GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

static void add_printable(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n && i < 100; i++)
		buf_addc(b, s[i] > ' ' && s[i] < 0x7f && s[i] != '\'' ? s[i] : '?');
}

/* "'a.example', 'b.example'": the names that a certificate is for, at most three */
static void add_names(struct buf *b, gnutls_x509_crt_t crt)
{
	unsigned shown = 0;
	for (unsigned i = 0; shown < 3; i++) {
		char name[256], text[INET6_ADDRSTRLEN];
		size_t n = sizeof name;
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type == GNUTLS_SAN_IPADDRESS && (n == 4 || n == 16))
			n = inet_ntop(n == 4 ? AF_INET : AF_INET6, name, text, sizeof text) ? strlen(strcpy(name, text)) : 0;
		else if (type != GNUTLS_SAN_DNSNAME)
			continue;
		buf_adds(b, shown++ ? ", '" : "'");
		add_printable(b, name, n);
		buf_addc(b, '\'');
	}
	if (!shown)
		buf_adds(b, "no host at all");
}

static void add_day(struct buf *b, time_t t)
{
	struct tm tm;
	char day[32];
	if (t != (time_t)-1 && gmtime_r(&t, &tm) && strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", &tm))
		buf_adds(b, day);
}

static void why_refused(struct buf *b, gnutls_session_t session, unsigned status, const char *host)
{
	gnutls_x509_crt_t crt = peer_certificate(session);
	if (!crt)
		buf_adds(b, "the server showed no certificate");
	else if (status & GNUTLS_CERT_EXPIRED) {
		buf_adds(b, "it expired on ");
		add_day(b, gnutls_x509_crt_get_expiration_time(crt));
		buf_adds(b, " (or one above it did); the server needs a new one");
	} else if (status & GNUTLS_CERT_NOT_ACTIVATED) {
		buf_adds(b, "it is valid only from ");
		add_day(b, gnutls_x509_crt_get_activation_time(crt));
		buf_adds(b, "; is this machine's clock right?");
	} else if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA)) {
		bool own = gnutls_x509_crt_check_issuer(crt, crt);
		buf_adds(b, own ? "it is signed by itself" : "it is signed by an unknown authority");
		buf_adds(b, own ? "; if it is the right one, set ca_file to a copy of it"
		                : "; set ca_file to the authority's certificate if it is your own");
	} else if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		buf_adds(b, "it is for ");
		add_names(b, crt);
		buf_addf(b, ", not for '%s'; use in the url a name that it is for", host);
	} else if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
		buf_adds(b, "it is not meant for servers (no serverAuth purpose); the server needs another one");
	else if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		buf_adds(b, "it is signed with a weak algorithm; the server needs a new one");
	else {
		gnutls_datum_t text = {0};
		if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0 && text.data)
			buf_add(b, text.data, strnlen((const char *)text.data, text.size));
		gnutls_free(text.data);
	}
	if (crt)
		gnutls_x509_crt_deinit(crt);
}

static bool not_trusted(gnutls_session_t session, unsigned status, const char *host, const char *where, struct err *e)
{
	struct buf b = {0};
	why_refused(&b, session, status, host);
	err_set(e, ERR_CONFIG, "the certificate of '%s' is not trusted: %s", where, b.s);
	buf_free(&b);
	return false;
}

static bool handshake_failed(struct tls *t, int r, const char *host, const char *where, struct err *e)
{
	if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || r == GNUTLS_E_NO_CERTIFICATE_FOUND)
		return not_trusted(t->session, gnutls_session_get_verify_cert_status(t->session), host, where, e);
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		gnutls_alert_description_t a = gnutls_alert_get(t->session);
		const char *name = gnutls_alert_get_name(a);
		return err_set(e, ERR_TEMPORARY, "'%s' refuses TLS: %s%s", where, name ? name : "unknown alert",
		               a == GNUTLS_A_PROTOCOL_VERSION ? "; it must speak TLS 1.2 or 1.3" : "");
	}
	switch (r) {
	case GNUTLS_E_TIMEDOUT:
		return err_set(e, ERR_TEMPORARY, "no answer from '%s' to the start of TLS; is it the port for TLS from the start?", where);
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNEXPECTED_PACKET:
	case GNUTLS_E_RECORD_OVERFLOW:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return err_set(e, ERR_TEMPORARY, "'%s' does not answer in TLS; is it the port for TLS from the start? (otherwise imap:// with STARTTLS)",
		               where);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_PULL_ERROR:
		return err_set(e, ERR_TEMPORARY, "'%s' closed the connection at the start of TLS", where);
	default:
		return err_set(e, ERR_TEMPORARY, "TLS with '%s' failed: %s", where, gnutls_strerror(r));
	}
}

/* GnuTLS takes the host name from the subject of a certificate without any subjectAltName; RFC 9525 §2 forbids it. */
static bool names_a_host(gnutls_session_t session, const char *where, struct err *e)
{
	gnutls_x509_crt_t crt = peer_certificate(session);
	bool found = false;
	for (unsigned i = 0; crt && !found; i++) {
		char name[512];
		size_t n = sizeof name;
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		found = type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_IPADDRESS || type == GNUTLS_E_SHORT_MEMORY_BUFFER;
	}
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (found)
		return true;
	return err_set(e, ERR_CONFIG, "the certificate of '%s' is not trusted: it has no subjectAltName; the server needs a new one", where);
}

/* An address as host is looked for among the certificate's addresses, not its names. */
static void demands(gnutls_typed_vdata_st want[static 2], const char *host)
{
	want[0] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)(uintptr_t)host};
	want[1] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER};
}

bool tls_verify(gnutls_session_t session, const char *host, const char *where, struct err *e)
{
	gnutls_typed_vdata_st want[2];
	unsigned status = 0;
	demands(want, host);
	if (gnutls_certificate_verify_peers(session, want, 2, &status) < 0 || status)
		return not_trusted(session, status, host, where, e);
	return names_a_host(session, where, e);
}

static bool trust_load(gnutls_certificate_credentials_t trust, const char *ca_file, struct err *e)
{
	/* a machine without any CA bundle is fine when there is a ca_file; if not, every certificate fails with a clear line */
	gnutls_certificate_set_x509_system_trust(trust);
	if (!ca_file)
		return true;
	int n = gnutls_certificate_set_x509_trust_file(trust, ca_file, GNUTLS_X509_FMT_PEM);
	if (n < 0)
		return err_set(e, ERR_CONFIG, "cannot read certificates from ca_file '%s': %s", ca_file, gnutls_strerror(n));
	if (n == 0)
		return err_set(e, ERR_CONFIG, "ca_file '%s' holds no certificate (PEM: BEGIN CERTIFICATE)", ca_file);
	return true;
}

static int handshake(struct tls *t, int fd, int64_t deadline)
{
	for (;;) {
		int r = gnutls_handshake(t->session);
		if (r == GNUTLS_E_SUCCESS || gnutls_error_is_fatal(r))
			return r;
		if (stream_clock() >= deadline)
			return GNUTLS_E_TIMEDOUT;
		if ((r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED) &&
		    stream_poll(fd, gnutls_record_get_direction(t->session) ? POLLOUT : POLLIN, deadline) <= 0)
			return GNUTLS_E_TIMEDOUT;
	}
}

bool tls_start(struct tls *t, int fd, const char *host, const char *where, const char *ca_file, int64_t deadline, struct err *e)
{
	*t = (struct tls){0};
	if (gnutls_certificate_allocate_credentials(&t->trust) < 0)
		return err_set(e, ERR_TEMPORARY, "no memory for TLS");
	bool ok = trust_load(t->trust, ca_file, e);
	int r = ok ? gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) : 0;
	if (ok && r >= 0)
		r = gnutls_priority_set_direct(t->session, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL);
	if (ok && r >= 0)
		r = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->trust);
	if (ok && r >= 0 && !is_ip(host)) /* an address may not stand in SNI (RFC 6066 §3) */
		r = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, host, strlen(host));
	if (ok && r < 0)
		ok = err_set(e, ERR_TEMPORARY, "cannot prepare TLS: %s", gnutls_strerror(r));
	if (ok) {
		demands(t->want, host);
		gnutls_session_set_verify_cert2(t->session, t->want, 2, 0);
		gnutls_transport_set_int(t->session, fd);
		r = handshake(t, fd, deadline);
		ok = r == GNUTLS_E_SUCCESS || handshake_failed(t, r, host, where, e);
	}
	ok = ok && names_a_host(t->session, where, e);
	t->up = ok;
	if (!ok)
		tls_end(t);
	return ok;
}

void tls_end(struct tls *t)
{
	if (t->up)
		gnutls_bye(t->session, GNUTLS_SHUT_WR); /* the fd does not block: one try */
	if (t->session)
		gnutls_deinit(t->session);
	if (t->trust)
		gnutls_certificate_free_credentials(t->trust);
	*t = (struct tls){0};
}
