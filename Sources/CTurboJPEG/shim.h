#ifndef STN_CTURBOJPEG_SHIM_H
#define STN_CTURBOJPEG_SHIM_H

#include <turbojpeg.h>

#endif
