// Package synth estimates the effect on a few units treated from one year on,
// from a balanced panel of yearly figures, by weighting the untreated units
// (donors) and, where the method has them, the years before treatment.
//
//	rows -> one mean path a unit -> weights (simplex) -> effect -> placebos -> error, rank
//
// With N0 donors, N1 treated units (their mean path is Y_tr), T0 years before
// and T1 years after treatment begins, the effect on the treated is
//
//	att = (post(Y_tr) - sum_t lambda_t Y_tr,t) - sum_j omega_j (post(Y_j) - sum_t lambda_t Y_jt)
//
// where post is the mean over the T1 years. The methods differ in the weights:
//
//	did   omega = 1/N0, lambda = 1/T0
//	sc    omega solves the unit problem without intercept; lambda = 0
//	sdid  omega solves it with an intercept; lambda solves the year problem
//
// Unit problem: min over the simplex, mean over the years before treatment of
// (intercept + sum_j omega_j Y_jt - Y_tr,t)^2, plus zeta^2 |omega|^2. Year
// problem: the same with donors as observations and their mean after treatment
// as target, always with an intercept. With s the standard deviation (n-1) of
// the donors' yearly changes before treatment, zeta = (N1 T1)^(1/4) s for the
// units of sdid, and 1e-6 s otherwise. Problems are solved to the optimum with
// a certificate (see simplex), not by an early-stopped search, so numbers differ
// slightly from those of R's synthdid.
//
// # Assumptions
//
// Without treatment the treated would have followed the weighted donors (for
// sdid and did up to a constant); donors are not touched by the treatment;
// nobody anticipates it; treatment stays on and begins in one year.
//
// # Errors
//
// One treated unit: each donor in turn is taken as treated, weights estimated
// anew from the other donors (zeta as in the real fit, the treated unit not in
// the pool). The standard error is the population standard deviation of these
// placebo effects; the interval is estimate +- z se, which rests on equal
// variances across units (Arkhangelsky et al. 2021, Algorithm 4). The p-value
// is not made from that error: it is the share of the N0+1 effects at least as
// large in absolute value as the estimate (Abadie, Diamond and Hainmueller
// 2010), never below 1/(N0+1). Details name both, and a caution says so where
// interval and p-value point to different conclusions.
//
// Several treated units: jackknife with fixed weights (Algorithm 3) by default,
// with a normal p-value; or, on request, seeded draws of N1 donors as placebos,
// p = (1 + draws as large) / (1 + draws). No other error is given: without one
// the estimate stands alone and a caution says why.
//
// Sources: Abadie, Diamond and Hainmueller (2010), J. Am. Stat. Assoc. 105;
// Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), Am. Econ. Rev. 111.
package synth
