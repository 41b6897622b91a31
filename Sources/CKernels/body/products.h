// What is compiled for each precision of operands.
#include "product_tile.h"
#include "pack.h"
#include "linear.h"
#include "winograd_gradients.h"
