/* fuzz: what the fuzz targets share: libFuzzer's entry, and a claim that must hold. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void fuzz_must(bool holds)
{
	if (!holds)
		abort();
}

#endif
