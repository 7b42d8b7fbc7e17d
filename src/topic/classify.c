#include "topic/classify.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/address.h"
#include "topic/parts.h"
#include "topic/telling.h"
#include "topic/words.h"

/* How much a term counts by where it stands. A subject says in five words what the body says in fifty, but it is also what is
 * left over from an older thread. */
enum place { SUBJECT, BODY, CARRIED, ATTACHED, FROM, PLACES };
static const struct {
	const char *name;
	double weight, again; /* of the first time, and of all further times together */
	size_t most;          /* bytes looked at */
} places[PLACES] = {
	[SUBJECT] = {"subject", 1.4, 0, 1000},
	[BODY] = {"body", 1.0, 0.3, 16384},
	[CARRIED] = {"forwarded", 0.5, 0.1, 8192},
	[ATTACHED] = {"attachment", 0.7, 0, 2000},
	[FROM] = {"from", 1.0, 0, 0},
};

/* The odds of a topic are e^(SHARP * its sum); nobody's start at SILENCE, so that one weak term is not enough.
 * Measured on labelled office mail so that the confidence is the share of right answers. */
static const double SILENCE = 1.0;
/* However much is found, so many of a hundred were right on mails that no term was made for. */
static const double SURE_AT_MOST = 0.95;
/* A vocabulary of hundreds of terms has many weak ones in it; who writes down five means five strong ones. So SHARP falls from 2 to 1
 * between lists of SHORT_LIST and LONG_LIST terms a topic. */
static const double SHORT_LIST = 10, LONG_LIST = 150;
/* A second topic is as likely as not where SECOND_EVIDENCE was found for it, and at least SECOND_SHARE of what the first has. */
static const double SECOND_EVIDENCE = 6.3, SECOND_SHARP = 0.5, SECOND_SHARE = 0.3, TOLD = 0.5;
enum { SHORT_COVER = 400 /* bytes: a forward with less on top is about what it carries */ };
static const double CARRIED_MATTERS = 1.8;
/* The subject of an answer is that of the thread, not of what is asked now. */
static const double OLD_SUBJECT = 0.2;
/* Where the body says much, a subject counts half: it may be of another thing ("Partnership", and then a room is cold). */
static const double LITTLE = 4, PLAIN_SUBJECT = 0.5;
/* What is asked counts more than what is told. */
static const float QUESTION = 1.5f;
enum { LEARNED = 4, LOOKED_THROUGH = 64 /* words of the model that are told, and of so many */ };
static const double SAYS_SOMETHING = 0.1;
enum { TOLD_MOST = 9 /* reasons in one line */ };
/* The least probability of a topic that the office's own model is told. */
static const double HARDLY = 1e-4;

struct use { /* a term in a topic's list */
	int topic;
	double weight;
	uint32_t next; /* the same term in another topic, or NONE */
};

struct from_term {
	char *glob, *written;
	int topic;
	double weight;
};

enum { NONE = UINT32_MAX };

struct learned {
	struct model *model; /* NULL: none */
	int *label;          /* of each topic and of triage: the model's label */
};

struct classifier {
	size_t n; /* topics; triage's sums are kept at index n */
	struct words *words;
	uint32_t *first;  /* of each word term: its first use */
	char **written;   /* of each word term: as the admin wrote it */
	size_t n_written;
	struct use *uses;
	uint32_t n_uses;
	struct from_term *from;
	size_t n_from;
	double sharp;     /* SHARP */
	char **name;
	struct learned given, own; /* what the program was built with, and what the office's tickets have taught */
	double *threshold;   /* of each topic */
};

enum { PARTS = CLASSIFIER_PRIORS - 1 };

struct sums {
	const struct classifier *c;
	double *sum;         /* n + 1 */
	double *part[PARTS]; /* of it: of the body, of the subject, of all else */
	struct verdict *v;
	struct word_hits hits;
	struct found *found;
	size_t n_found, cap_found;
	struct buf said; /* the words that were found */
};

/* "2", "-1.5"; whatever the locale. False: it is nothing of the kind, or beyond 100. */
static bool weight_read(const char *s, double *weight)
{
	double sign = 1, unit = 1, w = 0;
	if (*s == '-') {
		sign = -1;
		s++;
	}
	if (strspn(s, "0123456789.") != strlen(s) || !strpbrk(s, "0123456789") || strlen(s) > 12)
		return false;
	for (; *s && *s != '.'; s++)
		w = w * 10 + (*s - '0');
	if (*s == '.')
		for (s++; *s && *s != '.'; s++)
			w += (*s - '0') * (unit /= 10);
	*weight = sign * w;
	return !*s && w <= 100;
}

/* "term^2" to the term and its weight. */
static char *term_split(const char *written, double *weight, struct err *e)
{
	const char *hat = strrchr(written, '^');
	*weight = 1;
	if (!hat)
		return mem_dup(written);
	if (!weight_read(hat + 1, weight)) {
		err_set(e, ERR_CONFIG, "the weight in '%s' is not a number from -100 to 100 (as in 'agreement^2')", written);
		return NULL;
	}
	return mem_dupn(written, (size_t)(hat - written));
}

static void add_use(struct classifier *c, uint32_t id, const char *written, int topic, double weight)
{
	if (id == c->n_written) {
		if ((id & (id - 1)) == 0) { /* grow at powers of two */
			c->first = mem_resize(c->first, id ? (size_t)id * 2 : 1, sizeof *c->first);
			c->written = mem_resize(c->written, id ? (size_t)id * 2 : 1, sizeof *c->written);
		}
		c->first[id] = NONE;
		c->written[id] = mem_dup(written);
		c->n_written++;
	}
	for (uint32_t u = c->first[id]; u != NONE; u = c->uses[u].next)
		if (c->uses[u].topic == topic) { /* written twice: the last one holds */
			c->uses[u].weight = weight;
			return;
		}
	if ((c->n_uses & (c->n_uses - 1)) == 0)
		c->uses = mem_resize(c->uses, c->n_uses ? (size_t)c->n_uses * 2 : 1, sizeof *c->uses);
	c->uses[c->n_uses] = (struct use){topic, weight, c->first[id]};
	c->first[id] = c->n_uses++;
}

static const char *from_glob(const char *term)
{
	return strncmp(term, "from:", 5) == 0 ? term + 5 : NULL;
}

/* "from:private": the providers where people have mailboxes of their own. The last three stand for them in examples (RFC 2606). */
static bool is_private(const char *addr)
{
	static const char *const providers[] = {
		"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com", "icloud.com",
		"me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.ru",
		"yandex.ru", "yandex.com", "bk.ru", "ukr.net", "qq.com", "163.com", "126.com", "foxmail.com", "naver.com", "daum.net",
		"hanmail.net", "rediffmail.com", "zoho.com", "mail.com", "telia.com", "bredband.net", "comhem.se", "spray.se", "libero.it",
		"virgilio.it", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr", "wp.pl", "o2.pl", "onet.pl", "seznam.cz",
		"online.no", "example.com", "example.net", "example.org"};
	const char *domain = address_domain(addr);
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
		if (strcasecmp(domain, providers[i]) == 0)
			return true;
	/* those that have a domain in most countries */
	return strncasecmp(domain, "hotmail.", 8) == 0 || strncasecmp(domain, "yahoo.", 6) == 0 || strncasecmp(domain, "live.", 5) == 0;
}

static bool from_matches(const struct from_term *t, const char *addr)
{
	return strcmp(t->glob, "private") == 0 ? is_private(addr) : str_glob(t->glob, addr);
}

static void add_from(struct classifier *c, const char *term, int topic, double weight)
{
	if ((c->n_from & (c->n_from - 1)) == 0)
		c->from = mem_resize(c->from, c->n_from ? c->n_from * 2 : 1, sizeof *c->from);
	c->from[c->n_from++] = (struct from_term){mem_dup(from_glob(term)), mem_dup(term), topic, weight};
}

static bool add_term(struct classifier *c, const char *written, int topic, struct err *e)
{
	double weight;
	char *term = term_split(written, &weight, e);
	if (!term)
		return false;
	bool ok = true;
	if (from_glob(term)) {
		ok = *from_glob(term) ? true : err_set(e, ERR_CONFIG, "the term '%s' names no address", written);
		if (ok)
			add_from(c, term, topic, weight);
	} else {
		int id = words_add(c->words, term, e);
		ok = id >= 0;
		if (ok)
			add_use(c, (uint32_t)id, term, topic, weight);
	}
	free(term);
	return ok;
}

static bool add_topic(struct classifier *c, const char *name, const struct strs *terms, int topic, struct err *e)
{
	for (size_t i = 0; terms && i < terms->n; i++)
		if (!add_term(c, terms->v[i], topic, e))
			return err_in(e, "topic '%s'", name);
	return true;
}

/* A term that m topics name speaks for each of them a little less. */
static void share_terms(struct classifier *c)
{
	for (size_t id = 0; id < c->n_written; id++) {
		unsigned m = 0;
		for (uint32_t u = c->first[id]; u != NONE; u = c->uses[u].next)
			m += c->uses[u].weight > 0;
		for (uint32_t u = c->first[id]; u != NONE; u = c->uses[u].next)
			if (m > 1 && c->uses[u].weight > 0)
				c->uses[u].weight /= m;
	}
}

static double sharpness(const struct topic_terms *topics, size_t n)
{
	double terms = 0;
	for (size_t i = 0; i < n; i++)
		terms += topics[i].terms ? (double)topics[i].terms->n : 0;
	double share = terms > 0 ? log(LONG_LIST * (double)n / terms) / log(LONG_LIST / SHORT_LIST) : 1;
	return 1 + fmin(fmax(share, 0), 1);
}

struct classifier *classifier_new(const struct topic_terms *topics, size_t n, const struct strs *triage, struct err *e)
{
	struct classifier *c = mem_alloc(sizeof *c);
	bool ok = true;
	c->n = n;
	c->words = words_new();
	c->name = mem_array(n + 1, sizeof *c->name);
	c->threshold = mem_array(n + 1, sizeof *c->threshold);
	for (size_t i = 0; i < n; i++)
		c->name[i] = mem_dup(topics[i].name);
	for (size_t i = 0; ok && i < n; i++)
		ok = add_topic(c, topics[i].name, topics[i].terms, (int)i, e);
	ok = ok && add_topic(c, "triage", triage, (int)n, e);
	if (!ok) {
		classifier_free(c);
		return NULL;
	}
	share_terms(c);
	c->sharp = sharpness(topics, n);
	return c;
}

bool classifier_term_ok(const char *term, struct err *e)
{
	struct strs one = {(char *[]){mem_dup(term)}, 1};
	struct classifier *c = classifier_new(&(struct topic_terms){"", &one}, 1, NULL, e);
	free(one.v[0]);
	classifier_free(c);
	return c != NULL;
}

void classifier_free(struct classifier *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_written; i++)
		free(c->written[i]);
	for (size_t i = 0; i < c->n_from; i++) {
		free(c->from[i].glob);
		free(c->from[i].written);
	}
	words_free(c->words);
	for (size_t i = 0; c->name && i < c->n; i++)
		free(c->name[i]);
	classifier_forget(c);
	free(c->name);
	free(c->threshold);
	free(c->first);
	free(c->written);
	free(c->uses);
	free(c->from);
	free(c);
}

static void count(struct sums *s, const char *what, const char *words, enum place place, int topic, double weight)
{
	bool nobody = topic == (int)s->c->n;
	if (weight == 0) /* a term that only hides shorter ones: "exchange rate^0" */
		return;
	s->sum[topic] += weight;
	s->part[place == BODY ? 0 : place == SUBJECT ? 1 : 2][topic] += weight;
	verdict_add(s->v, "term", what, places[place].name, nobody ? -1 : topic, weight);
	s->v->why[s->v->n_why - 1].words = words ? mem_dup(words) : NULL;
}

/* A term found in a sentence, with what the sentence counts. */
struct found {
	uint32_t term, said, said_len;
	float factor;
};

static int by_term(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	if (x->factor != y->factor)
		return x->factor > y->factor ? -1 : 1;
	return x->said < y->said ? -1 : x->said > y->said;
}

/* Where the sentence that begins at `from` ends: behind its '.', '?' or '!' before a space. */
static size_t sentence_end(const char *s, size_t n, size_t from)
{
	for (size_t i = from; i + 1 < n; i++)
		if ((s[i] == '.' || s[i] == '?' || s[i] == '!') && s[i + 1] == ' ')
			return i + 1;
	return n;
}

static void find_in_sentence(struct sums *s, const char *folded, size_t n)
{
	float factor = memchr(folded, '?', n) ? QUESTION : 1;
	s->hits.n = 0;
	words_find(s->c->words, folded, n, &s->hits);
	for (size_t i = 0; i < s->hits.n; i++) {
		if (s->n_found == s->cap_found) {
			s->cap_found = s->cap_found ? s->cap_found * 2 : 64;
			s->found = mem_resize(s->found, s->cap_found, sizeof *s->found);
		}
		const struct word_hit *h = &s->hits.v[i];
		s->found[s->n_found++] = (struct found){h->term, (uint32_t)s->said.n, h->end - h->start, factor};
		buf_add(&s->said, s->hits.text.s + h->start, h->end - h->start);
	}
}

static void count_text(struct sums *s, enum place place, double factor, const char *text)
{
	if (!text || !*text)
		return;
	size_t n = strlen(text);
	n = utf8_cut(text, n, places[place].most);
	char *folded = fold_text(text, n);
	n = strlen(folded);
	s->n_found = 0;
	buf_clear(&s->said);
	for (size_t from = 0, end; from < n; from = end) {
		end = sentence_end(folded, n, from);
		find_in_sentence(s, folded + from, end - from);
	}
	free(folded);
	if (s->n_found > 1)
		qsort(s->found, s->n_found, sizeof *s->found, by_term);
	for (size_t i = 0, next; i < s->n_found; i = next) {
		uint32_t id = s->found[i].term;
		for (next = i + 1; next < s->n_found && s->found[next].term == id;)
			next++;
		double times = places[place].weight * (double)s->found[i].factor + (next - i > 1 ? places[place].again : 0);
		char *said = mem_dupn(s->said.s + s->found[i].said, s->found[i].said_len);
		for (uint32_t u = s->c->first[id]; u != NONE; u = s->c->uses[u].next)
			count(s, s->c->written[id], said, place, s->c->uses[u].topic, factor * times * s->c->uses[u].weight);
		free(said);
	}
}

static void count_from(struct sums *s, const char *addr)
{
	for (size_t i = 0; addr && i < s->c->n_from; i++)
		if (from_matches(&s->c->from[i], addr))
			count(s, s->c->from[i].written, NULL, FROM, s->c->from[i].topic, s->c->from[i].weight);
}

static int by_name(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	if (x->topic != y->topic)
		return x->topic < y->topic ? -1 : 1;
	int c = strcmp(x->what, y->what);
	if (c)
		return c;
	if (fabs(x->weight) != fabs(y->weight))
		return fabs(x->weight) > fabs(y->weight) ? -1 : 1;
	return strcmp(x->where, y->where);
}

static int by_weight(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	double p = fabs(x->weight), q = fabs(y->weight);
	if (p != q)
		return p > q ? -1 : 1;
	return by_name(a, b);
}

/* One reason a term and topic: with the place where it weighs most, and the weights together. Strongest first. */
static void merge_reasons(struct verdict *v)
{
	size_t kept = 0;
	if (v->n_why > 1)
		qsort(v->why, v->n_why, sizeof *v->why, by_name);
	for (size_t i = 0; i < v->n_why; i++) {
		struct reason *r = &v->why[i], *last = kept ? &v->why[kept - 1] : NULL;
		if (!last || last->topic != r->topic || strcmp(last->what, r->what) != 0) {
			v->why[kept++] = *r;
			continue;
		}
		last->weight += r->weight;
		free(r->what);
		free(r->words);
		free(r->where);
	}
	v->n_why = kept;
	if (kept > 1)
		qsort(v->why, kept, sizeof *v->why, by_weight);
}

/* That a mail has two topics: by what was found for the second, and how much less that is than what was found for the first. */
static double second_confidence(double first, double second)
{
	if (second <= 0 || first <= 0)
		return 0;
	double share = second / first / SECOND_SHARE;
	return (share < 1 ? share : 1) / (1 + exp(SECOND_SHARP * (SECOND_EVIDENCE - second)));
}

static void rank(struct verdict *v, const double *score)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->topic < 0 || score[i] > score[v->topic]) {
			v->second = v->topic;
			v->topic = (int)i;
		} else if (v->second < 0 || score[i] > score[v->second]) {
			v->second = (int)i;
		}
	}
}

/* The confidence is the chance that the first topic is right, as the one or as one of two: a mail that plainly asks two things is
 * not doubtful because of it. */
static void decide(struct sums *s)
{
	struct verdict *v = s->v;
	size_t n = s->c->n;
	double most = s->sum[n] + SILENCE;
	for (size_t i = 0; i < n; i++)
		most = s->sum[i] > most ? s->sum[i] : most;
	double total = exp(s->c->sharp * (s->sum[n] + SILENCE - most));
	for (size_t i = 0; i < n; i++)
		total += v->scores[i] = exp(s->c->sharp * (s->sum[i] - most));
	for (size_t i = 0; i < n; i++)
		v->scores[i] /= total;
	rank(v, s->sum);
	if (v->topic >= 0)
		v->confidence = v->scores[v->topic];
	if (v->second >= 0) {
		v->second_confidence = second_confidence(s->sum[v->topic], s->sum[v->second]);
		v->confidence += v->scores[v->second] * v->second_confidence;
		if (v->second_confidence < TOLD)
			v->second = -1;
	}
	v->confidence *= SURE_AT_MOST;
}

static void begin(struct sums *s, const struct classifier *c, struct verdict *out)
{
	*out = (struct verdict){.topic = -1, .second = -1, .n = c->n};
	out->scores = mem_array(c->n ? c->n : 1, sizeof *out->scores);
	*s = (struct sums){.c = c, .v = out, .sum = mem_array(c->n + 1, sizeof *s->sum)};
	for (size_t i = 0; i < PARTS; i++)
		s->part[i] = mem_array(c->n + 1, sizeof *s->part[i]);
}

static void sums_free(struct sums *s)
{
	free(s->sum);
	for (size_t i = 0; i < PARTS; i++)
		free(s->part[i]);
	word_hits_free(&s->hits);
	buf_free(&s->said);
	free(s->found);
}

static void end(struct sums *s)
{
	merge_reasons(s->v);
	decide(s);
	sums_free(s);
}

static double best_sum(const struct sums *s)
{
	double most = 0;
	for (size_t i = 0; i <= s->c->n; i++)
		most = s->sum[i] > most ? s->sum[i] : most;
	return most;
}

/* The body first: how much it says decides what the subject counts. */
static void count_body_and_subject(struct sums *s, const char *body, const char *subject)
{
	count_text(s, BODY, 1, body);
	double factor = subject_answers(subject) ? OLD_SUBJECT : best_sum(s) < LITTLE ? 1 : PLAIN_SUBJECT;
	count_text(s, SUBJECT, factor, subject);
}

void classify_text(const struct classifier *c, const char *subject, const char *body, struct verdict *out)
{
	struct sums s;
	begin(&s, c, out);
	count_body_and_subject(&s, body ? body : "", subject ? subject : "");
	end(&s);
}

static void count_mail(struct sums *s, const struct mail *m)
{
	struct mail_parts parts;
	mail_parts(m, &parts);
	count_body_and_subject(s, parts.body, parts.subject);
	double carried = m->reply_text && strlen(m->reply_text) >= SHORT_COVER ? 1 : CARRIED_MATTERS;
	count_text(s, CARRIED, carried, parts.carried);
	count_text(s, CARRIED, carried, parts.attached);
	for (size_t i = 0; i < m->n_attachments && i < 10; i++)
		count_text(s, ATTACHED, 1, m->attachments[i].name);
	count_from(s, m->from.addr);
}

/* The roots of the sums: ten more of what is plain already say little. */
static void prior_of(const struct sums *s, float *out)
{
	size_t k = s->c->n + 1;
	for (size_t p = 0; p < CLASSIFIER_PRIORS; p++)
		for (size_t i = 0; i < k; i++) {
			double sum = p ? s->part[p - 1][i] : s->sum[i];
			out[p * k + i] = (float)(sum < 0 ? -sqrt(-sum) : sqrt(sum));
		}
}

void classifier_prior(const struct classifier *c, const struct mail *m, float *out)
{
	struct verdict v;
	struct sums s;
	begin(&s, c, &v);
	count_mail(&s, m);
	prior_of(&s, out);
	sums_free(&s);
	verdict_free(&v);
}

char *institution_of(const char *addr)
{
	const char *domain = address_domain(addr);
	return mem_dup(!*domain || is_private(addr) ? addr : domain);
}

static void forget(struct learned *l)
{
	model_free(l->model);
	free(l->label);
	*l = (struct learned){0};
}

/* False: it does not know just these topics, or wants to be told other things than it can be. */
static bool learned(const struct classifier *c, struct learned *l, size_t priors, struct model *m)
{
	const struct strs *labels = model_labels(m);
	bool fits = labels->n == c->n + 1 && (model_priors(m) == 0 || model_priors(m) == priors);
	int *label = mem_array(c->n + 1, sizeof *label);
	for (size_t i = 0; fits && i <= c->n; i++) {
		const char *name = i < c->n ? c->name[i] : "triage";
		label[i] = -1;
		for (size_t j = 0; j < labels->n; j++)
			if (strcmp(labels->v[j], name) == 0)
				label[i] = (int)j;
		fits = label[i] >= 0;
	}
	if (!fits) {
		free(label);
		model_free(m);
		return false;
	}
	forget(l);
	*l = (struct learned){m, label};
	return true;
}

bool classifier_learned(struct classifier *c, struct model *m)
{
	return learned(c, &c->given, CLASSIFIER_PRIORS, m);
}

size_t classifier_priors(const struct classifier *c)
{
	return c->given.model ? CLASSIFIER_PRIORS + 1 : CLASSIFIER_PRIORS;
}

bool classifier_office(struct classifier *c, struct model *m)
{
	if (m)
		return learned(c, &c->own, classifier_priors(c), m);
	forget(&c->own);
	return true;
}

void classifier_forget(struct classifier *c)
{
	forget(&c->given);
	forget(&c->own);
}

void classifier_set_threshold(struct classifier *c, int topic, double threshold)
{
	if (topic >= 0 && (size_t)topic < c->n)
		c->threshold[topic] = threshold;
}

double classifier_threshold(const struct classifier *c, int topic)
{
	return topic >= 0 && (size_t)topic < c->n ? c->threshold[topic] : 1;
}

/* p: a probability for each topic and for triage. prior: as many numbers for each as the model wants, in the same order. */
static struct model_desk *ask(const struct classifier *c, const struct learned *l, const struct mail *m, const float *prior, double *p, struct guess *g)
{
	size_t k = c->n + 1, n = model_priors(l->model);
	struct model_desk *d = model_desk_new(l->model);
	float *put = mem_array(k * n + 1, sizeof *put);
	double *q = mem_array(k, sizeof *q);
	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < k; i++)
			put[j * k + (size_t)l->label[i]] = prior[j * k + i];
	features_add_mail(model_desk_clear(d), model_kin(l->model), m);
	*g = model_ask(d, n ? put : NULL, q);
	for (size_t i = 0; i < k; i++)
		p[i] = q[l->label[i]];
	free(put);
	free(q);
	return d;
}

/* What is known of a mail before the office has taught anything: what the terms say, and the model that the program was built with. p: room. */
static void office_prior(const struct classifier *c, const struct sums *s, const struct mail *m, double *p, float *out)
{
	size_t k = c->n + 1;
	struct guess g;
	float *terms = c->given.model ? out + k : out; /* first what counts as long as the office has taught little */
	prior_of(s, terms);
	if (!c->given.model)
		return;
	model_desk_free(ask(c, &c->given, m, terms, p, &g));
	for (size_t i = 0; i < k; i++)
		out[i] = (float)log(p[i] > HARDLY ? p[i] : HARDLY);
}

void classifier_office_prior(const struct classifier *c, const struct mail *m, float *out)
{
	struct verdict v;
	struct sums s;
	double *p = mem_array(c->n + 1, sizeof *p);
	begin(&s, c, &v);
	count_mail(&s, m);
	office_prior(c, &s, m, p, out);
	sums_free(&s);
	verdict_free(&v);
	free(p);
}

/* The words that the model goes by, where no term says it already. */
static void add_learned_reasons(struct sums *s, const int *label, struct model_desk *d, int topic, int against)
{
	static const char *const where[FEATURE_PLACES] = {"subject", "body", "forwarded", "attachment", "from"};
	struct model_reason reasons[LOOKED_THROUGH];
	size_t n = model_why(d, label[topic], label[against], reasons, LOOKED_THROUGH), told = 0;
	for (size_t i = 0; i < n && told < LEARNED && fabs(reasons[i].weight) >= SAYS_SOMETHING; i++) {
		enum feature_place place;
		char *word = model_word(d, reasons[i].word, &place);
		bool tells = place == PLACE_FROM ? !is_private(word) : telling(word); /* that a mailbox is private is a term's matter */
		told += tells;
		if (tells)
			verdict_add(s->v, "model", word, where[place], reasons[i].weight > 0 ? topic : against == (int)s->c->n ? -1 : against, fabs(reasons[i].weight));
		free(word);
	}
}

/* What was learned and what the terms found, together: the model weighs both. */
static void ask_model(struct sums *s, const struct mail *m)
{
	const struct classifier *c = s->c;
	const struct learned *l = c->own.model ? &c->own : &c->given;
	struct verdict *v = s->v;
	size_t k = c->n + 1;
	float *prior = mem_array(k * classifier_priors(c), sizeof *prior);
	double *p = mem_array(k, sizeof *p);
	struct guess g;
	if (l == &c->own)
		office_prior(c, s, m, p, prior);
	else
		prior_of(s, prior);
	struct model_desk *d = ask(c, l, m, prior, p, &g);
	int best = -1, next = -1;
	for (size_t i = 0; i < c->n; i++) {
		double q = v->scores[i] = p[i];
		if (best < 0 || q > v->scores[best]) {
			next = best;
			best = (int)i;
		} else if (next < 0 || q > v->scores[next])
			next = (int)i;
	}
	bool nobodys = best < 0 || p[c->n] > v->scores[best];
	v->topic = best;
	v->confidence = nobodys ? v->scores[best] : g.confidence;
	v->second = v->second_confidence >= TOLD && next >= 0 ? next : -1;
	add_learned_reasons(s, l->label, d, best, nobodys ? (int)c->n : next >= 0 && v->scores[next] > p[c->n] ? next : (int)c->n);
	free(prior);
	free(p);
	model_desk_free(d);
}

void classify_mail(const struct classifier *c, const struct mail *m, struct verdict *out)
{
	struct sums s;
	begin(&s, c, out);
	count_mail(&s, m);
	decide(&s);
	merge_reasons(out);
	if ((c->given.model || c->own.model) && c->n) {
		ask_model(&s, m);
		merge_reasons(out);
	}
	sums_free(&s);
}

static bool tells_more(const struct reason *r, const struct reason *const *told, size_t n)
{
	if (!from_glob(r->what) && !telling(r->words ? r->words : r->what))
		return false;
	for (size_t i = 0; i < n; i++)
		if (telling_same(told[i]->words ? told[i]->words : told[i]->what, r->words ? r->words : r->what))
			return false;
	return true;
}

size_t verdict_told(const struct verdict *v, int topic, const struct reason **out, size_t most)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_why && n < most; i++) {
		const struct reason *r = &v->why[i];
		if (r->topic == topic && r->weight > 0 && strcmp(r->source, "rule") != 0 && tells_more(r, out, n))
			out[n++] = r;
	}
	return n;
}

char *verdict_words(const struct verdict *v, size_t most)
{
	static const struct {
		const char *where, *said;
	} said[] = {{"subject", "in the subject"}, {"body", "in the text"}, {"forwarded", "in what was forwarded"},
	            {"attachment", "in an attachment's name"}, {"from", "as the sender"}};
	struct buf b = {0};
	size_t n = 0;
	buf_adds(&b, "");
	const struct reason *told[TOLD_MOST];
	size_t n_told = verdict_told(v, v->topic, told, most < TOLD_MOST ? most : TOLD_MOST);
	for (size_t i = 0; i < n_told; i++) {
		const struct reason *r = told[i];
		const char *place = r->where;
		for (size_t j = 0; j < sizeof said / sizeof *said; j++)
			if (strcmp(said[j].where, r->where) == 0)
				place = said[j].said;
		const char *from = from_glob(r->what), *what = !from ? r->what : strcmp(from, "private") == 0 ? "a private mailbox" : from;
		buf_addf(&b, "%s%s %s", n++ ? ", " : "", r->words ? r->words : what, place);
	}
	for (size_t i = 0; i < v->n_why && n < most; i++)
		if (strcmp(v->why[i].source, "rule") == 0 && v->why[i].topic == v->topic)
			buf_addf(&b, "%srule %s", n++ ? ", " : "", v->why[i].what);
	return buf_take(&b);
}

void verdict_add(struct verdict *v, const char *source, const char *what, const char *where, int topic, double weight)
{
	if ((v->n_why & (v->n_why - 1)) == 0)
		v->why = mem_resize(v->why, v->n_why ? v->n_why * 2 : 1, sizeof *v->why);
	v->why[v->n_why++] = (struct reason){source, mem_dup(what), NULL, mem_dup(where), topic, weight};
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->n_why; i++) {
		free(v->why[i].what);
		free(v->why[i].words);
		free(v->why[i].where);
	}
	free(v->why);
	free(v->scores);
	*v = (struct verdict){.topic = -1, .second = -1};
}
