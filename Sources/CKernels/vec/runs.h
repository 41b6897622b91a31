// Vectors of runs of floats that start anywhere, see body/accumulate.h: where vectors are no wider than 32 bytes, all of them.
#define STN_RUN_LANES STN_LANES

typedef vec run_vec;
#define run_zero vec_zero
#define run_set1 vec_set1
#define run_load vec_load
#define run_store vec_store
#define run_load_first vec_load_first
#define run_store_first vec_store_first
#define run_fma vec_fma
#define run_pairs_of(pairs) (pairs)
#define run_pairs_load_both pairs_load_both
#define run_pairs_dot pairs_dot
