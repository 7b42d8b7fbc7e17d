#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "model_parts.h"
#include "topic/model.h"
#include "topic/solve.h"

/* All numbers little-endian, floats as IEEE 754:
 *
 *     "INGMODEL"  u32 version  u32 labels  u32 priors  u32 rows
 *     labels: u16 length, bytes of UTF-8
 *     f32 SURE_TERMS
 *     f32 of each label for each score of the priors, and for the constant
 *     rows: u32 key[rows], u8 block[rows], f32 idf[rows], f32 step[rows], i8 weight[rows][labels] in steps
 *     u64 FNV-1a of all before it */
static const char MAGIC[8] = {'I', 'N', 'G', 'M', 'O', 'D', 'E', 'L'};
enum { VERSION = 2, LABEL_BYTES = 1000, STEPS = 127 };
static const float GREATEST = 1e6f; /* no number that was learned is */

static uint64_t checksum(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t v = 0;
		for (unsigned j = 0; j < 8; j++)
			v |= (uint64_t)(unsigned char)s[i + j] << 8 * j;
		h = (h ^ v) * 0x100000001b3u;
		h ^= h >> 29;
	}
	for (; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

static void put_u32(struct buf *b, uint32_t v)
{
	const char s[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};
	buf_add(b, s, sizeof s);
}

static void put_f32(struct buf *b, float f)
{
	uint32_t v;
	memcpy(&v, &f, sizeof v);
	put_u32(b, v);
}

void model_save(const struct model *m, struct buf *out)
{
	size_t k = m->labels.n, begin = out->n;
	float *step = mem_array((size_t)m->n_rows + 1, sizeof *step);
	buf_reserve(out, 64 + k * 64 + m->n_rows * (13 + k));
	buf_add(out, MAGIC, sizeof MAGIC);
	put_u32(out, VERSION);
	put_u32(out, (uint32_t)k);
	put_u32(out, (uint32_t)m->n_priors);
	put_u32(out, m->n_rows);
	for (size_t i = 0; i < k; i++) {
		size_t n = strlen(m->labels.v[i]);
		buf_addc(out, (char)n);
		buf_addc(out, (char)(n >> 8));
		buf_add(out, m->labels.v[i], n);
	}
	for (size_t i = 0; i < SURE_TERMS; i++)
		put_f32(out, m->sure[i]);
	for (size_t r = m->n_rows; r <= constant_row(m); r++)
		for (size_t i = 0; i < k; i++)
			put_f32(out, m->w[r * m->lanes + i]);
	for (size_t r = 0; r < m->n_rows; r++)
		put_u32(out, m->key[r]);
	buf_add(out, m->block, m->n_rows);
	for (size_t r = 0; r < m->n_rows; r++)
		put_f32(out, m->idf[r]);
	for (size_t r = 0; r < m->n_rows; r++) {
		for (size_t i = 0; i < k; i++)
			step[r] = fmaxf(step[r], fabsf(m->w[r * m->lanes + i]) / STEPS);
		put_f32(out, step[r]);
	}
	for (size_t r = 0; r < m->n_rows; r++)
		for (size_t i = 0; i < k; i++)
			buf_addc(out, (char)(step[r] > 0 ? lrintf(m->w[r * m->lanes + i] / step[r]) : 0));
	uint64_t sum = checksum(out->s + begin, out->n - begin);
	put_u32(out, (uint32_t)sum);
	put_u32(out, (uint32_t)(sum >> 32));
	free(step);
}

struct reading {
	const unsigned char *s;
	size_t n, at;
	bool bad;
};

static const unsigned char *take(struct reading *r, size_t n)
{
	static const unsigned char none[4];
	if (r->bad || n > r->n - r->at) {
		r->bad = true;
		return none; /* all that reads more than 4 bytes asks first */
	}
	r->at += n;
	return r->s + r->at - n;
}

static uint32_t u32_at(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float f32_at(struct reading *r, const unsigned char *p)
{
	uint32_t v = u32_at(p);
	float f;
	memcpy(&f, &v, sizeof f);
	if (!(fabsf(f) <= GREATEST)) { /* also what is no number */
		r->bad = true;
		f = 0;
	}
	return f;
}

static uint32_t get_u32(struct reading *r)
{
	return u32_at(take(r, 4));
}

static float get_f32(struct reading *r)
{
	return f32_at(r, take(r, 4));
}

static void get_labels(struct reading *r, struct model *m, size_t k)
{
	for (size_t i = 0; i < k && !r->bad; i++) {
		const unsigned char *p = take(r, 2);
		size_t n = (size_t)p[0] | (size_t)p[1] << 8;
		const char *s = (const char *)take(r, n);
		if (r->bad || n == 0 || n > LABEL_BYTES || memchr(s, '\0', n) || !utf8_valid(s, n)) {
			r->bad = true;
			return;
		}
		strs_own(&m->labels, mem_dupn(s, n));
	}
}

static void get_rows(struct reading *r, struct model *m, size_t k)
{
	size_t n = m->n_rows;
	if (r->bad || n > (r->n - r->at) / (13 + k)) {
		r->bad = true;
		return;
	}
	const unsigned char *key = take(r, 4 * n), *block = take(r, n), *idf = take(r, 4 * n), *step = take(r, 4 * n), *w = take(r, n * k);
	m->key = mem_array(n + 1, sizeof *m->key);
	m->block = mem_array(n + 1, sizeof *m->block);
	m->idf = mem_array(n + 1, sizeof *m->idf);
	index_new(&m->index, n);
	for (size_t i = 0; i < n; i++) {
		m->key[i] = u32_at(key + 4 * i);
		m->block[i] = block[i];
		m->idf[i] = f32_at(r, idf + 4 * i);
		float by = f32_at(r, step + 4 * i), *to = m->w + i * m->lanes;
		r->bad = r->bad || block[i] >= BLOCKS;
		index_add(&m->index, m->key[i], (uint32_t)i);
		for (size_t j = 0; j < k; j++)
			to[j] = by * (float)(signed char)w[i * k + j];
	}
}

static struct model *read_model(struct reading *r)
{
	struct model *m = mem_alloc(sizeof *m);
	size_t k = get_u32(r);
	m->kin = kin_new();
	m->n_priors = get_u32(r);
	m->n_rows = get_u32(r);
	m->lanes = solve_lanes(k);
	r->bad = r->bad || k < 2 || k > MODEL_LABELS_MAX || m->n_priors > MODEL_PRIORS_MAX || m->n_rows > ROWS_MAX || m->n_rows * k > r->n;
	r->bad = r->bad || (m->n_priors * k + 1) * k > r->n / 4;
	if (!r->bad)
		get_labels(r, m, k);
	for (size_t i = 0; i < SURE_TERMS; i++)
		m->sure[i] = get_f32(r);
	if (!r->bad) {
		m->w = mem_array((constant_row(m) + 1) * m->lanes, sizeof *m->w);
		for (size_t i = m->n_rows; i <= constant_row(m); i++)
			for (size_t j = 0; j < k; j++)
				m->w[i * m->lanes + j] = get_f32(r);
		get_rows(r, m, k);
	}
	if (!r->bad && r->at == r->n)
		return m;
	model_free(m);
	return NULL;
}

struct model *model_load(const char *bytes, size_t n, struct err *e)
{
	struct reading r = {(const unsigned char *)bytes, n < 8 ? 0 : n - 8, sizeof MAGIC, false};
	if (r.n < sizeof MAGIC + 4 || memcmp(bytes, MAGIC, sizeof MAGIC) != 0) {
		err_set(e, ERR_INPUT, "this is no model: 'ingangctl learn' makes one");
		return NULL;
	}
	uint32_t version = get_u32(&r);
	if (version != VERSION) {
		err_set(e, ERR_INPUT, "the model is of version %u, this program reads version %d: learn it again", version, VERSION);
		return NULL;
	}
	const unsigned char *end = r.s + r.n;
	uint64_t sum = checksum(bytes, r.n);
	struct model *m = sum == ((uint64_t)u32_at(end + 4) << 32 | u32_at(end)) ? read_model(&r) : NULL;
	if (!m)
		err_set(e, ERR_INPUT, "the model is cut or damaged: learn it again");
	return m;
}
