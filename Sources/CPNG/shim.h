#ifndef STN_CPNG_SHIM_H
#define STN_CPNG_SHIM_H

// Only the simplified interface (`png_image_*`) is used: the other one reports errors by longjmp, which must not cross
// Swift frames.
#include <png.h>

#endif
