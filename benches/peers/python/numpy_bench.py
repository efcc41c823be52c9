"""numpy (OpenBLAS) sgemm reference. Run with OPENBLAS_CORETYPE/OPENBLAS_L2_SIZE unset, OPENBLAS_NUM_THREADS=T."""

import numpy as np, harness as H


def make(w, v, t):
    d = H.gemm_dims(w)
    if d is None or v != "numpy":
        return None
    m, k, n = d
    a = np.random.rand(m, k).astype("f") - 0.5
    b = np.random.rand(k, n).astype("f") - 0.5
    c = np.empty((m, n), "f")
    return 2.0 * m * k * n, lambda: np.matmul(a, b, out=c)


H.main(["numpy"], make)
