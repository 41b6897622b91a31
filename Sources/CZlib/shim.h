// zlib as Swift sees it: the header, and the initialisers that are macros.
#pragma once
#include <zlib.h>

// Decoding of gzip alone (16 + the largest window), with zlib checking the CRC and length at the end.
static inline int stn_inflate_init_gzip(z_streamp stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

// Encoding to gzip, for the tests.
static inline int stn_deflate_init_gzip(z_streamp stream) {
    return deflateInit2(stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
