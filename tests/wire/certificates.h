/* certificates: made on the spot for the tests of TLS: an authority, and certificates that it or nobody signed. */
#ifndef TESTS_WIRE_CERTIFICATES_H
#define TESTS_WIRE_CERTIFICATES_H

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct pair {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

struct cert_wish {
	const char *dns, *ip; /* subjectAltNames; NULL: none */
	const char *common_name;
	const char *purpose; /* NULL: serverAuth */
	int from_days, to_days;
	bool authority;
};

static void cert_must(int r)
{
	if (r < 0) {
		fprintf(stderr, "certificate: %s\n", gnutls_strerror(r));
		abort();
	}
}

/* Signed by `by`, or by itself where that is NULL. */
static struct pair cert_make(const struct cert_wish *w, const struct pair *by)
{
	static unsigned char serial = 1;
	struct pair p;
	time_t now = time(NULL);
	unsigned char ip[4];
	serial++;
	cert_must(gnutls_x509_privkey_init(&p.key));
	cert_must(gnutls_x509_privkey_generate(p.key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	cert_must(gnutls_x509_crt_init(&p.crt));
	cert_must(gnutls_x509_crt_set_version(p.crt, 3));
	cert_must(gnutls_x509_crt_set_serial(p.crt, &serial, 1));
	cert_must(gnutls_x509_crt_set_key(p.crt, p.key));
	cert_must(gnutls_x509_crt_set_activation_time(p.crt, now + w->from_days * 86400));
	cert_must(gnutls_x509_crt_set_expiration_time(p.crt, now + w->to_days * 86400));
	cert_must(gnutls_x509_crt_set_dn_by_oid(p.crt, GNUTLS_OID_X520_COMMON_NAME, 0, w->common_name, (unsigned)strlen(w->common_name)));
	if (w->dns)
		cert_must(gnutls_x509_crt_set_subject_alt_name(p.crt, GNUTLS_SAN_DNSNAME, w->dns, (unsigned)strlen(w->dns), GNUTLS_FSAN_APPEND));
	if (w->ip && inet_pton(AF_INET, w->ip, ip) == 1)
		cert_must(gnutls_x509_crt_set_subject_alt_name(p.crt, GNUTLS_SAN_IPADDRESS, ip, sizeof ip, GNUTLS_FSAN_APPEND));
	cert_must(gnutls_x509_crt_set_basic_constraints(p.crt, w->authority, -1));
	if (w->authority)
		cert_must(gnutls_x509_crt_set_key_usage(p.crt, GNUTLS_KEY_KEY_CERT_SIGN));
	else
		cert_must(gnutls_x509_crt_set_key_purpose_oid(p.crt, w->purpose ? w->purpose : GNUTLS_KP_TLS_WWW_SERVER, 0));
	cert_must(gnutls_x509_crt_sign2(p.crt, by ? by->crt : p.crt, by ? by->key : p.key, GNUTLS_DIG_SHA256, 0));
	return p;
}

static void cert_free(struct pair *p)
{
	gnutls_x509_crt_deinit(p->crt);
	gnutls_x509_privkey_deinit(p->key);
}

static gnutls_certificate_credentials_t cert_credentials(const struct pair *p)
{
	gnutls_certificate_credentials_t c;
	gnutls_x509_crt_t chain[1] = {p->crt};
	cert_must(gnutls_certificate_allocate_credentials(&c));
	cert_must(gnutls_certificate_set_x509_key(c, chain, 1, p->key));
	return c;
}

/* A file with the certificate, for ca_file; unlink() it. */
static void cert_write(const struct pair *p, char path[static 40])
{
	gnutls_datum_t pem = {0};
	strcpy(path, "/tmp/ingang-test-ca-XXXXXX");
	int fd = mkstemp(path);
	cert_must(gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &pem));
	if (fd < 0 || write(fd, pem.data, pem.size) != (ssize_t)pem.size)
		abort();
	close(fd);
	gnutls_free(pem.data);
}

#endif
