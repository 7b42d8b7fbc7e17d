/* Tokens from an endpoint that keeps to RFC 6749, and from one that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <jansson.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/files.h"
#include "base/temp_dir.h"
#include "../../src/wire/oauth2_parts.h"
#include "wire/certificates.h"
#include "wire/oauth2.h"
#include "wire/stream.h"
#include "wire/token_endpoint.h"

#define N(v) (sizeof(v) / sizeof *(v))
#define CANARY "s3cr3t~c4n4ry"
#define TOKEN(token) {"200 OK", "", "{\"token_type\": \"Bearer\", \"expires_in\": 3600, \"access_token\": \"" token "\"}", ANSWER}

/* The clock by which tokens end stands still, but for what the tests put on top. */
static int64_t clock_ahead_ms;

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (id != CLOCK_BOOTTIME)
		return (int)syscall(SYS_clock_gettime, id, t);
	*t = (struct timespec){.tv_sec = 1000 + clock_ahead_ms / 1000, .tv_nsec = clock_ahead_ms % 1000 * 1000000};
	return 0;
}

static struct fixture {
	char *dir, *secret_file, *token_file, ca[40], url[64], device_url[64];
	struct pair authority, server;
	gnutls_certificate_credentials_t credentials;
} fx;

static struct cert_wish good = {.dns = "localhost", .common_name = "the endpoint", .from_days = -1, .to_days = 30};

static int setup(void **state)
{
	(void)state;
	wire_setup();
	fx.dir = temp_dir();
	fx.secret_file = temp_file(fx.dir, "secret", CANARY "\n", strlen(CANARY) + 1, 0600);
	fx.token_file = mem_fmt("%s/token", fx.dir);
	fx.authority = cert_make(&(struct cert_wish){.common_name = "an authority", .from_days = -1, .to_days = 30, .authority = true}, NULL);
	fx.server = cert_make(&good, &fx.authority);
	fx.credentials = cert_credentials(&fx.server);
	cert_write(&fx.authority, fx.ca);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gnutls_certificate_free_credentials(fx.credentials);
	cert_free(&fx.server);
	cert_free(&fx.authority);
	unlink(fx.ca);
	free(fx.secret_file);
	free(fx.token_file);
	temp_dir_remove(fx.dir);
	return 0;
}

static struct oauth2_client client(const struct scripted *s, enum oauth2_grant grant)
{
	snprintf(fx.url, sizeof fx.url, "https://localhost:%u/token", s->port);
	snprintf(fx.device_url, sizeof fx.device_url, "https://localhost:%u/device", s->port);
	return (struct oauth2_client){
		.grant = grant, .token_url = fx.url, .device_url = fx.device_url, .visit_url = "https://id.example/auth", .scope = "mail.read https://m.example/",
		.client_id = "the-desk", .secret_file = grant == OAUTH2_SECRET ? fx.secret_file : NULL, .token_file = fx.token_file,
		.user = "box@uni.example", .ca_file = fx.ca, .timeout_ms = 5000};
}

static void put(const char *name, const char *text)
{
	char *path = temp_file(fx.dir, name, text, strlen(text), 0600);
	free(path);
}

static char *get(const char *path)
{
	struct buf b = {0};
	struct err e;
	return file_read(path, 1 << 20, &b, &e) ? buf_take(&b) : mem_dup("");
}

static void expect_log(struct scripted *s, const char *log)
{
	scripted_end(s);
	if (strcmp(s->log, log) != 0)
		fail_msg("expected\n%s\ngot\n%s", log, s->log);
	free(s->log);
}

/* --- the cache --- */

#define ASKED_WITH_SECRET "POST /token HTTP/1.1\ngrant_type=client_credentials&client_id=the-desk&client_secret=s3cr3t~c4n4ry&scope=mail.read%20https%3A%2F%2Fm.example%2F\n"

static void a_token_is_kept(void **state)
{
	(void)state;
	static const struct answer A[] = {TOKEN("one"), TOKEN("two"), TOKEN("three")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SECRET);
	struct oauth2 *o = oauth2_new(&c);
	struct err e = {0};
	clock_ahead_ms = 0;
	assert_string_equal(oauth2_token(o, &e), "one");
	assert_string_equal(oauth2_token(o, &e), "one");
	assert_true(oauth2_refused(o)); /* it was not new */
	assert_string_equal(oauth2_token(o, &e), "two");
	assert_false(oauth2_refused(o)); /* it was: no loop */
	assert_string_equal(oauth2_token(o, &e), "three");
	oauth2_free(o);
	expect_log(&s, ASKED_WITH_SECRET ASKED_WITH_SECRET ASKED_WITH_SECRET);
}

/* 3600 s: asked again after 2880; what fails then is no harm until the end. */
static void it_is_renewed_in_time(void **state)
{
	(void)state;
	static const struct answer A[] = {TOKEN("one"), {"503 Down", "", "", ANSWER}, {"503 Down", "", "", ANSWER}, TOKEN("two")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SECRET);
	struct oauth2 *o = oauth2_new(&c);
	struct err e = {0};
	clock_ahead_ms = 0;
	assert_string_equal(oauth2_token(o, &e), "one");
	clock_ahead_ms = 2870 * 1000;
	assert_string_equal(oauth2_token(o, &e), "one");
	clock_ahead_ms = 2881 * 1000;
	assert_string_equal(oauth2_token(o, &e), "one"); /* 503 */
	clock_ahead_ms = 3601 * 1000;
	assert_null(oauth2_token(o, &e)); /* 503 */
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_string_equal(oauth2_token(o, &e), "two");
	oauth2_free(o);
	expect_log(&s, ASKED_WITH_SECRET ASKED_WITH_SECRET ASKED_WITH_SECRET ASKED_WITH_SECRET);
}

static void lives(void **state)
{
	(void)state;
#define LIFE(life) {"200 OK", "", "{\"access_token\": \"t\"" life "}", ANSWER}
	static const struct { struct answer v[2]; int64_t good_s, over_s; } CASES[] = {
		{{LIFE(", \"expires_in\": 1"), TOKEN("next")}, 0, 1},
		{{LIFE(", \"expires_in\": \"100\""), TOKEN("next")}, 75, 81},
		{{LIFE(""), TOKEN("next")}, 235, 241},
		{{LIFE(", \"expires_in\": -5"), TOKEN("next")}, 235, 241},
		{{LIFE(", \"expires_in\": 99999999"), TOKEN("next")}, 69000, 69121},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = endpoint_start(CASES[i].v, 2, fx.credentials);
		struct oauth2_client c = client(&s, OAUTH2_SECRET);
		struct oauth2 *o = oauth2_new(&c);
		struct err e = {0};
		clock_ahead_ms = 0;
		assert_string_equal(oauth2_token(o, &e), "t");
		clock_ahead_ms = CASES[i].good_s * 1000;
		if (CASES[i].good_s)
			assert_string_equal(oauth2_token(o, &e), "t");
		clock_ahead_ms = CASES[i].over_s * 1000;
		assert_string_equal(oauth2_token(o, &e), "next");
		oauth2_free(o);
		scripted_end(&s);
		free(s.log);
	}
}

/* --- what can go wrong --- */

static void bad_answers(void **state)
{
	(void)state;
	static const struct {
		struct answer a;
		enum err_kind kind;
		const char *words;
	} CASES[] = {
		{{"400 Bad", "", "{\"error\": \"invalid_grant\", \"error_description\": \"AADSTS50173: gone\\nmore\"}", ANSWER}, ERR_REFUSED, "refuses a token (400 invalid_grant: AADSTS50173: gone)"},
		{{"401 No", "", "{\"error\": \"invalid_client\", \"error_description\": \"AADSTS7000222: keys are expired\"}", ANSWER}, ERR_REFUSED, "is the secret in secret_file right"},
		{{"401 No", "", "{\"error\": \"invalid_client\", \"error_description\": \"not " CANARY "!\"}", ANSWER}, ERR_REFUSED, "(401 invalid_client); is the secret"},
		{{"400 Bad", "", "{\"error\": \"invalid_scope\"}", ANSWER}, ERR_REFUSED, "400 invalid_scope"},
		{{"400 Bad", "", "{\"error\": \"temporarily_unavailable\"}", ANSWER}, ERR_TEMPORARY, "cannot give a token now"},
		{{"500 Oh", "", "{\"error\": \"server_error\"}", ANSWER}, ERR_TEMPORARY, "500 server_error"},
		{{"503 Oh", "", "<html>", ANSWER}, ERR_TEMPORARY, "cannot answer now (503)"},
		{{"404 Where", "", "<html>", ANSWER}, ERR_CONFIG, "says 404; is its url right"},
		{{"429 Slow", "Retry-After: 30\r\n", "{\"error\": \"too_many\"}", ANSWER}, ERR_TEMPORARY, "429 too_many"},
		{{"302 There", "Location: https://127.0.0.1:1/\r\n", "{\"access_token\": \"t\"}", ANSWER}, ERR_CONFIG, "sends us elsewhere (302): refused"},
		{{"200 OK", "", "no JSON", ANSWER}, ERR_TEMPORARY, "no JSON"},
		{{"200 OK", "", "[1]", ANSWER}, ERR_TEMPORARY, "no JSON"},
		{{"200 OK", "", "{\"access_token\": \"t\", \"access_token\": \"u\"}", ANSWER}, ERR_TEMPORARY, "no JSON"},
		{{"200 OK", "", "{}", ANSWER}, ERR_TEMPORARY, "no bearer token"},
		{{"200 OK", "", "{\"access_token\": 5}", ANSWER}, ERR_TEMPORARY, "no bearer token"},
		{{"200 OK", "", "{\"access_token\": \"\"}", ANSWER}, ERR_TEMPORARY, "no bearer token"},
		{{"200 OK", "", "{\"access_token\": \"a\\u0001auth=x\"}", ANSWER}, ERR_TEMPORARY, "no bearer token"},
		{{"200 OK", "", "{\"access_token\": \"t\", \"token_type\": \"mac\"}", ANSWER}, ERR_TEMPORARY, "no bearer token"},
		{{"200 OK", "", "", ANSWER_HUGE}, ERR_TEMPORARY, "more than 64 KiB"},
		{{"200 OK", "", "", ANSWER_CLOSE}, ERR_TEMPORARY, "cannot ask the token endpoint 'localhost:"},
		{{"200 OK", "", "", ANSWER_STALL}, ERR_TEMPORARY, "no answer in time"},
		{{"400 Bad", "Date: Mon, 02 Mar 2020 10:00:00 GMT\r\n", "{\"error\": \"invalid_client\"}", ANSWER}, ERR_REFUSED, "minutes fast"},
		{{"400 Bad", "Date: Mon, 02 Mar 2099 10:00:00 GMT\r\n", "{\"error\": \"invalid_client\"}", ANSWER}, ERR_REFUSED, "minutes slow"},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = endpoint_start(&CASES[i].a, 1, fx.credentials);
		struct oauth2_client c = client(&s, OAUTH2_SECRET);
		c.timeout_ms = CASES[i].a.act == ANSWER_STALL ? 300 : 5000;
		struct oauth2 *o = oauth2_new(&c);
		struct err e = {0};
		const char *t = oauth2_token(o, &e);
		oauth2_free(o);
		scripted_end(&s);
		if (t || e.kind != CASES[i].kind || !strstr(e.text, CASES[i].words) || strstr(e.text, CANARY) || strchr(e.text, '\n'))
			fail_msg("case %zu: '%s', kind %d, '%s'", i, t ? t : "", e.kind, e.text);
		free(s.log);
	}
}

/* What needs a person is asked for once a minute, whatever the caller does; and nobody is asked sooner than they allow. */
static void it_is_not_asked_too_often(void **state)
{
	(void)state;
	static const struct { struct answer v[2]; int64_t early_s, later_s; } CASES[] = {
		{{{"401 No", "", "{\"error\": \"invalid_client\"}", ANSWER}, TOKEN("t")}, 58, 61},
		{{{"429 Slow", "Retry-After: 30\r\n", "{\"error\": \"slow\"}", ANSWER}, TOKEN("t")}, 28, 31},
		{{{"503 Down", "Retry-After: 999999\r\n", "", ANSWER}, TOKEN("t")}, 3590, 3601},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = endpoint_start(CASES[i].v, 2, fx.credentials);
		struct oauth2_client c = client(&s, OAUTH2_SECRET);
		struct oauth2 *o = oauth2_new(&c);
		struct err e = {0}, first;
		clock_ahead_ms = 0;
		assert_null(oauth2_token(o, &e));
		first = e;
		e = (struct err){0};
		clock_ahead_ms = CASES[i].early_s * 1000;
		assert_null(oauth2_token(o, &e));
		assert_int_equal(e.kind, first.kind);
		assert_string_equal(e.text, first.text);
		clock_ahead_ms = CASES[i].later_s * 1000;
		assert_string_equal(oauth2_token(o, &e), "t");
		oauth2_free(o);
		scripted_end(&s);
		free(s.log);
	}
}

static void certificates_of_the_endpoint(void **state)
{
	(void)state;
	static const struct cert_wish BAD[] = {
		{.dns = "elsewhere.example", .common_name = "x", .from_days = -1, .to_days = 30},
		{.dns = "localhost", .common_name = "x", .from_days = -30, .to_days = -1},
		{.dns = "localhost", .common_name = "x", .purpose = GNUTLS_KP_TLS_WWW_CLIENT, .from_days = -1, .to_days = 30},
		{.common_name = "localhost", .from_days = -1, .to_days = 30},
		{.dns = "localhost", .common_name = "x", .from_days = -1, .to_days = 30}, /* signed by itself */
	};
	for (size_t i = 0; i < N(BAD); i++) {
		static const struct answer A[] = {TOKEN("t")};
		struct pair p = cert_make(&BAD[i], i == N(BAD) - 1 ? NULL : &fx.authority);
		gnutls_certificate_credentials_t credentials = cert_credentials(&p);
		struct scripted s = endpoint_start(A, 1, credentials);
		struct oauth2_client c = client(&s, OAUTH2_SECRET);
		struct oauth2 *o = oauth2_new(&c);
		struct err e = {0};
		const char *t = oauth2_token(o, &e);
		oauth2_free(o);
		scripted_end(&s);
		if (t || e.kind != ERR_CONFIG || !strstr(e.text, "is not trusted") || *s.log)
			fail_msg("case %zu: '%s', kind %d, '%s', log '%s'", i, t ? t : "", e.kind, e.text, s.log);
		free(s.log);
		gnutls_certificate_free_credentials(credentials);
		cert_free(&p);
	}
}

/* --- assertions --- */

static char *field(const char *log, const char *name)
{
	char *start = mem_fmt("%s=", name);
	const char *p = strstr(log, start);
	p = p ? p + strlen(start) : "";
	free(start);
	return mem_dupn(p, strcspn(p, "&\n"));
}

static struct buf decoded(const char *s, size_t n)
{
	struct buf b = {0};
	gnutls_datum_t out = {0};
	for (size_t i = 0; i < n; i++)
		buf_addc(&b, s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i]);
	while (b.n % 4)
		buf_addc(&b, '=');
	cert_must(gnutls_base64_decode2(&(gnutls_datum_t){(unsigned char *)b.s, (unsigned)b.n}, &out));
	buf_clear(&b);
	buf_add(&b, out.data, out.size);
	gnutls_free(out.data);
	return b;
}

/* A part of the JWT: 0 the header, 1 the claims. */
static json_t *jwt_part(const char *jwt, int part)
{
	const char *dot = strchr(jwt, '.');
	assert_non_null(dot);
	const char *s = part ? dot + 1 : jwt;
	struct buf b = decoded(s, strcspn(s, "."));
	json_t *j = json_loadb(b.s, b.n, 0, NULL);
	assert_non_null(j);
	buf_free(&b);
	return j;
}

static void check_signature(const char *jwt, gnutls_x509_privkey_t key, gnutls_sign_algorithm_t algorithm)
{
	gnutls_privkey_t abstract;
	gnutls_pubkey_t pub;
	const char *dot = strrchr(jwt, '.');
	struct buf sig = decoded(dot + 1, strlen(dot + 1));
	cert_must(gnutls_privkey_init(&abstract));
	cert_must(gnutls_privkey_import_x509(abstract, key, 0));
	cert_must(gnutls_pubkey_init(&pub));
	cert_must(gnutls_pubkey_import_privkey(pub, abstract, 0, 0));
	gnutls_datum_t data = {(unsigned char *)(uintptr_t)jwt, (unsigned)(dot - jwt)}, signature = {(unsigned char *)sig.s, (unsigned)sig.n};
	assert_true(gnutls_pubkey_verify_data2(pub, algorithm, 0, &data, &signature) >= 0);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(abstract);
	buf_free(&sig);
}

static struct pair rsa_pair(int to_days)
{
	struct pair p = cert_make(&(struct cert_wish){.common_name = "the desk", .from_days = -1, .to_days = to_days}, NULL);
	gnutls_x509_privkey_deinit(p.key);
	cert_must(gnutls_x509_privkey_init(&p.key));
	cert_must(gnutls_x509_privkey_generate(p.key, GNUTLS_PK_RSA, 2048, 0));
	cert_must(gnutls_x509_crt_set_key(p.crt, p.key));
	cert_must(gnutls_x509_crt_sign2(p.crt, p.crt, p.key, GNUTLS_DIG_SHA256, 0));
	return p;
}

static char *key_pem(const struct pair *p)
{
	gnutls_datum_t pem = {0};
	cert_must(gnutls_x509_privkey_export2_pkcs8(p->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem));
	char *text = mem_dupn((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	return text;
}

static void a_certificate(void **state)
{
	(void)state;
	static const struct answer A[] = {TOKEN("t"), TOKEN("t")};
	struct pair p = rsa_pair(20), other = rsa_pair(20);
	char crt[40], other_crt[40], *pem = key_pem(&p), *key_file = temp_file(fx.dir, "key.pem", pem, strlen(pem), 0600);
	cert_write(&p, crt);
	cert_write(&other, other_crt);
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_CERTIFICATE);
	c.certificate_file = crt;
	c.key_file = key_file;
	struct oauth2 *o = oauth2_new(&c);
	struct err e = {0};
	const char *what;
	assert_string_equal(oauth2_token(o, &e), "t");
	oauth2_free(o);
	int64_t end = oauth2_ends(&c, &what);
	assert_string_equal(what, "the certificate");
	assert_int_equal(end, gnutls_x509_crt_get_expiration_time(p.crt));

	c.certificate_file = other_crt;
	o = oauth2_new(&c);
	assert_null(oauth2_token(o, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "does not belong to the certificate"));
	oauth2_free(o);
	c.certificate_file = crt;
	chmod(key_file, 0644);
	o = oauth2_new(&c);
	assert_null(oauth2_token(o, &e));
	assert_non_null(strstr(e.text, "can be read by others"));
	oauth2_free(o);

	scripted_end(&s);
	assert_non_null(strstr(s.log, "grant_type=client_credentials&client_id=the-desk&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="));
	char *jwt = field(s.log, "client_assertion"), hash[32];
	check_signature(jwt, p.key, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256);
	json_t *head = jwt_part(jwt, 0), *claims = jwt_part(jwt, 1);
	size_t n = sizeof hash;
	cert_must(gnutls_x509_crt_get_fingerprint(p.crt, GNUTLS_DIG_SHA256, hash, &n));
	const char *x5t = json_string_value(json_object_get(head, "x5t#S256"));
	struct buf sent = decoded(x5t, strlen(x5t));
	assert_int_equal(sent.n, 32);
	assert_memory_equal(sent.s, hash, 32);
	buf_free(&sent);
	assert_string_equal(json_string_value(json_object_get(head, "alg")), "PS256");
	assert_string_equal(json_string_value(json_object_get(claims, "aud")), fx.url);
	assert_string_equal(json_string_value(json_object_get(claims, "iss")), "the-desk");
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), "the-desk");
	assert_int_equal(strlen(json_string_value(json_object_get(claims, "jti"))), 43);
	int64_t left = json_integer_value(json_object_get(claims, "exp")) - time(NULL);
	assert_true(left > 500 && left <= 600);
	json_decref(head);
	json_decref(claims);
	free(jwt);
	free(s.log);
	unlink(crt);
	unlink(other_crt);
	free(pem);
	free(key_file);
	cert_free(&p);
	cert_free(&other);
}

static void a_service_account(void **state)
{
	(void)state;
	static const struct answer A[] = {TOKEN("t"), TOKEN("t")};
	struct pair p = rsa_pair(20);
	char *pem = key_pem(&p);
	json_t *j = json_pack("{s:s, s:s, s:s, s:s}", "type", "service_account", "client_email", "desk@project.example", "private_key_id", "k1", "private_key", pem);
	char *text = json_dumps(j, 0), *key_file = temp_file(fx.dir, "account.json", text, strlen(text), 0600);
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SERVICE);
	c.key_file = key_file;
	struct oauth2 *o = oauth2_new(&c);
	struct err e = {0};
	assert_string_equal(oauth2_token(o, &e), "t");
	oauth2_free(o);
	put("account.json", "{\"client_email\": \"x\"}");
	o = oauth2_new(&c);
	assert_null(oauth2_token(o, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "no key of a service account"));
	oauth2_free(o);
	scripted_end(&s);
	assert_non_null(strstr(s.log, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
	assert_null(strstr(s.log, "client_id"));
	char *jwt = field(s.log, "assertion");
	check_signature(jwt, p.key, GNUTLS_SIGN_RSA_SHA256);
	json_t *head = jwt_part(jwt, 0), *claims = jwt_part(jwt, 1);
	assert_string_equal(json_string_value(json_object_get(head, "alg")), "RS256");
	assert_string_equal(json_string_value(json_object_get(head, "kid")), "k1");
	assert_string_equal(json_string_value(json_object_get(claims, "iss")), "desk@project.example");
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), "box@uni.example");
	assert_string_equal(json_string_value(json_object_get(claims, "scope")), c.scope);
	assert_string_equal(json_string_value(json_object_get(claims, "aud")), fx.url);
	json_decref(head);
	json_decref(claims);
	json_decref(j);
	free(jwt);
	free(s.log);
	free(text);
	free(pem);
	free(key_file);
	cert_free(&p);
}

/* --- a sign-in's refresh token --- */

#define ROTATED(token, refresh) {"200 OK", "", "{\"access_token\": \"" token "\", \"expires_in\": 3600, \"refresh_token\": \"" refresh "\", \"refresh_token_expires_in\": 864000}", ANSWER}
#define ASKED_WITH(refresh) "POST /token HTTP/1.1\ngrant_type=refresh_token&refresh_token=" refresh "&scope=mail.read%20https%3A%2F%2Fm.example%2F&client_id=the-desk\n"

static void a_refresh_token_is_renewed(void **state)
{
	(void)state;
	static const struct answer A[] = {ROTATED("one", "r2"), TOKEN("two"), {"400 Bad", "", "{\"error\": \"invalid_grant\", \"error_description\": \"r2 was revoked\"}", ANSWER}};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
	struct err e = {0};
	struct stat st;
	const char *what;
	clock_ahead_ms = 0;
	unlink(fx.token_file);
	struct oauth2 *o = oauth2_new(&c);
	assert_null(oauth2_token(o, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "ingangctl login"));
	put("token", "{\"refresh_token\": \"r1\"}");
	assert_int_equal(oauth2_ends(&c, &what), 0);
	assert_string_equal(oauth2_token(o, &e), "one");
	char *kept = get(fx.token_file);
	assert_non_null(strstr(kept, "\"r2\""));
	assert_null(strstr(kept, "one"));
	free(kept);
	assert_int_equal(stat(fx.token_file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	int64_t left = oauth2_ends(&c, &what) - time(NULL);
	assert_true(left > 863000 && left <= 864000);
	assert_string_equal(what, "the sign-in");
	oauth2_refused(o);
	assert_string_equal(oauth2_token(o, &e), "two"); /* without a new one: the old one goes on */
	oauth2_refused(o);
	assert_null(oauth2_token(o, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.text, "sign in again with 'ingangctl login'"));
	assert_null(strstr(e.text, "r2 was"));
	oauth2_free(o);
	expect_log(&s, ASKED_WITH("r1") ASKED_WITH("r2") ASKED_WITH("r2"));
}

/* No access token is used before the refresh token that came with it is safe; and that is not lost while the disk is full. */
static void it_is_kept_before_all_else(void **state)
{
	(void)state;
	static const struct answer A[] = {ROTATED("one", "r2"), ROTATED("two", "r3")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
	struct err e = {0};
	char *in_the_way = mem_fmt("%s.new", fx.token_file);
	put("token", "{\"refresh_token\": \"r1\"}");
	assert_int_equal(mkdir(in_the_way, 0700), 0);
	struct oauth2 *o = oauth2_new(&c);
	assert_null(oauth2_token(o, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "cannot keep the sign-in"));
	assert_null(oauth2_token(o, &e)); /* and the endpoint is not asked with what is dead */
	assert_int_equal(rmdir(in_the_way), 0);
	assert_string_equal(oauth2_token(o, &e), "two");
	oauth2_free(o);
	free(in_the_way);
	char *kept = get(fx.token_file);
	assert_non_null(strstr(kept, "\"r3\""));
	free(kept);
	expect_log(&s, ASKED_WITH("r1") ASKED_WITH("r2"));
}

/* Two processes that come at the same time take turns. */
static void processes_take_turns(void **state)
{
	(void)state;
	static const struct answer A[] = {ROTATED("a", "r2"), ROTATED("b", "r3"), ROTATED("c", "r4"), ROTATED("d", "r5")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
	pid_t pids[N(A)];
	put("token", "{\"refresh_token\": \"r1\"}");
	for (size_t i = 0; i < N(A); i++)
		if ((pids[i] = fork()) == 0) {
			struct err e = {0};
			_exit(oauth2_token(oauth2_new(&c), &e) ? 0 : 1);
		}
	for (size_t i = 0; i < N(A); i++) {
		int status;
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	expect_log(&s, ASKED_WITH("r1") ASKED_WITH("r2") ASKED_WITH("r3") ASKED_WITH("r4"));
}

/* kill -9 at every system call of a renewal: the file holds the old or the new refresh token, whole, and the new one once it is said to. */
static bool next_call(pid_t pid)
{
	int status;
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static void killed_at_every_call(void **state)
{
	(void)state;
	const char *path = fx.token_file;
	bool *done = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t n = 0, news = 0;
	for (bool over = false; !over; n++) {
		put("token", "{\"refresh_token\": \"old\"}");
		*done = false;
		pid_t pid = fork();
		if (pid == 0) {
			struct err e;
			char new[] = "new";
			struct oauth2_kept k = {new, 1809129600};
			if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
				_exit(77);
			raise(SIGSTOP);
			*done = oauth2_store_write(path, &k, &e);
			_exit(0);
		}
		int status;
		waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip(); /* ptrace is not allowed here */
		for (size_t i = 0; i <= n && !over; i++)
			over = !next_call(pid);
		if (!over) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
		}
		char *kept = get(path);
		json_t *j = json_loads(kept, 0, NULL);
		const char *token = json_string_value(json_object_get(j, "refresh_token"));
		if (!token || (strcmp(token, "old") != 0 && strcmp(token, "new") != 0) || (*done && strcmp(token, "new") != 0))
			fail_msg("killed at call %zu: '%s'", n, kept);
		news += strcmp(token, "new") == 0;
		json_decref(j);
		free(kept);
	}
	assert_true(*done && news > 1 && news < n);
	munmap(done, 1);
}

/* When root signs in, the file is the daemon's: whose the folder is. */
static void it_is_not_roots(void **state)
{
	(void)state;
	struct err e;
	struct stat st;
	char word[] = "r", *folder = mem_fmt("%s/var", fx.dir), *path = mem_fmt("%s/token", folder);
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chown(folder, 1234, 1234), 0);
	for (int i = 0; i < 2; i++) { /* made, and made anew */
		assert_true(oauth2_store_write(path, &(struct oauth2_kept){word, 0}, &e));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 1234);
		assert_int_equal(st.st_gid, 1234);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	free(folder);
	free(path);
}

/* --- signing in --- */

#define DEVICE {"200 OK", "", "{\"device_code\": \"dev1ce\", \"user_code\": \"ABCD-1234\", \"verification_uri\": \"https://id.example/device\", \"interval\": 2, \"expires_in\": 60}", ANSWER}
#define ERROR(word) {"400 Bad", "", "{\"error\": \"" word "\"}", ANSWER}
#define ASKED_DEVICE "POST /token HTTP/1.1\ngrant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dev1ce&client_id=the-desk\n"

static void on_another_device(void **state)
{
	(void)state;
	static const struct answer A[] = {DEVICE, ERROR("authorization_pending"), ERROR("slow_down"), {"503 Down", "", "", ANSWER}, ROTATED("t", "r9")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
	struct oauth2_device d;
	struct err e = {0};
	unlink(fx.token_file);
	assert_true(oauth2_device_begin(&c, &d, &e));
	assert_string_equal(d.user_code, "ABCD-1234");
	assert_string_equal(d.url, "https://id.example/device");
	assert_int_equal(d.interval, 2);
	assert_int_equal(d.lives, 60);
	assert_int_equal(oauth2_device_ask(&c, &d, &e), OAUTH2_WAIT);
	assert_int_equal(d.interval, 2);
	assert_int_equal(oauth2_device_ask(&c, &d, &e), OAUTH2_WAIT);
	assert_int_equal(d.interval, 7);
	assert_int_equal(oauth2_device_ask(&c, &d, &e), OAUTH2_WAIT); /* the network may come back */
	assert_int_equal(oauth2_device_ask(&c, &d, &e), OAUTH2_DONE);
	oauth2_device_free(&d);
	char *kept = get(fx.token_file);
	assert_non_null(strstr(kept, "\"r9\""));
	free(kept);
	expect_log(&s, "POST /device HTTP/1.1\nclient_id=the-desk&scope=mail.read%20https%3A%2F%2Fm.example%2F\n" ASKED_DEVICE ASKED_DEVICE ASKED_DEVICE ASKED_DEVICE);
}

static void sign_ins_that_fail(void **state)
{
	(void)state;
	static const struct { struct answer a; const char *words; } CASES[] = {
		{ERROR("access_denied"), "refused in the browser"},
		{ERROR("authorization_declined"), "refused in the browser"},
		{ERROR("expired_token"), "not used in time"},
		{ERROR("invalid_client"), "invalid_client"},
		{TOKEN("t"), "no refresh token"},
	};
	for (size_t i = 0; i < N(CASES); i++) {
		struct scripted s = endpoint_start(&CASES[i].a, 1, fx.credentials);
		struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
		struct oauth2_device d = {.code = mem_dup("dev1ce"), .interval = 5};
		struct err e = {0};
		unlink(fx.token_file);
		enum oauth2_progress p = oauth2_device_ask(&c, &d, &e);
		if (p != OAUTH2_FAILED || e.kind != ERR_REFUSED || !strstr(e.text, CASES[i].words) || access(fx.token_file, F_OK) == 0)
			fail_msg("case %zu: %d, '%s'", i, p, e.text);
		oauth2_device_free(&d);
		scripted_end(&s);
		free(s.log);
	}
}

static void in_a_browser(void **state)
{
	(void)state;
	static const struct answer A[] = {ROTATED("t", "r7")};
	struct scripted s = endpoint_start(A, N(A), fx.credentials);
	struct oauth2_client c = client(&s, OAUTH2_SIGN_IN);
	struct oauth2_visit v;
	struct err e = {0};
	unsigned char hash[32];
	c.secret_file = fx.secret_file;
	assert_true(oauth2_visit_begin(&c, &v, &e));
	assert_int_equal(strncmp(v.url, "https://id.example/auth?response_type=code&client_id=the-desk&redirect_uri=http%3A%2F%2F127.0.0.1%2F&", 100), 0);
	assert_null(strstr(v.url, v.verifier));
	char *challenge = field(v.url, "code_challenge"), *back = field(v.url, "state");
	struct buf sent = decoded(challenge, strlen(challenge));
	gnutls_hash_fast(GNUTLS_DIG_SHA256, v.verifier, strlen(v.verifier), hash);
	assert_memory_equal(sent.s, hash, 32);
	assert_false(oauth2_visit_end(&c, &v, "http://127.0.0.1/?state=other&code=4%2F0c0de", &e));
	assert_non_null(strstr(e.text, "another sign-in"));
	assert_false(oauth2_visit_end(&c, &v, "http://127.0.0.1/?error=access_denied", &e));
	assert_non_null(strstr(e.text, "no code"));
	char *pasted = mem_fmt("http://127.0.0.1/?state=%s&code=4%%2F0c0de&scope=x\n", back);
	if (!oauth2_visit_end(&c, &v, pasted, &e))
		fail_msg("%s", e.text);
	char *kept = get(fx.token_file), *log = mem_fmt("POST /token HTTP/1.1\ngrant_type=authorization_code&code=4%%2F0c0de&redirect_uri=http%%3A%%2F%%2F127.0.0.1%%2F&code_verifier=%s"
	                                                "&client_id=the-desk&client_secret=" CANARY "\n", v.verifier);
	assert_non_null(strstr(kept, "\"r7\""));
	expect_log(&s, log);
	buf_free(&sent);
	free(challenge);
	free(back);
	free(pasted);
	free(kept);
	free(log);
	oauth2_visit_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_kept),
		cmocka_unit_test(it_is_renewed_in_time),
		cmocka_unit_test(lives),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(it_is_not_asked_too_often),
		cmocka_unit_test(certificates_of_the_endpoint),
		cmocka_unit_test(a_certificate),
		cmocka_unit_test(a_service_account),
		cmocka_unit_test(a_refresh_token_is_renewed),
		cmocka_unit_test(it_is_kept_before_all_else),
		cmocka_unit_test(processes_take_turns),
		cmocka_unit_test(killed_at_every_call),
		cmocka_unit_test(it_is_not_roots),
		cmocka_unit_test(on_another_device),
		cmocka_unit_test(sign_ins_that_fail),
		cmocka_unit_test(in_a_browser),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
