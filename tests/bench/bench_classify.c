/* bench_classify MODEL TSV: how long a text takes, with the features made; and how long the model takes to load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/mem.h"
#include "topic/model.h"

enum { LEAST_MS = 1000, LINES_MAX = 200000 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct err e;
	struct buf file = {0}, text = {0};
	if (argc != 3 || !file_read(argv[1], 1 << 30, &file, &e) || !file_read(argv[2], 1 << 30, &text, &e)) {
		fprintf(stderr, "bench_classify: %s\n", argc == 3 ? e.text : "MODEL TSV");
		return 1;
	}
	double load = 1e9;
	struct model *m = NULL;
	for (int i = 0; i < 10; i++) {
		double began = now();
		model_free(m);
		m = model_load(file.s, file.n, &e);
		load = now() - began < load ? now() - began : load;
	}
	if (!m) {
		fprintf(stderr, "bench_classify: %s\n", e.text);
		return 1;
	}
	struct model_desk *d = model_desk_new(m);
	double *p = mem_array(model_labels(m)->n, sizeof *p), best = 1e9, began = now();
	size_t n = 0, bytes = 0;
	for (bool first = true; first || now() - began < LEAST_MS / 1000.0; first = false) {
		double start = now();
		n = bytes = 0;
		for (char *s = text.s, *end; s && *s && n < LINES_MAX; s = end ? end + 1 : NULL) {
			end = strchr(s, '\n');
			char *tab = strchr(s, '\t');
			size_t len = end ? (size_t)(end - tab) - 1 : strlen(tab + 1);
			features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, tab + 1, len);
			model_ask(d, NULL, p);
			n++;
			bytes += len;
		}
		double spent = now() - start;
		best = spent < best ? spent : best;
	}
	printf("{\"us_a_text\": %.3f, \"ns_a_byte\": %.2f, \"load_ms\": %.2f, \"bytes\": %zu, \"labels\": %zu, \"mean\": %.1f}\n", best * 1e6 / (double)n,
	       best * 1e9 / (double)bytes, load * 1e3, file.n, model_labels(m)->n, (double)bytes / (double)n);
	free(p);
	model_desk_free(d);
	model_free(m);
	buf_free(&file);
	buf_free(&text);
	return 0;
}
