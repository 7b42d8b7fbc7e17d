#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/mem.h"
#include "oauth2_parts.h"

enum { LIFE_S = 600, CERTIFICATE_MAX = 64 * 1024 };

char *oauth2_base64url(const void *p, size_t n)
{
	gnutls_datum_t in = {.data = (unsigned char *)(uintptr_t)p, .size = (unsigned)n}, out = {0};
	struct buf b = {0};
	if (gnutls_base64_encode2(&in, &out) < 0)
		return mem_dup("");
	for (unsigned i = 0; i < out.size && out.data[i] != '='; i++)
		buf_addc(&b, out.data[i] == '+' ? '-' : out.data[i] == '/' ? '_' : (char)out.data[i]);
	gnutls_free(out.data);
	return b.s ? buf_take(&b) : mem_dup("");
}

char *oauth2_random(void)
{
	unsigned char bytes[32];
	if (gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof bytes) < 0)
		abort();
	return oauth2_base64url(bytes, sizeof bytes);
}

/* --- certificates and keys --- */

static gnutls_x509_crt_t load_certificate(const char *path, struct err *e)
{
	struct buf b = {0};
	gnutls_x509_crt_t crt = NULL;
	if (!file_read(path, CERTIFICATE_MAX, &b, e)) {
		e->kind = ERR_CONFIG;
		return NULL;
	}
	gnutls_datum_t pem = {.data = (unsigned char *)b.s, .size = (unsigned)b.n};
	int r = gnutls_x509_crt_init(&crt);
	if (r >= 0 && (r = gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM)) < 0) {
		gnutls_x509_crt_deinit(crt);
		crt = NULL;
	}
	if (r < 0)
		err_set(e, ERR_CONFIG, "there is no certificate (PEM) in '%s': %s", path, gnutls_strerror(r));
	buf_free(&b);
	return crt;
}

int64_t oauth2_certificate_end(const char *path)
{
	struct err e;
	gnutls_x509_crt_t crt = load_certificate(path, &e);
	if (!crt)
		return 0;
	int64_t end = gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);
	return end > 0 ? end : 0;
}

static gnutls_x509_privkey_t load_key(const char *pem, size_t n, const char *path, struct err *e)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t in = {.data = (unsigned char *)(uintptr_t)pem, .size = (unsigned)n};
	int r = gnutls_x509_privkey_init(&key);
	if (r >= 0)
		r = gnutls_x509_privkey_import2(key, &in, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN);
	if (r >= 0 && gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_RSA)
		return key;
	if (r == GNUTLS_E_DECRYPTION_FAILED)
		err_set(e, ERR_CONFIG, "the key in '%s' is protected by a password: take that away (openssl pkey -in KEY -out NEW)", path);
	else if (r < 0)
		err_set(e, ERR_CONFIG, "there is no private key (PEM) in '%s': %s", path, gnutls_strerror(r));
	else
		err_set(e, ERR_CONFIG, "the key in '%s' is no RSA key: the provider takes no other", path);
	gnutls_x509_privkey_deinit(key);
	return NULL;
}

/* The SHA-256 of the certificate, by which the provider finds it; NULL where the key is another's. */
static char *thumbprint(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const struct oauth2_client *c, struct err *e)
{
	unsigned char of_crt[64], of_key[64], hash[32];
	size_t n = sizeof of_crt, k = sizeof of_key, h = sizeof hash;
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, of_crt, &n) < 0 || gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &k) < 0 ||
	    n != k || memcmp(of_crt, of_key, n) != 0) {
		err_set(e, ERR_CONFIG, "the key in '%s' does not belong to the certificate in '%s'", c->key_file, c->certificate_file);
		return NULL;
	}
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, hash, &h) < 0) {
		err_set(e, ERR_BUG, "cannot hash the certificate in '%s'", c->certificate_file);
		return NULL;
	}
	return oauth2_base64url(hash, h);
}

/* --- putting together (RFC 7515) --- */

static void add_part(struct buf *b, json_t *part)
{
	char *text = json_dumps(part, JSON_COMPACT | JSON_SORT_KEYS);
	char *coded = oauth2_base64url(text ? text : "", text ? strlen(text) : 0);
	if (b->n)
		buf_addc(b, '.');
	buf_adds(b, coded);
	free(coded);
	free(text);
	json_decref(part);
}

/* Takes header and claims. */
static char *sign(gnutls_x509_privkey_t key, bool pss, json_t *header, json_t *claims, struct err *e)
{
	gnutls_privkey_t signer = NULL;
	gnutls_datum_t signature = {0};
	struct buf b = {0};
	add_part(&b, header);
	add_part(&b, claims);
	gnutls_datum_t in = {.data = (unsigned char *)b.s, .size = (unsigned)b.n};
	int r = gnutls_privkey_init(&signer);
	if (r >= 0)
		r = gnutls_privkey_import_x509(signer, key, 0);
	if (r >= 0)
		r = gnutls_privkey_sign_data2(signer, pss ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 : GNUTLS_SIGN_RSA_SHA256, 0, &in, &signature);
	gnutls_privkey_deinit(signer);
	if (r < 0) {
		err_set(e, ERR_CONFIG, "cannot sign with the key of the config: %s", gnutls_strerror(r));
		buf_free(&b);
		return NULL;
	}
	char *coded = oauth2_base64url(signature.data, signature.size);
	buf_addf(&b, ".%s", coded);
	free(coded);
	gnutls_free(signature.data);
	return buf_take(&b);
}

static char *by_certificate(const struct oauth2_client *c, int64_t now, struct err *e)
{
	struct buf pem = {0};
	char *jwt = NULL, *x5t = NULL;
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = load_certificate(c->certificate_file, e);
	if (crt && secret_load(c->key_file, &pem, e) && (key = load_key(pem.s ? pem.s : "", pem.n, c->key_file, e)) && (x5t = thumbprint(crt, key, c, e))) {
		char *id = oauth2_random();
		jwt = sign(key, true, json_pack("{s:s, s:s, s:s}", "alg", "PS256", "typ", "JWT", "x5t#S256", x5t),
		           json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "aud", c->token_url, "iss", c->client_id, "sub", c->client_id, "jti", id, "iat",
		                     (json_int_t)now, "nbf", (json_int_t)now, "exp", (json_int_t)(now + LIFE_S)), e);
		free(id);
	}
	free(x5t);
	if (key)
		gnutls_x509_privkey_deinit(key);
	if (crt)
		gnutls_x509_crt_deinit(crt);
	secret_wipe(&pem);
	return jwt;
}

/* Google's file for a service account: the key, its id, and the account's name, in JSON. */
static char *by_service_account(const struct oauth2_client *c, int64_t now, struct err *e)
{
	struct buf text = {0};
	char *jwt = NULL;
	json_t *account = NULL;
	const char *email = NULL, *id = NULL, *pem = NULL;
	if (!secret_load(c->key_file, &text, e)) {
		secret_wipe(&text);
		return NULL;
	}
	account = json_loadb(text.s ? text.s : "", text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!account || json_unpack(account, "{s:s, s:s, s:s}", "client_email", &email, "private_key_id", &id, "private_key", &pem) != 0) {
		err_set(e, ERR_CONFIG, "'%s' is no key of a service account: wanted is the JSON file that Google gives, with client_email, private_key_id and private_key",
		        c->key_file);
	} else {
		gnutls_x509_privkey_t key = load_key(pem, strlen(pem), c->key_file, e);
		if (key) {
			jwt = sign(key, false, json_pack("{s:s, s:s, s:s}", "alg", "RS256", "typ", "JWT", "kid", id),
			           json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", email, "sub", c->user, "scope", c->scope, "aud", c->token_url, "iat",
			                     (json_int_t)now, "exp", (json_int_t)(now + LIFE_S)), e);
			gnutls_x509_privkey_deinit(key);
		}
	}
	json_decref(account);
	secret_wipe(&text);
	return jwt;
}

char *oauth2_assertion(const struct oauth2_client *c, int64_t now, struct err *e)
{
	return c->grant == OAUTH2_SERVICE ? by_service_account(c, now, e) : by_certificate(c, now, e);
}
