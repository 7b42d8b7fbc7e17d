#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "mail/address.h"
#include "mail/mail.h"

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void address_ok_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		bool ok;
		const char *why;
	} cases[] = {
		{"anna.berg@uni.example", true, "the ordinary case"},
		{"a@b", true, "one label, as on a private network"},
		{"INT+42=x@uni.example", true, "plus and equals"},
		{"o'neil@uni.example", true, "apostrophe is atext"},
		{"bj\xc3\xb6rn@uni.example", true, "RFC 6531 local part"},
		{"info@h\xc3\xb6gskolan.example", true, "RFC 6531 domain"},
		{"x@[192.0.2.1]", true, "address literal"},
		{A60 "aaaa@uni.example", true, "64 bytes"},
		{A60 "aaaaa@uni.example", false, "65 bytes"},
		{"", false, "nothing"},
		{"anna", false, "no domain"},
		{"@uni.example", false, "no local part"},
		{"anna@", false, "empty domain"},
		{"anna@uni..example", false, "empty label"},
		{"anna@.example", false, "empty first label"},
		{"anna@uni.example.", false, "dot at the end"},
		{".anna@uni.example", false, "dot in front"},
		{"anna.@uni.example", false, "dot behind"},
		{"an..na@uni.example", false, "two dots"},
		{"anna@b@uni.example", false, "two at signs"},
		{"anna berg@uni.example", false, "space"},
		{"anna@uni.example\r\nRCPT TO:<x@y>", false, "a second command"},
		{"anna\n@uni.example", false, "line feed"},
		{"anna@uni.example>", false, "angle bracket"},
		{"<anna@uni.example>", false, "angle brackets"},
		{"\"anna\"@uni.example", false, "quoted string"},
		{"anna(x)@uni.example", false, "comment"},
		{"anna@-uni.example", false, "hyphen in front of a label"},
		{"anna@uni-.example", false, "hyphen behind a label"},
		{"anna@uni_x.example", false, "underscore in a domain"},
		{"x@[300.0.2.1]", false, "no such IPv4"},
		{"x@[192.0.2]", false, "three numbers"},
		{"x@[192.0.2.]", false, "an empty number"},
		{"x@[192.0.2.1.5]", false, "five numbers"},
		{"x@[]", false, "empty literal"},
		{"x@[IPv6:::1]", false, "IPv6 is not taken"},
		{"an\xff" "na@uni.example", false, "not UTF-8"},
		{"an\xc2\x85na@uni.example", false, "NEL, a line end to some"},
		{"an\xe2\x80\xaena@uni.example", false, "bidi override"},
		{"anna@uni\xe2\x80\x8b.example", false, "zero width space"},
		{"a\x01@uni.example", false, "control"},
		{"a\x7f@uni.example", false, "delete"},
		{"a,b@uni.example", false, "comma"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (address_ok(cases[i].addr) != cases[i].ok)
			fail_msg("address_ok(\"%s\") should be %d: %s", cases[i].addr, cases[i].ok, cases[i].why);
}

static void addresses_are_compared(void **state)
{
	(void)state;
	assert_true(address_same("Anna@UNI.example", "anna@uni.example"));
	assert_false(address_same("anna@uni.example", "anna@uni.example.org"));
	assert_string_equal(address_domain("a@b@uni.example"), "uni.example");
	assert_string_equal(address_domain("anna"), "");
	assert_true(domain_within("mx.uni.example", "UNI.example"));
	assert_true(domain_within("uni.example", "uni.example"));
	assert_false(domain_within("eviluni.example", "uni.example"));
	assert_false(domain_within("uni.example.org", "uni.example"));
	assert_false(domain_within("uni.example", ""));
}

static void robots_are_known_by_address(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		bool robot;
	} cases[] = {
		{"MAILER-DAEMON@mx.example", true}, {"postmaster@mx.example", true},   {"no-reply@x.example", true},
		{"noreply@x.example", true},        {"do_not_reply@x.example", true},  {"donotreply+a1@x.example", true},
		{"erasmus-noreply@x.example", true},{"list-request@x.example", true},  {"owner-list@x.example", true},
		{"list-owner@x.example", true},     {"list-bounces@x.example", true},  {"bounce-123@x.example", true},
		{"svara-inte@x.example", true},     {"anna.berg@x.example", false},    {"reply@x.example", false},
		{"info@x.example", false},          {"bouncer@x.example", false},      {"norbert@x.example", false},
		{"international@x.example", false}, {"request@x.example", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (address_is_robot(cases[i].addr) != cases[i].robot)
			fail_msg("address_is_robot(\"%s\") should be %d", cases[i].addr, cases[i].robot);
}

static void a_mail_is_freed_whole(void **state)
{
	(void)state;
	struct mail m = {0};
	mailboxes_add(&m.to, "Anna", "anna@uni.example");
	mailboxes_add(&m.to, NULL, NULL);
	assert_string_equal(m.to.v[1].addr, "");
	mailbox_copy(&m.from, &m.to.v[0]);
	assert_string_equal(m.from.name, "Anna");
	mail_free(&m);
	assert_null(m.to.v);
	mail_free(&m); /* an empty mail is fine */
}

static void kinds_have_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MAIL_KINDS; i++) {
		enum mail_kind k = MAIL_KINDS;
		assert_true(mail_kind_by_name(mail_kind_name((enum mail_kind)i), &k));
		assert_int_equal(k, i);
	}
	enum mail_kind k;
	assert_false(mail_kind_by_name("robot", &k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_ok_is_strict),    cmocka_unit_test(addresses_are_compared),
		cmocka_unit_test(robots_are_known_by_address), cmocka_unit_test(a_mail_is_freed_whole),
		cmocka_unit_test(kinds_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
