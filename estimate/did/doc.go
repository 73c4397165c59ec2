// Package did estimates the effects of a programme that reaches units at
// different times: difference-in-differences after Callaway and Sant'Anna (the
// default), with or without covariates, on panels and on repeated
// cross-sections; and, for comparison with other work, Sun and Abraham, the
// imputation of Borusyak, Jaravel and Spiess, and two-way fixed effects with what
// their one coefficient is made of.
//
//	rows -> moments by cohort -> ATT(g,t) -> aggregates -> tests, intervals, bands
//
// A newcomer reads options.go (what may be asked), rounds.go (which sums are
// asked for, in which order), panel.go (what they are), estimate.go and
// aggregate.go (effects), vce.go (other errors), report.go (what is printed).
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
// # Covariates
//
// With covariates X of the base period (doubly robust: Sant'Anna and Zhao 2020),
// in rounds of moments, so that no matrix has a row for each unit:
//
//	sums of X and dY by cohort        -> least squares in the comparison group
//	sums w (d - p) x, w p (1-p) x x'  -> one Newton step of the propensity score, repeated
//	sums weighted by the odds         -> ATT(g,t) and the derivatives of its nuisance parameters
//	sums psi psi' by cluster          -> covariance of all cells, psi written as an expression of a unit
//
// Comparison units with a score of 0.995 or above get no weight; a cell whose
// covariates tell treated and comparison apart without fail has no estimate, and
// the covariate is named. The improved method calibrates the score (Graham, Pinto
// and Egel 2012) and weighs the regression by the odds. Most units matter to few
// cells, so that products are gathered by place: see slots.go.
//
// # Repeated cross-sections
//
// Each row is a person of its own. Effects compare means of groups in both
// periods; with covariates the locally efficient doubly-robust form: see
// sections.go.
//
// # Regressions
//
// Two-way fixed effects, Sun-Abraham and imputation are linear in outcomes given
// cohorts and come from the same moments: see linear.go, leads.go, twfe.go. Their
// covariates are those of the row's own period: see controls.go. Errors are CR1
// with t(G-1) (two-way fixed effects, Sun-Abraham) and the conservative ones of
// Borusyak, Jaravel and Spiess.
//
// # Other errors
//
// CR1, CR2 with Bell-McCaffrey degrees of freedom, CR3, the restricted wild cluster
// bootstrap (exact for regressions without covariates, on cluster scores for all
// else), randomisation, two-way clusters, PSUs in strata: see vce.go and
// products.go.
//
// # Sources
//
// Callaway and Sant'Anna (2021), Journal of Econometrics 225: ATT(g,t) eq. 2.6
// and 2.8, aggregates section 3, errors section 4; Sant'Anna and Zhao (2020),
// Journal of Econometrics 219: doubly robust; Sun and Abraham (2021), Journal of
// Econometrics 225; Borusyak, Jaravel and Spiess (2024), Review of Economic
// Studies 91; Goodman-Bacon (2021), Journal of Econometrics 225; de Chaisemartin
// and D'Haultfoeuille (2020), American Economic Review 110; pre-test power after
// Roth (2022), AER: Insights 4; sensitivity after Rambachan and Roth (2023), Review
// of Economic Studies 90. Golden values of the tests: R packages did 2.5.1, DRDID
// 1.2.3, fixest 0.14.2 and bacondecomp.
package did
