// Package did estimates the effects of a programme that reaches units at
// different times: difference-in-differences after Callaway and Sant'Anna, on a
// panel, without covariates.
//
//	rows -> moments by cohort -> ATT(g,t) -> aggregates -> tests, intervals, bands
//
// A unit i first treated in period g belongs to cohort g; Y_it is its outcome.
// With base period b(g,t) and comparison group C(g,t),
//
//	ATT(g,t) = mean(Y_t - Y_b | cohort g) - mean(Y_t - Y_b | C(g,t))
//
// The base is the last observed period b with b + anticipation < g when t >= g.
// Before treatment it is the observed period before t (base period varying), or
// that same last period (universal; the base cell itself is printed as 0).
// Periods need not be consecutive: "before" means the observed period before,
// and event time is the plain difference t - g.
// C(g,t) are the units never treated, or those not yet treated: never treated,
// or first treated after max(t, b) + anticipation, cohort g itself left out.
// Units first treated at or before the first period + anticipation have no
// period before treatment: they leave, counted. Units first treated after the
// last period + anticipation count as never treated. Where nobody is never
// treated, the last cohort stands in for them and the periods from its
// treatment (less anticipation) on are left out.
//
// # Assumptions
//
// Parallel trends of untreated outcomes between cohort g and C(g,t) from b to
// t; no anticipation earlier than stated; treatment stays on; units do not
// affect each other.
//
// # Aggregates
//
// With p_g the (weighted) share of cohort g: simple is the p_g-weighted mean
// over all cells t >= g; event e the one over cohorts seen at t - g = e, and
// event-overall the plain mean over e >= 0; group g the plain mean over t >= g,
// and group-overall their p_g-weighted mean; calendar t the p_g-weighted mean
// over the cohorts treated by t, and calendar-overall the plain mean over t.
//
// # Standard errors
//
// Every estimate has an influence function linear in the outcomes of a unit,
//
//	psi_i = w_i n [1(i in g) (dY_i - m_g) / W_g - 1(i in C) (dY_i - m_C) / W_C]
//
// for ATT(g,t), dY = Y_t - Y_b, W sums of weights, m weighted means; aggregates
// add the same of each cell and the term for the estimated shares p_g:
// w_i n (theta_g - theta) / W for each unit of a treated cohort. Then
// se = sqrt(sum psi^2) / n, and by cluster sqrt(sum_c (sum psi)^2) / n, without
// small-sample factors, with normal quantiles.
//
// Because psi is linear in the features of a unit (its weight and the
// differences of its outcome from its first period), sums of products of these
// features by cohort give every error exactly: see panel. Differences, not
// levels, are collected, so that large unit effects cancel before anything is
// squared; products are centred in whole numbers where the outcome is whole. Of
// real outcomes, changes common to all units that are 10^4 times the spread
// between units cost half the digits of an error (warning did-digits-lost).
//
// With an unbalanced panel, pairwise uses for each cell the units seen in both
// periods, and the shares p_g count all units of the cohort. A weight that
// changes over time is that of the earlier of the two periods in cells, and of
// the unit's first period in p_g.
//
// # Sources
//
// Callaway and Sant'Anna (2021), Journal of Econometrics 225: ATT(g,t) eq. 2.6
// and 2.8 without covariates, aggregates section 3, errors section 4; pre-test
// power after Roth (2022), AER: Insights 4. Golden values of the tests: R
// package did 2.5.1.
package did
