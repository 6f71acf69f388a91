/**
 * Standard errors beyond which a number differs from zero, though it is the largest of so many: 1.96 of one, more of
 * more, so that in 5 % of answers without any difference one is named (Bonferroni).
 *
 * The quantile of the normal distribution is that of Abramowitz and Stegun (26.2.23), right to 0.0005.
 */
export function clearOf(count: number): number {
  const t = Math.sqrt(-2 * Math.log(0.025 / Math.max(1, count)));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  return t - above / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}
