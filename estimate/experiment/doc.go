// Package experiment estimates what an intervention did where chance decided
// who got it: the difference in means between an arm and the reference arm, by
// intention to treat, from sums by arm, block and cluster.
//
// Without blocks and clusters the effect is the difference of two means with
// the heteroskedasticity-consistent variance HC2, which is here the unbiased
// s1^2/n1 + s0^2/n0 (Neyman 1923; Samii and Aronow 2012), and Student's t with
// n - arms degrees of freedom.
//
// With blocks it is the mean of the block effects, each weighted by its share
// of the rows, and the variance is that within blocks. Where every block is a
// pair, the variance is that between pairs (Imai, King and Nall 2009).
//
// With clusters assigned together the variance is CR2, the cluster form of HC2,
// with the degrees of freedom of Bell and McCaffrey (2002) as Pustejovsky and
// Tipton (2018) give them; CR1 stands beside it in the details.
//
// Covariates add a second estimate of the same effect: a regression within
// each arm, compared at the mean of the sample (Lin 2013). Its leverages need
// a second round over the rows, an expression of the coefficients of the first.
//
// Covariates are also compared between the arms as a check of the assignment,
// and where the plan asks for it the assignment is drawn anew to test that
// nobody's outcome changed (Fisher 1935).
//
// A block that lacks an arm, or where an arm has a single row (cluster), gives
// no variance within: it is refused by name, as is the rule of the field for
// designs that are not all pairs (Imbens and Rubin 2015, chapters 9 and 10). An
// arm of one row keeps its mean and loses its error.
//
// Several arms are compared with the reference arm each; degrees of freedom and
// the factors of HC1 and CR1 count all rows and all means.
//
// Randomisation inference assigns the treatment anew within blocks, clusters
// whole, among the two arms compared: all assignments where they are few, else
// seeded draws (Fisher 1935). It needs how often each outcome came, or the sums
// of the clusters, never rows.
//
// The balance table gives the effect of the assignment on each covariate, with
// the same errors; the limits of its check are in Limits.
//
// What must hold: chance alone decided; nobody is touched by what others got;
// who is missing from the data does not depend on the arm.
package experiment
