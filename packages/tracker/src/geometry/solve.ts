/**
 * Solve the symmetric positive definite n × n system A x = b by Cholesky factorisation, in place: `a` (row by row, lower
 * triangle read) is overwritten by its factor and `b` by x. Returns false when A is not positive definite.
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    let diagonal = a[j * n + j]
    for (let k = 0; k < j; k++) diagonal -= a[j * n + k] * a[j * n + k]
    if (!(diagonal > 1e-18)) return false
    const root = Math.sqrt(diagonal)
    a[j * n + j] = root
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k]
      a[i * n + j] = sum / root
    }
  }
  solveFactored(a, b, n)
  return true
}

/** Solve L Lᵀ x = b for the lower triangle L that `solveSymmetric` leaves behind; `b` becomes x. */
export function solveFactored(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]
    for (let k = 0; k < i; k++) sum -= a[i * n + k] * b[k]
    b[i] = sum / a[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i] * b[k]
    b[i] = sum / a[i * n + i]
  }
}
