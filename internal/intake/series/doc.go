// Package series looks at a table as figures of regions in time: what single rows
// cannot show.
//
//	accepted rows and totals (contract.Check) -> Add
//	     -> Findings: jumps between periods of one region, totals that their rows do
//	        not make, rates of a whole that are not the mean of its parts
//	     -> Official: held against the official figures of the register; most cells
//	        differ: the file is refused
//
// Tables about persons are none, and a table in which a region has several rows of
// one period has no jumps. Periods stand in a column, or in headers ("P0 2021",
// "Maret"). Figures are told by the header and the unit of their column (data/headers.csv)
// unless the contract says so.
//
// The usual change of an amount is that of the other rows: a change is a jump when
// its logarithm is more than ln 1.5, and more than five robust standard deviations
// (1.4826 times the median absolute deviation; Hampel 1974), away from
// the median change of the same two periods. Shares jump by more than 3 points a
// year, which is what told tables of shifted rows from true ones.
package series
