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
// What must hold: chance alone decided; nobody is touched by what others got;
// who is missing from the data does not depend on the arm.
package experiment
