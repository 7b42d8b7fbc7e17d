/* Forgeries that must not pass, and the fields of real servers that must. The cases are headers, read as the daemon reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "mail/authres.h"
#include "mail/authres_field.h"
#include "mail/head.h"

#define ID "mx.uni.example"
#define AR "Authentication-Results: "
#define OURS AR ID "; "
#define FROM "From: Anna Berg <anna@uni.example>\r\n"
#define BY_US "Received: from laptop (h.uni.example [192.0.2.7]) by mx.uni.example with ESMTPS id 4X; Mon, 1 Dec 2026 10:00:00 +0100\r\n"
#define BY_OTHER "Received: from evil.example ([203.0.113.9]) by relay.evil.example; Mon, 1 Dec 2026 09:59:00 +0100\r\n"
#define DMARC_PASS "dmarc=pass header.from=uni.example"
#define N "\r\n"

enum { NONE = AUTHRES_NONE, FAIL = AUTHRES_FAIL, PASS = AUTHRES_PASS };

struct one {
	const char *header;
	int want;
	const char *why;
};

static struct authres judge(const char *header, const char *id)
{
	struct mail m = {0};
	struct authres r;
	size_t n = strlen(header);
	char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
	memcpy(copy, header, n);
	head_read(copy, n, &mail_limits_default, &m);
	authres_check(&m, id, &r);
	mail_free(&m);
	free(copy);
	return r;
}

static void judge_all(const struct one *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct authres r = judge(v[i].header, ID);
		if ((int)r.verdict != v[i].want)
			fail_msg("%s: got %s (%s) for\n%s", v[i].why, authres_verdict_name(r.verdict), r.why, v[i].header);
		assert_true(*r.why != '\0');
	}
}
#define JUDGE(cases) judge_all((cases), sizeof(cases) / sizeof *(cases))

static void real_servers_pass(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{OURS DMARC_PASS N FROM, PASS, "the plainest"},
		{OURS "dmarc=pass (p=none dis=none) header.from=uni.example" N BY_US FROM, PASS, "OpenDMARC, above Received"},
		{BY_US OURS "dmarc=pass (p=none dis=none) header.from=uni.example" N BY_OTHER FROM, PASS, "OpenDMARC, below its own Received"},
		{BY_US BY_US BY_US "Return-Path: <anna@uni.example>\r\nDelivered-To: office@uni.example\r\n" OURS DMARC_PASS N BY_OTHER FROM, PASS, "scanner and LMTP above"},
		{"authentication-results: MX.Uni.Example; DMARC=Pass Header.From=UNI.example" N FROM, PASS, "case never counts"},
		{OURS "\r\n\tdkim=pass (2048-bit key; unprotected) header.d=uni.example header.i=@uni.example header.b=SI+iq/kl=;\r\n\tdkim-atps=neutral" N FROM,
		 PASS, "OpenDKIM, folded; a value with '+', '/' and '='"},
		{OURS "dkim=pass header.i=@uni.example header.s=20230601 header.b=\"abc/+d\"; spf=pass (google.com: domain of anna@uni.example designates 192.0.2.1 as "
		 "permitted sender) smtp.mailfrom=anna@uni.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=uni.example" N FROM, PASS, "as Google writes"},
		{OURS "dkim=pass header.i=@uni.example header.s=s header.b=x" N FROM, PASS, "header.i alone"},
		{OURS "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=uni.example; dkim=pass (signature was verified) header.d=uni.example;dmarc=pass action=none "
		 "header.from=uni.example;compauth=pass reason=100" N FROM, PASS, "as Exchange writes, with an id"},
		{OURS "spf=pass smtp.mailfrom=anna@uni.example; dkim=none; dmarc=pass(p=NONE) header.from=uni.example;" N FROM, PASS, "no blank before a comment, ';' at the end"},
		{OURS "iprev=pass (h.uni.example) smtp.remote-ip=192.0.2.7;\r\n\tspf=pass smtp.mailfrom=uni.example;\r\n\tdkim=pass header.d=uni.example header.s=a "
		 "header.a=rsa-sha256;\r\n\tdmarc=pass header.from=uni.example" N FROM, PASS, "as Exim writes"},
		{OURS "dmarc=pass policy.published-domain-policy=none policy.applied-disposition=none (p=none,d=none,d.eval=none) policy.policy-from=p "
		 "header.from=uni.example; x-tls.subject=\"/C=SE/CN=*.uni.example; x=(\"" N FROM, PASS, "as Fastmail writes"},
		{OURS DMARC_PASS N OURS "spf=pass smtp.mailfrom=x@uni.example" N OURS "dkim=pass header.d=uni.example" N BY_US FROM, PASS, "three filters, a field each"},
		{OURS "spf=pass smtp.mailfrom=x@uni.example" N OURS "dkim=none" N OURS DMARC_PASS N BY_US FROM, PASS, "the same, above Received, in any order"},
		{BY_US OURS DMARC_PASS N OURS "dkim=none" N FROM, PASS, "dmarc by SPF alone; another filter of ours found no signature"},
		{"\"mx\": no field name\r\n" AR "\"mx.uni.example\"; " DMARC_PASS N FROM, PASS, "a quoted id"},
		{AR "(by us) mx.uni.example (really) 1 ; " DMARC_PASS N FROM, PASS, "comments, and the version"},
		{OURS "dmarc (a) = (b) pass (c) header (d) . (e) from (f) = (g) \"uni.example\" (h)" N FROM, PASS, "comments everywhere"},
		{OURS "dmarc/1=pass header.from=uni.example" N FROM, PASS, "a method's version"},
		{OURS "dkim=pass (dkim=fail) header.d=uni.example" N FROM, PASS, "a comment is no result"},
		{OURS "dmarc=pass (a (nested) \\) one) header.from=uni.example" N FROM, PASS, "nested comment with an escape"},
		{OURS "dkim=fail (bad) header.d=list.example; dkim=pass header.d=uni.example" N FROM, PASS, "another signer's broken signature"},
		{OURS "dkim=permerror header.d=uni.example; dkim=pass header.d=uni.example" N FROM, PASS, "signed twice, one of a kind that we do not know"},
		{OURS "dmarc=none; dkim=pass header.d=uni.example" N FROM, PASS, "the domain has no DMARC"},
		{OURS "dmarc=pass; dkim=pass header.d=uni.example" N FROM, PASS, "dmarc without a domain counts for nothing, DKIM does"},
		{OURS "dkim=fail header.d=uni.example; spf=pass; " DMARC_PASS N FROM, PASS, "DMARC by SPF"},
		{OURS "dmarc=pass header.from=uni.example." N FROM, PASS, "a dot at the end"},
		{OURS "dkim=pass header.d=uni.example" N "From: <anna@int.uni.example>" N, PASS, "signed by the parent"},
		{OURS DMARC_PASS N BY_US BY_OTHER OURS DMARC_PASS N FROM, PASS, "passed us twice, the same each time"},
		{OURS DMARC_PASS N BY_US AR "mx.evil.example; dmarc=fail header.from=uni.example" N FROM, PASS, "another server's below says nothing"},
		{"ARC-Authentication-Results: i=1; evil.example; dmarc=fail\r\n" OURS DMARC_PASS N FROM, PASS, "ARC is another field"},
		{OURS DMARC_PASS N "From: \"anna@uni.example\" <anna@uni.example>" N, PASS, "the address as its own display name"},
		{OURS DMARC_PASS N "From: Anna @ Uni <anna@uni.example>" N, PASS, "an '@' that belongs to nobody"},
		{OURS DMARC_PASS N "From: \"@home\" <anna@uni.example>" N, PASS, "one that begins a name"},
		{OURS DMARC_PASS N "From: =?utf-8?q?=C3=85berg=2C_Anna?= <anna@uni.example>" N, PASS, "an encoded comma"},
		{OURS "dmarc=pass header.from=xn--hgskolan-n4a.example" N "From: x@h\xc3\xb6gskolan.example" N, PASS, "IDN, as the server spells it"},
		{OURS "dmarc=pass header.from=h\xc3\xb6gskolan.example" N "From: x@xn--hgskolan-n4a.example" N, PASS, "IDN, the other way round"},
	};
	JUDGE(cases);
}

static void other_servers_are_not_ours(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{FROM, NONE, "no field at all"},
		{AR "mx.evil.example; " DMARC_PASS N FROM, NONE, "another id"},
		{AR "mx.uni.example.evil.example; " DMARC_PASS N FROM, NONE, "an id that begins with ours"},
		{AR "evil.mx.uni.example; " DMARC_PASS N FROM, NONE, "an id that ends with ours"},
		{AR "mx.uni.exampl; " DMARC_PASS N FROM, NONE, "part of ours"},
		{AR "mx.uni.example@evil.example; " DMARC_PASS N FROM, NONE, "ours as a local part"},
		{AR "mx.uni.example/evil; " DMARC_PASS N FROM, NONE, "ours and more"},
		{AR "mx.uni.example=evil; " DMARC_PASS N FROM, NONE, "ours as a name"},
		{AR "\"mx.uni.example\"evil; " DMARC_PASS N FROM, NONE, "ours in quotes and more"},
		{AR "\"mx.uni.example \"; " DMARC_PASS N FROM, NONE, "a blank inside the quotes"},
		{AR "(mx.uni.example) evil.example; " DMARC_PASS N FROM, NONE, "ours in a comment before"},
		{AR "evil.example (mx.uni.example); " DMARC_PASS N FROM, NONE, "ours in a comment behind"},
		{AR "evil.example mx.uni.example; " DMARC_PASS N FROM, NONE, "ours where the version is"},
		{AR "; mx.uni.example; " DMARC_PASS N FROM, NONE, "no id"},
		{AR N FROM, NONE, "an empty field"},
		{AR "dmarc=pass header.from=uni.example" N FROM, NONE, "results without an id"},
		{AR "mx.uni.example 2; " DMARC_PASS N FROM, NONE, "a version that nobody has defined"},
		{AR "mx.uni.example 1 1; " DMARC_PASS N FROM, NONE, "two versions"},
		{AR "mx.uni.example dmarc=pass header.from=uni.example" N FROM, NONE, "the ';' is missing"},
		{AR "mx.uni.example" N FROM, NONE, "an id alone"},
		{AR "mx\xd1\x85.uni.example; " DMARC_PASS N FROM, NONE, "a letter that looks like ours"},
		{"X-" AR ID "; " DMARC_PASS N FROM, NONE, "another field"},
		{"Authentication-Results-: " ID "; " DMARC_PASS N FROM, NONE, "another field that begins as ours"},
		{"ARC-Authentication-Results: i=1; " ID "; " DMARC_PASS N FROM, NONE, "an ARC field is the sender's claim"},
		{"Subject: x\\r\\n" OURS DMARC_PASS N FROM, NONE, "in a subject"},
		{"Subject: =?utf-8?q?x=0D=0AAuthentication-Results:_mx.uni.example;_dmarc=3Dpass_header.from=3Duni.example?=" N FROM, NONE, "encoded in a subject"},
		{"Subject: x\r\n " OURS DMARC_PASS N FROM, NONE, "on a folded line"},
		{FROM N OURS DMARC_PASS N, NONE, "in the body"},
	};
	JUDGE(cases);
}

static void what_is_forged_below_ours_does_not_count(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{AR "mx.evil.example; none" N OURS DMARC_PASS N FROM, NONE, "another server's on top: ours may be anybody's"},
		{AR "mx.evil.example; dmarc=pass header.from=uni.example" N BY_OTHER OURS DMARC_PASS N FROM, NONE, "below another hop's"},
		{BY_OTHER AR "evil.example; none" N BY_US OURS DMARC_PASS N FROM, NONE, "the same, with Received between"},
		{AR "(" N OURS DMARC_PASS N FROM, NONE, "garbage on top"},
		{OURS "none" N BY_US OURS DMARC_PASS N FROM, NONE, "ours says none; forged below"},
		{OURS "spf=pass smtp.mailfrom=x@evil.example" N BY_US OURS DMARC_PASS N FROM, NONE, "ours says nothing of DMARC; forged below"},
		{BY_US OURS "none" N OURS DMARC_PASS N FROM, NONE, "the same below our Received, where only the topmost is surely ours"},
		{BY_US OURS "spf=softfail smtp.mailfrom=x@evil.example" N OURS DMARC_PASS N OURS "dkim=pass header.d=uni.example" N FROM, NONE, "two forged ones"},
		{OURS "dmarc=fail header.from=uni.example" N BY_US OURS DMARC_PASS N FROM, FAIL, "ours says fail"},
		{OURS "dmarc=fail header.from=uni.example; dkim=pass header.d=uni.example" N FROM, FAIL, "dmarc=fail outweighs DKIM"},
		{OURS "dmarc=none header.from=uni.example; dkim=none" N BY_US OURS DMARC_PASS N FROM, NONE, "no policy: nothing is proved"},
		{OURS DMARC_PASS N OURS "dmarc=fail header.from=uni.example" N FROM, FAIL, "two of ours: fail wins"},
		{OURS "dmarc=fail header.from=uni.example" N OURS DMARC_PASS N FROM, FAIL, "in whatever order"},
		{OURS DMARC_PASS "; dmarc=fail header.from=uni.example" N FROM, FAIL, "and within one field"},
		{OURS DMARC_PASS N BY_US OURS "dmarc=fail header.from=uni.example" N FROM, FAIL, "forged above the real one"},
		{OURS DMARC_PASS N BY_US OURS "dmarc=none header.from=uni.example" N FROM, FAIL, "forged above one that does not know"},
		{OURS "dkim=pass header.d=uni.example" N BY_US OURS "dkim=pass header.d=evil.example" N FROM, FAIL, "forged above one that names another signer"},
		{OURS "dkim=pass header.d=uni.example" N BY_US OURS "dkim=none" N FROM, FAIL, "forged above one without a signature"},
		{OURS "dkim=pass header.d=uni.example" N BY_US OURS "dmarc=fail header.from=uni.example" N FROM, FAIL, "forged above one of another method"},
		{OURS "dkim=pass header.d=uni.example" N BY_US OURS "dmarc=\"fail" N FROM, FAIL, "forged above one that cannot be read"},
		{OURS DMARC_PASS N AR "evil.example; none" N OURS "dmarc=fail header.from=uni.example" N FROM, FAIL, "another's between them does not hide it"},
	};
	JUDGE(cases);
}

static void another_domain_is_not_the_senders(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{OURS "dmarc=pass header.from=evil.example" N FROM, FAIL, "DMARC for another domain"},
		{OURS "dmarc=pass header.from=evil.example; dkim=pass header.d=uni.example" N FROM, FAIL, "it saw another From than we do"},
		{OURS "dmarc=pass header.from=int.uni.example" N FROM, FAIL, "for a subdomain"},
		{OURS "dmarc=pass header.from=example" N FROM, FAIL, "for the top"},
		{OURS DMARC_PASS N "From: anna@int.uni.example" N, FAIL, "for the parent"},
		{OURS DMARC_PASS N "From: anna@uni.example.evil.example" N, FAIL, "a From that begins with ours"},
		{OURS "dmarc=pass header.from=evil.example (header.from=uni.example)" N FROM, FAIL, "ours in a comment"},
		{OURS "dmarc=pass (header.from=uni.example)" N FROM, NONE, "in a comment alone"},
		{OURS "dmarc=pass header.from=\"uni.example evil\"" N FROM, FAIL, "in quotes with more"},
		{OURS "dmarc=pass header.from=\"uni.example\"evil" N FROM, FAIL, "quotes that go on"},
		{OURS "dmarc=pass header.from=\"u\\ni.example\"" N FROM, PASS, "an escape is the letter itself"},
		{OURS "dmarc=pass header.from=uni.example@evil.example" N FROM, FAIL, "an address"},
		{OURS "dmarc=pass header.from=uni.example header.from=evil.example" N FROM, FAIL, "two domains"},
		{OURS "dmarc=pass header.from=evil.example header.from=uni.example" N FROM, FAIL, "two domains, ours last"},
		{OURS "dmarc=pass x.header.from=uni.example" N FROM, NONE, "another property"},
		{OURS "dmarc=pass smtp.from=uni.example" N FROM, NONE, "of another kind"},
		{OURS "dmarc=pass smtp.mailfrom=\"x header.from=uni.example\"" N FROM, NONE, "inside a quoted value"},
		{OURS "dmarc=pass" N FROM, NONE, "no domain"},
		{OURS "dmarc=pass header.from=" N FROM, NONE, "an empty domain"},
		{OURS "dmarc=pass header.from=uni.example junk" N FROM, NONE, "junk behind it"},
		{OURS "dmarc=pass header.from=uni.example )" N FROM, NONE, "a comment that only ends"},
		{OURS "dmarc=pass \"header.from\"=uni.example" N FROM, NONE, "a name in quotes"},
		{OURS "dmarc=pass header.from=\xd1\x83ni.example" N FROM, FAIL, "a letter that looks like ours"},
		{OURS "dmarc=pass header.from=uni.example" N "From: anna@\xd1\x83ni.example" N, FAIL, "the same in From"},
		{OURS "dmarc=passed header.from=uni.example" N FROM, FAIL, "a result that begins with pass"},
		{OURS "dmarc=\"pass fail\" header.from=uni.example" N FROM, FAIL, "or has it in quotes"},
		{OURS "dmarc=bestguesspass header.from=uni.example" N FROM, NONE, "a guess"},
		{OURS "dmarc=temperror header.from=uni.example" N FROM, NONE, "no answer from DNS"},
		{OURS "dmarc/2=pass header.from=uni.example" N FROM, NONE, "a method of another version"},
		{OURS "xdmarc=pass header.from=uni.example" N FROM, NONE, "another method"},
		{OURS "dmarc=fail (dmarc=pass header.from=uni.example)" N FROM, FAIL, "pass in a comment"},
		{OURS "spf=pass smtp.mailfrom=anna@uni.example" N FROM, NONE, "SPF alone proves no From"},
		{OURS "auth=pass smtp.auth=anna@uni.example" N FROM, NONE, "nor does a login"},
		{OURS "dkim=pass header.d=evil.example" N FROM, NONE, "another signer"},
		{OURS "dkim=pass" N FROM, NONE, "no signer"},
		{OURS "dkim=pass header.d=int.uni.example" N FROM, NONE, "a subdomain does not sign for its parent"},
		{OURS "dkim=pass header.d=example" N FROM, NONE, "one label is no signer"},
		{OURS "dkim=pass header.d=ni.example" N FROM, NONE, "part of a label"},
		{OURS "dkim=pass header.d=.uni.example" N FROM, NONE, "an empty label"},
		{OURS "dkim=pass header.d=evil.example header.i=@uni.example" N FROM, NONE, "header.d outweighs header.i"},
		{OURS "dkim=pass header.i=\"@uni.example\"@evil.example" N FROM, NONE, "the last '@' counts"},
		{OURS "dkim=pass header.d=uni.example header.d=evil.example" N FROM, NONE, "two signers in one result"},
		{OURS "dkim=pass header.s=uni.example" N FROM, NONE, "a selector"},
		{OURS "dkim=fail header.d=uni.example" N FROM, FAIL, "a broken signature of the sender's domain"},
		{OURS "dkim=fail (dkim=pass header.d=uni.example)" N FROM, FAIL, "pass in a comment"},
		{OURS "dkim=fail header.d=evil.example" N FROM, NONE, "a broken signature of another"},
		{OURS "dkim-adsp=pass header.d=uni.example" N FROM, NONE, "another method that begins with dkim"},
	};
	JUDGE(cases);
}

/* What a stranger writes comes into our own server's field: his addresses, his HELO, his selector. */
static void a_strangers_words_in_our_field_are_no_results(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{OURS "spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=uni.example; \"@evil.example; dmarc=none" N FROM, NONE, "a quoted local part"},
		{OURS "spf=pass smtp.mailfrom=\"x\\\"; dmarc=pass header.from=uni.example; y\"@evil.example; dmarc=none" N FROM, NONE, "with an escaped quote"},
		{OURS "spf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header.from=3Duni.example=3B?=@evil.example; dkim=none" N FROM, NONE, "an encoded word"},
		{OURS "spf=pass (domain of =?utf-8?q?x)=3B_dmarc=3Dpass_header.from=3Duni.example_(?=@evil.example) smtp.mailfrom=x@evil.example" N FROM, NONE,
		 "an encoded word in a comment"},
		{OURS "spf=pass smtp.mailfrom=x@evil.example smtp.helo=x;dmarc=pass; dmarc=fail header.from=uni.example" N FROM, FAIL, "what a careless server lets through: fail wins"},
		{OURS "spf=pass smtp.helo=a;dmarc=pass header.from=uni.example; dmarc=none header.from=uni.example" N FROM, NONE, "and so does none"},
		{OURS "spf=pass smtp.mailfrom=\"; dmarc=fail header.from=uni.example; " DMARC_PASS N FROM, NONE, "a quote that hides a fail"},
		{OURS "spf=pass (; dmarc=fail; " DMARC_PASS N FROM, NONE, "a comment that hides a fail"},
		{OURS DMARC_PASS "; spf=pass (" N FROM, NONE, "a comment that never ends: what came before is not believed either"},
		{OURS DMARC_PASS "; spf=pass smtp.helo=\"" N FROM, NONE, "a quote that never ends"},
		{OURS DMARC_PASS "; spf=pass smtp.helo=\"x\\" N FROM, NONE, "a backslash at the end"},
		{OURS DMARC_PASS "; spf=pass (x\\" N FROM, NONE, "the same in a comment"},
		{OURS "dmarc=fail; spf=pass (" N FROM, FAIL, "a fail is still a fail"},
		{AR "mx.uni.example (; " DMARC_PASS N FROM, NONE, "a comment behind the id that never ends"},
		{AR "\"mx.uni.example; " DMARC_PASS N FROM, NONE, "a quote before it"},
	};
	JUDGE(cases);
}

static void from_is_one_address(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{OURS DMARC_PASS N, FAIL, "no From"},
		{OURS DMARC_PASS N "From:" N, FAIL, "an empty From"},
		{OURS DMARC_PASS N "From: Anna" N, FAIL, "no address"},
		{OURS DMARC_PASS N "From: <>" N, FAIL, "an empty address"},
		{OURS DMARC_PASS N FROM FROM, FAIL, "two From fields, even of the same"},
		{OURS DMARC_PASS N FROM "from: x@evil.example" N, FAIL, "two From fields"},
		{OURS DMARC_PASS N "From :" N FROM, FAIL, "the first one empty"},
		{OURS DMARC_PASS N "From: anna@uni.example, x@evil.example" N, FAIL, "two addresses"},
		{OURS DMARC_PASS N "From: x@evil.example, anna@uni.example" N, FAIL, "two addresses, ours last"},
		{OURS DMARC_PASS N "From: anna@uni.example, anna@uni.example" N, FAIL, "the same twice"},
		{OURS DMARC_PASS N "From: Anna <anna@uni.example> <x@evil.example>" N, FAIL, "two angles"},
		{OURS DMARC_PASS N "From: \"x@evil.example\" <anna@uni.example>" N, FAIL, "another address as display name"},
		{OURS "dmarc=pass header.from=evil.example" N "From: \"anna@uni.example\" <x@evil.example>" N, FAIL, "ours as a stranger's display name"},
		{OURS "dmarc=pass header.from=evil.example" N "From: =?utf-8?q?anna=40uni.example?= <x@evil.example>" N, FAIL, "the same, encoded"},
		{OURS DMARC_PASS N "From: x@evil.example (anna@uni.example)" N, FAIL, "ours in a comment"},
		{OURS DMARC_PASS N "From: anna@uni.example (x@evil.example)" N, FAIL, "another in a comment"},
		{OURS DMARC_PASS N "From: anna@uni.example =?utf-8?q?=28?=, x@evil.example =?utf-8?q?=29?=" N, FAIL, "a comment that decoding makes"},
		{OURS DMARC_PASS N "From: Staff: anna@uni.example, x@evil.example;" N, FAIL, "two in a group"},
		{OURS DMARC_PASS N "From: anna@uni.example@evil.example" N, FAIL, "two '@'"},
		{OURS DMARC_PASS N "From: <anna@uni.example>@evil.example" N, FAIL, "an '@' behind the angle"},
		{OURS DMARC_PASS N "From: \"x y\"@evil.example <anna@uni.example>" N, FAIL, "a quoted local part before it"},
		{OURS DMARC_PASS N "From: \"anna\"@uni.example" N, FAIL, "a quoted local part"},
		{OURS DMARC_PASS N "From: <x@evil.example:anna@uni.example>" N, FAIL, "half a route"},
		{OURS DMARC_PASS N "From: <@evil.example:anna@uni.example>" N, FAIL, "a route"},
		{OURS DMARC_PASS N "From: xanna@uni.example <anna@uni.example>" N, FAIL, "an address that ends as ours"},
		{OURS DMARC_PASS N "From: anna@uni.example.evil.example <anna@uni.example>" N, FAIL, "one that begins as ours"},
		{OURS DMARC_PASS N "Sender: anna@uni.example" N "From: x@evil.example" N, FAIL, "Sender is not From"},
		{OURS DMARC_PASS N "Resent-From: anna@uni.example" N "From: x@evil.example" N, FAIL, "nor is Resent-From"},
		{OURS DMARC_PASS N "From: anna@[192.0.2.1]" N, FAIL, "a numbered host"},
		{FROM FROM, FAIL, "two From fields are a fault of their own"},
	};
	JUDGE(cases);
}

static void it_needs_an_id(void **state)
{
	(void)state;
	assert_int_equal(judge(AR "; " DMARC_PASS N FROM, "").verdict, AUTHRES_NONE);
	assert_int_equal(judge(AR "\"\"; " DMARC_PASS N FROM, "").verdict, AUTHRES_NONE);
	assert_int_equal(judge(OURS DMARC_PASS N FROM, NULL).verdict, AUTHRES_NONE);
	assert_int_equal(judge(OURS DMARC_PASS N FROM, "MX.UNI.EXAMPLE").verdict, AUTHRES_PASS);
	assert_string_equal(judge(OURS DMARC_PASS N FROM, ID).why, "'mx.uni.example' says dmarc=pass for 'uni.example'");
	for (const char *p = judge(OURS DMARC_PASS N "From: x@h\xc3\xb6gskolan.example" N, ID).why; *p; p++)
		assert_true(*p >= ' ' && *p <= '~');
}

/* Long ones: OURS, then `unit` until there are n bytes, then DMARC_PASS. */
static enum authres_verdict judge_long(const char *unit, size_t n, const char *between)
{
	struct buf b = {0};
	buf_adds(&b, OURS);
	while (b.n < n)
		buf_adds(&b, unit);
	buf_adds(&b, between);
	buf_adds(&b, DMARC_PASS N FROM);
	struct authres r = judge(b.s, ID);
	buf_free(&b);
	return r.verdict;
}

static void garbage_is_bounded(void **state)
{
	(void)state;
	static const char *const units[] = {"(", ")", "\"", ";", "=", "a", "a=", "a=b ", ".", "a.", "\\", "(\\", "\"\\", "/", "@", " ", "\xff", "a=b (c) d.e=f; ", ";;=;(\"\\)"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		for (size_t n = 10000; n <= 1000000; n *= 100) {
			enum authres_verdict v = judge_long(units[i], n, "");
			if (v == AUTHRES_PASS && n > AUTHRES_BYTES)
				fail_msg("%zu bytes of '%s' pass", n, units[i]);
		}
	assert_int_equal(judge_long("spf=pass (x); ", 500, ""), AUTHRES_PASS);     /* a long field, but a real one */
	assert_int_equal(judge_long("spf=pass (x); ", 1500, ""), AUTHRES_NONE);    /* more results than a server writes */
	assert_int_equal(judge_long("spf=pass (x) ", AUTHRES_BYTES - 100, ";"), AUTHRES_PASS); /* one result with many properties */
	assert_int_equal(judge_long("(x) ", AUTHRES_BYTES - 100, ""), AUTHRES_PASS);
	assert_int_equal(judge_long("(x) ", AUTHRES_BYTES, ""), AUTHRES_NONE);     /* more bytes */
	assert_int_equal(judge_long("a", 1000, "; "), AUTHRES_PASS);               /* one result that nobody can read */
}

static void fields_are_taken_apart(void **state)
{
	(void)state;
	struct authres_field f;
	authres_field_read("mx.uni.example (c) 1; spf=pass reason=\"a ; b\" smtp.mailfrom=x@y.example; dkim=Fail header.d=a.example header.i=@b.example;"
	                   "dmarc = pass header.from = c.example; =x; =; a", &f);
	assert_string_equal(f.id, "mx.uni.example");
	assert_false(f.unreadable);
	assert_int_equal(f.n, 6);
	assert_string_equal(f.v[0].method, "spf");
	assert_false(f.v[0].broken);
	assert_string_equal(f.v[1].result, "Fail");
	assert_string_equal(f.v[1].d, "a.example");
	assert_string_equal(f.v[1].i, "@b.example");
	assert_string_equal(f.v[2].method, "dmarc");
	assert_string_equal(f.v[2].from, "c.example");
	assert_true(f.v[3].broken && f.v[4].broken && f.v[5].broken);
	authres_field_free(&f);
	authres_field_read("mx.uni.example; none", &f);
	assert_false(f.unreadable);
	authres_field_free(&f);
	authres_field_read("", &f);
	assert_string_equal(f.id, "");
	authres_field_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_servers_pass), cmocka_unit_test(other_servers_are_not_ours),
		cmocka_unit_test(what_is_forged_below_ours_does_not_count), cmocka_unit_test(another_domain_is_not_the_senders),
		cmocka_unit_test(a_strangers_words_in_our_field_are_no_results), cmocka_unit_test(from_is_one_address),
		cmocka_unit_test(it_needs_an_id), cmocka_unit_test(garbage_is_bounded), cmocka_unit_test(fields_are_taken_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
