// What Swift needs of libFuzzer's interface (compiler-rt/include/fuzzer/FuzzerInterface.h); the toolchain has no header of it.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*body)(const uint8_t *data, size_t size));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maximumSize);

// What compiled code calls before anything else runs, under the names that the linker gives the runtime's own functions.
void __real___sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *end);
void __real___sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *end);
